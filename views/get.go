package views

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/duration"
	"sigs.k8s.io/yaml"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/internal/topology"
)

// Found is a live object, and where it was found.
type Found struct {
	Provider string // "" where only one target was looked at
	Object   *resource.Object
}

// FoundTypes are live objects of types that go into one table.
type FoundTypes struct {
	Types   []schema.GroupKind
	Objects []Found
}

// GetFormat says how live objects are shown.
type GetFormat string

// The formats.
const (
	GetTable GetFormat = ""
	GetWide  GetFormat = "wide"
	GetJSON  GetFormat = "json"
	GetYAML  GetFormat = "yaml"
)

// GetFormats are those that people may ask for.
var GetFormats = []string{string(GetWide), string(GetJSON), string(GetYAML)}

// Get shows live objects.
type Get interface {
	// Get shows tables one after the other, or all objects as one document:
	// the object itself where one was asked for by its name, else a list.
	Get(tables []FoundTypes, single bool) error
}

// NewGet returns the view of a format.
func NewGet(o Options, format GetFormat) Get {
	switch format {
	case GetJSON:
		return getDocument{o, writeIndented}
	case GetYAML:
		return getDocument{o, writeYAML}
	}
	return getTable{o, format == GetWide}
}

type getTable struct {
	o    Options
	wide bool
}

func (v getTable) Get(tables []FoundTypes, _ bool) error {
	paint := NewPalette(v.o.Color)
	var b strings.Builder
	for _, t := range tables {
		if len(t.Objects) == 0 {
			continue
		}
		if b.Len() > 0 {
			b.WriteString("\n")
		}
		columns := columnsOf(t.Types[0])
		rows := [][]string{nil}
		several := t.Objects[0].Provider != ""
		if several {
			rows[0] = append(rows[0], "PROVIDER")
		}
		for _, c := range columns {
			if v.wide || !c.wide {
				rows[0] = append(rows[0], c.title)
			}
		}
		for _, f := range t.Objects {
			var row []string
			if several {
				row = append(row, printable(f.Provider))
			}
			for _, c := range columns {
				if v.wide || !c.wide {
					row = append(row, printable(c.cell(f.Object, v.o)))
				}
			}
			rows = append(rows, row)
		}
		writeRows(&b, "", rows, func(row, _ int, cell string) string {
			switch {
			case row == 0:
				return paint.Bold(cell)
			case cell == "False", cell == "Stale":
				return paint.Bad(cell)
			}
			return cell
		})
	}
	_, err := io.WriteString(v.o.Out, b.String())
	return err
}

// age is how long ago something was, as kubectl has it.
func age(t time.Time, o Options) string {
	if t.IsZero() || o.Now == nil {
		return "<unknown>"
	}
	return duration.HumanDuration(o.Now().Sub(t))
}

// annotationProvider tells objects of several targets apart in one document.
// No live object has it.
const annotationProvider = "gwctl.dev/provider"

type getDocument struct {
	o     Options
	write func(io.Writer, any) error
}

func (v getDocument) Get(tables []FoundTypes, single bool) error {
	items := []any{}
	for _, t := range tables {
		for _, f := range t.Objects {
			items = append(items, shownObject(f))
		}
	}
	if single && len(items) == 1 {
		return v.write(v.o.Out, items[0])
	}
	return v.write(v.o.Out, map[string]any{"apiVersion": "v1", "kind": "List", "items": items})
}

// shownObject leaves out the record of field managers, as kubectl does.
func shownObject(f Found) map[string]any {
	o := f.Object.DeepCopy()
	o.SetManagedFields(nil)
	if f.Provider != "" {
		annotations := o.GetAnnotations()
		if annotations == nil {
			annotations = map[string]string{}
		}
		annotations[annotationProvider] = f.Provider
		o.SetAnnotations(annotations)
	}
	return o.Object
}

func writeIndented(w io.Writer, doc any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "    ") // as kubectl's
	if err := encoder.Encode(doc); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return nil
}

func writeYAML(w io.Writer, doc any) error {
	text, err := yaml.Marshal(doc)
	if err != nil {
		return fmt.Errorf("write YAML: %w", err)
	}
	_, err = io.Copy(w, bytes.NewReader(text))
	return err
}

// ownerText says in a few words who an object belongs to.
func ownerText(o *resource.Object) string {
	var owners []string
	if owner, ok := topology.OwnerOf(o); ok {
		owners = append(owners, owner.Name)
	}
	if t, ok := resource.TrackerOf(o); ok {
		owners = append(owners, t.Tool+" "+t.What)
	}
	if owners == nil {
		return "-"
	}
	return strings.Join(owners, ", ")
}
