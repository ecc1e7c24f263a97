package main

import (
	"github.com/spf13/cobra"

	"github.com/gwctl/gwctl/config/kinds"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/state"
	"github.com/gwctl/gwctl/views"
)

func (c *cli) showCommand() *cobra.Command {
	var asJSON, concise bool
	cmd := &cobra.Command{
		Use:   "show [flags] [PLANFILE]",
		Short: "Show a saved plan, or the state",
		Args:  args(0, 1, "one saved plan"),
		RunE: func(cmd *cobra.Command, names []string) error {
			if len(names) == 0 {
				st, err := c.readState(cmd.Context())
				if err != nil {
					return err
				}
				return views.NewState(c.viewOptions(asJSON, concise)).Show(resourceViews(st.Resources, st.Resources), outputViews(st.Outputs))
			}
			view := views.NewPlan(c.viewOptions(asJSON, concise))
			plan, err := readPlan(names[0])
			if err != nil {
				if err := view.Failed(nil, explainError(err), nil); err != nil {
					return err
				}
				return errReported
			}
			return view.Plan(plan, nil, nil, "")
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().BoolVar(&concise, "concise", false, "a line a resource")
	return cmd
}

// resourceViews puts records into HCL's words. All that the state has tells
// what those call the objects that they refer to.
func resourceViews(records, all []state.Record) []views.Resource {
	type object struct {
		provider string
		id       resource.ID
	}
	makers := map[object]resource.Address{}
	for _, r := range all {
		for _, o := range r.Objects {
			makers[object{r.Provider, resource.IDOf(o)}] = r.Address
		}
	}
	out := make([]views.Resource, len(records))
	for i, r := range records {
		names := func(id resource.ID) (resource.Address, bool) {
			a, ok := makers[object{r.Provider, id}]
			return a, ok
		}
		out[i] = views.Resource{Address: r.Address, Provider: r.Provider}
		for _, o := range r.Objects {
			out[i].Objects = append(out[i].Objects, resource.IDOf(o))
			// What cannot be put into words is shown by its objects' names.
			if b, err := (kinds.Codec{}).Words(r.Address, o, names); err == nil {
				out[i].Block = b
			}
		}
	}
	return out
}

func outputViews(outputs map[string]state.Output) []views.Output {
	out := make([]views.Output, 0, len(outputs))
	for name, o := range outputs {
		value, err := outputValue(o)
		if err != nil {
			continue
		}
		out = append(out, views.Output{Name: name, Value: value, Sensitive: o.Sensitive})
	}
	return out
}
