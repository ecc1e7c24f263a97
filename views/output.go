package views

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Output is one output value, as the state has it.
type Output struct {
	Name      string
	Value     any // of the types of resource.Attr; not looked at when sensitive
	Sensitive bool
}

// document is an output in Terraform's form.
func (o Output) document() map[string]any {
	if o.Sensitive {
		return map[string]any{"sensitive": true, "type": typeOf(nil), "value": nil}
	}
	value := plain(o.Value)
	return map[string]any{"sensitive": false, "type": typeOf(value), "value": value}
}

// typeOf is the type of a value that JSON can have, in Terraform's form: lists
// and maps have each element's. What is not there can be of any type.
func typeOf(value any) any {
	switch v := value.(type) {
	case nil:
		return "dynamic"
	case string:
		return "string"
	case bool:
		return "bool"
	case []any:
		types := make([]any, len(v))
		for i := range v {
			types[i] = typeOf(v[i])
		}
		return []any{"tuple", types}
	case map[string]any:
		types := make(map[string]any, len(v))
		for name := range v {
			types[name] = typeOf(v[name])
		}
		return []any{"object", types}
	}
	return "number"
}

// Outputs shows output values.
type Outputs interface {
	// All shows all of them.
	All(outputs []Output) error
	// One shows the value of one.
	One(output Output) error
}

// NewOutputs returns the view for people, or for machines where the options
// say so.
func NewOutputs(o Options) Outputs {
	if o.JSON {
		return outputsJSON{o}
	}
	return outputsHuman{o}
}

type outputsHuman struct{ o Options }

func (v outputsHuman) All(outputs []Output) error {
	_, err := io.WriteString(v.o.Out, outputsText(outputs))
	return err
}

func (v outputsHuman) One(output Output) error {
	_, err := fmt.Fprintln(v.o.Out, outputText(output))
	return err
}

// outputsText writes name = value, a line each, sorted by name.
func outputsText(outputs []Output) string {
	sorted := slices.SortedFunc(slices.Values(outputs), func(a, b Output) int { return cmp.Compare(a.Name, b.Name) })
	width := 0
	for _, o := range sorted {
		width = max(width, len(o.Name))
	}
	var b strings.Builder
	for _, o := range sorted {
		fmt.Fprintf(&b, "%-*s = %s\n", width, o.Name, outputText(o))
	}
	return b.String()
}

func outputText(o Output) string {
	if o.Sensitive {
		return sensitiveValue
	}
	return valueText(o.Value)
}

type outputsJSON struct{ o Options }

func (v outputsJSON) All(outputs []Output) error {
	doc := make(map[string]any, len(outputs))
	for _, o := range outputs {
		doc[o.Name] = o.document()
	}
	return writeDocument(v.o.Out, doc)
}

func (v outputsJSON) One(output Output) error {
	return writeDocument(v.o.Out, output.document()["value"])
}
