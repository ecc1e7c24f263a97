package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func (c *cli) forceUnlockCommand() *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "force-unlock [flags] LOCK_ID",
		Short: "Remove a lock whose owner is gone",
		Long: `Removes the lock with this id from the state. A command that still runs under it
can write no more. Locks of owners that died end by themselves; this is for
those who cannot wait.`,
		Args: args(1, 1, "the lock's id"),
		RunE: func(cmd *cobra.Command, names []string) error {
			store, err := c.openStateStore(cmd.Context())
			if err != nil {
				return err
			}
			if !force {
				answer, err := c.ask(cmd.Context(), fmt.Sprintf("Remove lock %s of %s? A command that runs under it fails.\nOnly \"yes\" is accepted.\n\n  Enter a value: ", names[0], store.Describe()))
				if err != nil {
					return fmt.Errorf("%w: say -force", err)
				}
				if answer != "yes" {
					return fmt.Errorf("the lock was left as it is")
				}
			}
			if err := store.Unlock(cmd.Context(), names[0]); err != nil {
				return err
			}
			fmt.Fprintln(c.Out, "The state is unlocked.")
			return nil
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "do not ask")
	return cmd
}
