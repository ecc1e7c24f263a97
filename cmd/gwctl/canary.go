package main

import "github.com/spf13/cobra"

func (c *cli) canaryCommand() *cobra.Command {
	return group("canary", "Shift requests to a candidate, with verdicts that can be trusted",
		c.canarySimulateCommand())
}
