package main

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// applyFlags are those of every command that changes something.
type applyFlags struct {
	planFlags
	waitFlags
	autoApprove bool
}

func (f *applyFlags) register(flags *pflag.FlagSet) {
	f.planFlags.register(flags)
	f.waitFlags.register(flags)
	flags.BoolVar(&f.autoApprove, "auto-approve", false, "do not ask")
}

func (c *cli) applyCommand() *cobra.Command {
	var f applyFlags
	cmd := &cobra.Command{
		Use:   "apply [flags] [PLANFILE]",
		Short: "Make traffic what the configuration says",
		Long: `Plans, asks, and applies. With a saved plan it asks nothing, and does what the
plan says or, when live objects moved meanwhile, nothing.

It returns 0 only when every connected Envoy of the touched gateways has
acknowledged the change. When one refuses, all serve again what they served
before, and the reason comes with the line of the configuration. Ctrl-C once
waits for the verdict, twice leaves it to the server.`,
		Args: args(0, 1, "one saved plan"),
		RunE: func(cmd *cobra.Command, names []string) error {
			if len(names) == 0 {
				return c.operate(cmd, &f, "apply", fromConfiguration)
			}
			if err := onlyForPlans(cmd); err != nil {
				return err
			}
			return c.operate(cmd, &f, "apply", fromFile(names[0]))
		},
	}
	f.register(cmd.Flags())
	cmd.Flags().BoolVar(&f.destroy, "destroy", false, "destroy everything, as gwctl destroy does")
	return cmd
}

func (c *cli) destroyCommand() *cobra.Command {
	var f applyFlags
	cmd := &cobra.Command{
		Use:   "destroy [flags]",
		Short: "Remove everything that this configuration owns",
		Long: `Removes everything that this configuration owns. Where that is more than 10
objects and more than a fifth of a kind, it takes -allow-destroy too: the wrong
folder is as easily destroyed as the right one.`,
		Args: args(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			f.destroy = true
			return c.operate(cmd, &f, "destroy", fromConfiguration)
		},
	}
	f.register(cmd.Flags())
	return cmd
}

func (c *cli) rollbackCommand() *cobra.Command {
	var f applyFlags
	cmd := &cobra.Command{
		Use:   "rollback [flags] [REVISION]",
		Short: "Apply what was live before",
		Long: `Plans and applies the objects of this configuration as they were at a revision,
or before the last change. It is an apply like any other: shown first, refused
when stale, acknowledged by every Envoy. The configuration is not touched, so
the next plan shows the difference to it again.`,
		Args: args(0, 1, "one revision"),
		RunE: func(cmd *cobra.Command, names []string) error {
			revision := ""
			if len(names) == 1 {
				revision = names[0]
			}
			return c.operate(cmd, &f, "rollback", fromRevision(revision))
		},
	}
	f.variables.register(cmd.Flags())
	f.registerCommon(cmd.Flags())
	f.waitFlags.register(cmd.Flags())
	cmd.Flags().IntVar(&f.allowDestroy, "allow-destroy", 0, "let this `number` of objects go, where more than 10 and more than a fifth of a kind would")
	cmd.Flags().StringArrayVar(&f.force, "force-conflicts", nil, "take the fields of this `address` that somebody else manages on the target; may be repeated")
	cmd.Flags().BoolVar(&f.autoApprove, "auto-approve", false, "do not ask")
	f.refresh = true
	return cmd
}
