package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/state"
	"github.com/gwctl/gwctl/views"
)

func (c *cli) stateCommand() *cobra.Command {
	return group("state", "Look at the record of what is owned, and mend it",
		c.stateListCommand(), c.stateShowCommand(), c.stateMoveCommand(), c.stateRemoveCommand(),
		c.statePullCommand(), c.statePushCommand())
}

// openStateStore finds the store from the configuration. It evaluates the gwctl
// block alone: a variable that only routes need may have no value.
func (c *cli) openStateStore(ctx context.Context) (state.Store, error) {
	cfg, diags := c.loadSettings(ctx, variableFlags{})
	if diags.HasErrors() {
		return nil, failed(diags, cfg.Sources)
	}
	return c.openStore(cfg)
}

// readState returns the state; none is an empty one.
func (c *cli) readState(ctx context.Context) (*state.State, error) {
	store, err := c.openStateStore(ctx)
	if err != nil {
		return nil, err
	}
	st, err := store.Read(ctx)
	if err != nil {
		return nil, err
	}
	if st == nil {
		st = &state.State{}
	}
	return st, nil
}

// underLock opens the store, takes its lease, and gives do what is stored: nil
// where there is nothing yet.
func (c *cli) underLock(ctx context.Context, operation string, wait time.Duration, do func(state.Store, state.Lease, *state.State) error) (err error) {
	store, err := c.openStateStore(ctx)
	if err != nil {
		return err
	}
	lease, err := store.Lock(ctx, operation, wait)
	if err != nil {
		return err
	}
	defer func() {
		if releaseErr := lease.Release(context.WithoutCancel(ctx)); err == nil {
			err = releaseErr
		}
	}()
	stored, err := store.Read(ctx)
	if err != nil {
		return err
	}
	return do(store, lease, stored)
}

// changeState lets change make the next state, under the lock.
func (c *cli) changeState(ctx context.Context, operation string, wait time.Duration, change func(*state.State) (*state.State, error)) error {
	return c.underLock(ctx, operation, wait, func(store state.Store, lease state.Lease, stored *state.State) error {
		if stored == nil {
			return fmt.Errorf("there is no state at %s yet: gwctl apply writes it", store.Describe())
		}
		next, err := change(stored)
		if err != nil || next == nil {
			return err
		}
		next.Serial = stored.Serial + 1
		next.Gwctl = version
		return lease.Write(ctx, next)
	})
}

func (c *cli) stateListCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list [flags] [ADDRESS]...",
		Short: "List the resources in the state",
		RunE: func(cmd *cobra.Command, only []string) error {
			wanted, diags := addresses("state list", only)
			if diags.HasErrors() {
				return failed(diags, nil)
			}
			st, err := c.readState(cmd.Context())
			if err != nil {
				return err
			}
			records := slices.DeleteFunc(st.Resources, func(r state.Record) bool {
				contains := func(w resource.Address) bool { return w.Contains(r.Address) }
				return len(wanted) > 0 && !slices.ContainsFunc(wanted, contains)
			})
			return views.NewState(c.viewOptions(asJSON, false)).List(resourceViews(records, nil))
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (c *cli) stateShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show ADDRESS",
		Short: "Show one resource of the state, as HCL",
		Args:  args(1, 1, "a resource's address"),
		RunE: func(cmd *cobra.Command, names []string) error {
			a, err := resource.ParseAddress(names[0])
			if err != nil {
				return err
			}
			st, err := c.readState(cmd.Context())
			if err != nil {
				return err
			}
			r, ok := st.Find(a)
			if !ok {
				return &state.AddressError{Address: a, Problem: "is not in the state; gwctl state list shows what is"}
			}
			return views.NewState(c.viewOptions(false, false)).Show(resourceViews([]state.Record{r}, st.Resources), nil)
		},
	}
}

func (c *cli) stateMoveCommand() *cobra.Command {
	var lockTimeout time.Duration
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "mv [flags] FROM TO",
		Short: "Rename resources in the state",
		Long: `Renames a resource in the state, for a block that was renamed: one instance, all
of a block, or all that is in a module. A moved block in the configuration does
the same, and a reviewer sees it.`,
		Args: args(2, 2, "two addresses: the old and the new one"),
		RunE: func(cmd *cobra.Command, names []string) error {
			from, err := resource.ParseTarget(names[0])
			if err != nil {
				return err
			}
			to, err := resource.ParseTarget(names[1])
			if err != nil {
				return err
			}
			return c.changeState(cmd.Context(), "state mv", lockTimeout, func(st *state.State) (*state.State, error) {
				next, moved, err := st.Move(from, to)
				if err != nil {
					return nil, err
				}
				for _, m := range moved {
					fmt.Fprintf(c.Out, "%s -> %s\n", m.From, m.To)
				}
				if dryRun {
					return nil, nil
				}
				return next, nil
			})
		},
	}
	cmd.Flags().DurationVar(&lockTimeout, "lock-timeout", 0, "wait up to this `duration` for the state's lock")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "only say what would move")
	return cmd
}

func (c *cli) stateRemoveCommand() *cobra.Command {
	var lockTimeout time.Duration
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "rm [flags] ADDRESS...",
		Short: "Take resources out of the state; they stay live",
		Args:  args(1, 1000, "the address of a resource or a module"),
		RunE: func(cmd *cobra.Command, names []string) error {
			return c.changeState(cmd.Context(), "state rm", lockTimeout, func(st *state.State) (*state.State, error) {
				for _, name := range names {
					a, err := resource.ParseTarget(name)
					if err != nil {
						return nil, err
					}
					next, removed, err := st.Remove(a)
					if err != nil {
						return nil, err
					}
					for _, r := range removed {
						fmt.Fprintf(c.Out, "Removed %s\n", r.Address)
					}
					st = next
				}
				if dryRun {
					return nil, nil
				}
				return st, nil
			})
		},
	}
	cmd.Flags().DurationVar(&lockTimeout, "lock-timeout", 0, "wait up to this `duration` for the state's lock")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "only say what would be removed")
	return cmd
}

func (c *cli) statePullCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "pull",
		Short: "Print the state",
		Args:  args(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			store, err := c.openStateStore(cmd.Context())
			if err != nil {
				return err
			}
			st, err := store.Read(cmd.Context())
			if err != nil || st == nil {
				return err
			}
			data, err := state.Encode(st)
			if err != nil {
				return err
			}
			_, err = c.Out.Write(data)
			return err
		},
	}
}

func (c *cli) statePushCommand() *cobra.Command {
	var lockTimeout time.Duration
	var force bool
	cmd := &cobra.Command{
		Use:   "push [flags] FILE",
		Short: "Replace the state by a file, - for standard input",
		Long: `Replaces the state. A file of another lineage, or older than what is stored, is
refused unless -force.`,
		Args: args(1, 1, "a state file, or -"),
		RunE: func(cmd *cobra.Command, names []string) error {
			data, err := c.readInput(names[0], state.MaxSize)
			if err != nil {
				return err
			}
			given, err := state.Decode(names[0], data)
			if err != nil {
				return err
			}
			return c.pushState(cmd.Context(), given, force, lockTimeout)
		},
	}
	cmd.Flags().DurationVar(&lockTimeout, "lock-timeout", 0, "wait up to this `duration` for the state's lock")
	cmd.Flags().BoolVar(&force, "force", false, "also over a newer state or one of another lineage")
	return cmd
}

func (c *cli) pushState(ctx context.Context, given *state.State, force bool, wait time.Duration) error {
	return c.underLock(ctx, "state push", wait, func(_ state.Store, lease state.Lease, stored *state.State) error {
		if stored != nil && force {
			given = given.Clone()
			given.Lineage, given.Serial = stored.Lineage, max(given.Serial, stored.Serial+1)
		}
		return lease.Write(ctx, given)
	})
}
