package views

import (
	"fmt"
	"io"

	"github.com/gwctl/gwctl/internal/hcltext"
	"github.com/gwctl/gwctl/internal/resource"
)

// Resource is one resource that the state remembers, in HCL's words.
type Resource struct {
	Address  resource.Address
	Provider string
	Block    *resource.Block // nil where its objects cannot be read
	Objects  []resource.ID
}

// State shows what the state remembers.
type State interface {
	// List shows addresses.
	List(resources []Resource) error
	// Show shows resources whole, and the outputs.
	Show(resources []Resource, outputs []Output) error
}

// NewState returns the view for people, or for machines where the options say
// so.
func NewState(o Options) State {
	if o.JSON {
		return stateJSON{o}
	}
	return stateText{o}
}

type stateText struct{ o Options }

func (v stateText) List(resources []Resource) error {
	for _, r := range resources {
		if _, err := fmt.Fprintln(v.o.Out, printable(r.Address.String())); err != nil {
			return err
		}
	}
	return nil
}

func (v stateText) Show(resources []Resource, outputs []Output) error {
	w := newBlockWriter(v.o)
	for i, r := range resources {
		if i > 0 {
			w.b.WriteString("\n")
		}
		w.b.WriteString(w.paint.Dim("# "+printable(r.Address.String())) + "\n")
		for _, id := range r.Objects {
			w.b.WriteString(w.paint.Dim("# "+printable(id.String())) + "\n")
		}
		if r.Block != nil {
			w.b.WriteString(hcltext.Block(r.Block))
		}
	}
	if len(outputs) > 0 {
		w.b.WriteString("\n" + w.paint.Bold("Outputs:") + "\n\n" + outputsText(outputs))
	}
	_, err := io.WriteString(v.o.Out, w.b.String())
	return err
}

type stateJSON struct{ o Options }

func (v stateJSON) List(resources []Resource) error {
	addresses := make([]string, len(resources))
	for i, r := range resources {
		addresses[i] = r.Address.String()
	}
	return writeDocument(v.o.Out, addresses)
}

func (v stateJSON) Show(resources []Resource, outputs []Output) error {
	doc := struct {
		FormatVersion string    `json:"format_version"`
		GwctlVersion  string    `json:"gwctl_version"`
		Values        valuesDoc `json:"values"`
	}{FormatVersion: "1.0", GwctlVersion: v.o.Version}
	var root []valueDoc
	modules := map[string][]valueDoc{}
	var order []string
	for _, r := range resources {
		value := valueOf(r.Address, r.Provider, r.Block)
		if r.Address.Module == "" {
			root = append(root, value)
			continue
		}
		if modules[r.Address.Module] == nil {
			order = append(order, r.Address.Module)
		}
		modules[r.Address.Module] = append(modules[r.Address.Module], value)
	}
	doc.Values.RootModule.Resources = root
	for _, name := range order {
		doc.Values.RootModule.ChildModules = append(doc.Values.RootModule.ChildModules, moduleDoc{Address: name, Resources: modules[name]})
	}
	for _, o := range outputs {
		if doc.Values.Outputs == nil {
			doc.Values.Outputs = map[string]outputValueDoc{}
		}
		value := outputValueDoc{Sensitive: o.Sensitive}
		if !o.Sensitive {
			value.Value = plain(o.Value)
		}
		doc.Values.Outputs[o.Name] = value
	}
	return writeDocument(v.o.Out, doc)
}
