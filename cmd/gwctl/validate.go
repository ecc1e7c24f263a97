package main

import (
	"github.com/spf13/cobra"

	"github.com/gwctl/gwctl/internal/diag"
	"github.com/gwctl/gwctl/views"
)

func (c *cli) validateCommand() *cobra.Command {
	var vars variableFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "validate [flags]",
		Short: "Check the configuration without looking at what is live",
		Long: `Checks syntax, types, references, and the Gateway API's own schema and rules. It
needs no server and no cluster.`,
		Args: args(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, diags := c.loadConfig(cmd.Context(), vars, !asJSON)
			if !diags.HasErrors() {
				diags = diag.Tidy(append(diags, warnClashing(cfg)...))
			}
			if err := views.NewValidate(c.viewOptions(asJSON, false)).Validate(diags, cfg.Sources); err != nil {
				return err
			}
			if diags.HasErrors() {
				return errReported
			}
			return nil
		},
	}
	vars.register(cmd.Flags())
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}
