package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

// check refuses values that flags cannot have.
func (f *applyFlags) check(cmd *cobra.Command) error {
	if f.waitFor != "all" && f.waitFor != "none" {
		return &usageError{cmd, fmt.Sprintf("-wait-for is all or none, not %q.", f.waitFor)}
	}
	if f.waitTimeout < 0 || f.waitTimeout == 0 && cmd.Flags().Changed("wait-timeout") {
		return &usageError{cmd, "-wait-timeout must be more than 0."}
	}
	return f.planFlags.check(cmd)
}

// check refuses combinations that make no sense.
func (f *planFlags) check(cmd *cobra.Command) error {
	switch {
	case f.destroy && f.refreshOnly:
		return &usageError{cmd, "-destroy and -refresh-only exclude each other."}
	case f.refreshOnly && !f.refresh:
		return &usageError{cmd, "-refresh-only and -refresh=false exclude each other."}
	case !f.refresh && cmd.Name() != "plan":
		return &usageError{cmd, "-refresh=false is for plan: what is applied must be compared with what is live."}
	case f.allowDestroy < 0:
		return &usageError{cmd, "-allow-destroy takes a number of objects."}
	case f.parallelism < 1:
		return &usageError{cmd, "-parallelism is 1 or more."}
	}
	return nil
}

// onlyForPlans refuses flags that would change what a saved plan says.
func onlyForPlans(cmd *cobra.Command) error {
	for _, name := range []string{"var", "var-file", "target", "exclude", "force-conflicts", "refresh", "refresh-only", "destroy", "allow-destroy"} {
		if cmd.Flags().Changed(name) {
			return &usageError{cmd, "-" + name + " belongs to gwctl plan: a saved plan is applied exactly as it was shown."}
		}
	}
	return nil
}
