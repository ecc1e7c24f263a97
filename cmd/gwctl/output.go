package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gwctl/gwctl/internal/diag"
	"github.com/gwctl/gwctl/state"
	"github.com/gwctl/gwctl/views"
)

func (c *cli) outputCommand() *cobra.Command {
	var asJSON, raw bool
	cmd := &cobra.Command{
		Use:   "output [flags] [NAME]",
		Short: "Print output values of the last apply",
		Args:  args(0, 1, "one output's name"),
		RunE: func(cmd *cobra.Command, names []string) error {
			if raw && (asJSON || len(names) == 0) {
				return &usageError{cmd, "-raw prints one output's string: name the output, and leave -json out."}
			}
			st, err := c.readState(cmd.Context())
			if err != nil {
				return err
			}
			view := views.NewOutputs(c.viewOptions(asJSON, false))
			if len(names) == 0 {
				if len(st.Outputs) == 0 && !asJSON {
					fmt.Fprintln(c.Err, "There are no outputs: the configuration has none, or nothing was applied yet.")
				}
				return view.All(outputViews(st.Outputs))
			}
			o, err := findOutput(st.Outputs, names[0])
			switch {
			case err != nil:
				return err
			case raw:
				return c.printRaw(names[0], o)
			}
			return view.One(outputViews(map[string]state.Output{names[0]: o})[0])
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().BoolVar(&raw, "raw", false, "print one output's string, number or bool without quotes or line end, for scripts")
	return cmd
}

func findOutput(outputs map[string]state.Output, name string) (state.Output, error) {
	o, ok := outputs[name]
	if !ok {
		names := slices.Sorted(maps.Keys(outputs))
		text := fmt.Sprintf("there is no output %q in the state", name)
		if near := diag.Nearest(name, names); near != "" {
			text += fmt.Sprintf("; did you mean %q?", near)
		} else {
			text += "."
		}
		if len(names) > 0 {
			text += " There are: " + strings.Join(names, ", ") + "."
		}
		return o, fmt.Errorf("%s Outputs appear when an apply has finished", text)
	}
	if o.Sensitive {
		return o, fmt.Errorf("output %q is sensitive: its value is not kept in the state", name)
	}
	return o, nil
}

func (c *cli) printRaw(name string, o state.Output) error {
	value, err := outputValue(o)
	if err != nil {
		return fmt.Errorf("output %q: %w", name, err)
	}
	switch v := value.(type) {
	case string:
		_, err := fmt.Fprint(c.Out, v)
		return err
	case int64, float64, json.Number, bool:
		_, err := fmt.Fprint(c.Out, string(o.Value))
		return err
	default:
		return fmt.Errorf("output %q is no string, number or bool, which -raw prints: use -json", name)
	}
}

// printJSON writes one document.
func (c *cli) printJSON(doc any) error {
	encoder := json.NewEncoder(c.Out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(doc)
}
