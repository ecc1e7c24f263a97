package kinds

import (
	"slices"

	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/zclconf/go-cty/cty"
)

// selectorSchema chooses namespaces: whose routes a listener takes, or whose
// listeners a gateway.
var selectorSchema = schema.Block{
	Type: "selector", Max: 1,
	Doc: "Which namespaces: those for which all of it holds. Each has the label `kubernetes.io/metadata.name` with its name.",
	Body: schema.Body{
		Attrs: []schema.Attr{
			{Name: "labels", Type: cty.Map(cty.String), Doc: "Labels that the namespaces have."},
		},
		Blocks: []schema.Block{{
			Type: "expression",
			Doc:  "What else holds for a label.",
			Body: schema.Body{Attrs: []schema.Attr{
				{Name: "key", Type: cty.String, Required: true, Doc: "The label."},
				{Name: "operator", Type: cty.String, Required: true, OneOf: []string{"In", "NotIn", "Exists", "DoesNotExist"}, Doc: "How the label is looked at."},
				{Name: "values", Type: cty.List(cty.String), Doc: "For `In` and `NotIn`."},
			}},
		}},
	},
}

// encodeNamespaces writes the namespaces that a block allows.
func encodeNamespaces(b *resource.Block, out Field) {
	f := out.f
	given, a := f.text(b, "namespaces")
	selectors := b.BlocksOf("selector")
	switch {
	case len(selectors) > 0 && a != nil && given != "Selector":
		f.Errorf(a.Range, "namespaces and selector", "namespaces is %q, and the block has a selector, which chooses some. Remove one of the two.", given)
	case len(selectors) == 0 && given == "Selector":
		f.Errorf(a.Range, "Selector that is missing", "namespaces is \"Selector\", and the block has none. Say which namespaces: selector { labels = { team = \"shop\" } }.")
	case len(selectors) > 0:
		selector := within(selectors[0])
		namespaces := out.Map("namespaces", selector)
		namespaces.Set("from", "Selector", selector)
		encodeSelector(selectors[0], namespaces.Map("selector", selector))
	case a != nil:
		out.Map("namespaces", from(a)).Set("from", given, from(a))
	}
}

func encodeSelector(b *resource.Block, out Field) {
	f := out.f
	entries, a := f.textEntries(b, "labels")
	for _, e := range entries {
		out.Map("matchLabels", from(a)).Entry(e.key, e.value, fromKey(a, e.key))
	}
	for _, n := range b.BlocksOf("expression") {
		item := out.Item("matchExpressions", within(n))
		for _, arg := range []string{"key", "operator"} {
			if value, a := f.text(n, arg); a != nil {
				item.Set(arg, value, from(a))
			}
		}
		values, a := f.texts(n, "values")
		takes := slices.Contains([]any{"In", "NotIn"}, valueOf(n, "operator"))
		switch {
		case takes && len(values) == 0:
			f.Errorf(n.Range, "Expression without values", "%v looks for the label's value in a list, which is missing: values = [\"...\"].", valueOf(n, "operator"))
		case !takes && len(values) > 0:
			f.Errorf(a.Range, "Values without effect", "%v looks whether there is such a label, whatever its value. Remove values, or write operator = \"In\".", valueOf(n, "operator"))
		case len(values) > 0:
			item.Strings("values", values, a)
		}
	}
}

// decodeNamespaces takes the namespaces out of p; byDefault is left out.
func decodeNamespaces(p fields, b *resource.Block, byDefault string) {
	namespaces := p.sub("namespaces")
	switch from := namespaces.left["from"]; from {
	case "Selector":
		if selector := decodeSelector(namespaces.left["selector"]); selector != nil {
			b.Blocks = append(b.Blocks, selector)
			delete(namespaces.left, "selector")
			delete(namespaces.left, "from")
		}
	case "Same", "All", "None":
		delete(namespaces.left, "from")
		if from != byDefault {
			set(b, "namespaces", from)
		}
	}
	p.put("namespaces", namespaces)
}

// decodeSelector returns nil for a selector that has no words.
func decodeSelector(v any) *resource.Block {
	given, ok := v.(map[string]any)
	if !ok {
		return nil
	}
	p := fieldsOf(given)
	b := &resource.Block{Type: "selector"}
	if labels, ok := take[map[string]any](p, "matchLabels"); ok && len(labels) > 0 {
		for _, value := range labels {
			if _, isText := value.(string); !isText {
				return nil
			}
		}
		set(b, "labels", labels)
	}
	for _, v := range list[map[string]any](p, "matchExpressions") {
		expression := fieldsOf(v)
		n := &resource.Block{Type: "expression"}
		for _, arg := range []string{"key", "operator"} {
			value, ok := take[string](expression, arg)
			if !ok {
				return nil
			}
			set(n, arg, value)
		}
		if values := list[string](expression, "values"); len(values) > 0 {
			set(n, "values", values)
		}
		if len(expression.left) > 0 {
			return nil
		}
		b.Blocks = append(b.Blocks, n)
	}
	if len(p.left) > 0 {
		return nil
	}
	return b
}
