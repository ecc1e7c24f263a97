package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

func (c *cli) graphCommand() *cobra.Command {
	var vars variableFlags
	cmd := &cobra.Command{
		Use:   "graph [flags]",
		Short: "Print what depends on what, in Graphviz's language",
		Long:  `Prints the dependencies of the configuration, for dot: gwctl graph | dot -Tsvg > graph.svg`,
		Args:  args(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, diags := c.loadConfig(cmd.Context(), vars, false)
			if diags.HasErrors() {
				return failed(diags, cfg.Sources)
			}
			var b strings.Builder
			b.WriteString("digraph {\n  rankdir = \"LR\"\n  node [shape = box]\n")
			for _, r := range cfg.Resources {
				fmt.Fprintf(&b, "  %q\n", r.Address.String())
				for _, d := range r.DependsOn {
					fmt.Fprintf(&b, "  %q -> %q\n", r.Address.String(), d.String())
				}
			}
			b.WriteString("}\n")
			_, err := fmt.Fprint(c.Out, b.String())
			return err
		},
	}
	vars.register(cmd.Flags())
	return cmd
}
