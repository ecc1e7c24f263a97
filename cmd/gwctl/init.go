package main

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
)

//go:embed starter.hcl
var starter []byte

// starterFile is what init writes; the name that Terraform's users expect.
const starterFile = "main.hcl"

func (c *cli) initCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "init",
		Short: "Write a small configuration to start from",
		Long: `Writes main.hcl, a gateway with one route that splits its traffic between two
backends, when the folder holds no *.hcl file yet. It never overwrites anything.`,
		Args: args(0, 0, ""),
		RunE: func(*cobra.Command, []string) error {
			found, err := filepath.Glob("*.hcl")
			if err != nil {
				return err
			}
			if len(found) > 0 {
				fmt.Fprintf(c.Out, "This folder has a configuration already (%s): nothing was written.\n\nNext: gwctl validate, gwctl plan\n", found[0])
				return nil
			}
			// O_EXCL: a file that appears in between is not overwritten either.
			f, err := os.OpenFile(starterFile, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
			if err != nil {
				return fmt.Errorf("the starter cannot be written: %w", err)
			}
			if _, err := f.Write(starter); err != nil {
				f.Close()
				return fmt.Errorf("the starter cannot be written: %w", err)
			}
			if err := f.Close(); err != nil {
				return fmt.Errorf("the starter cannot be written: %w", err)
			}
			fmt.Fprintf(c.Out, `Wrote %s: a gateway, a route, two backends.

Next, in a terminal of its own each:
  gwctl xds serve                                   the server that Envoys connect to
  gwctl xds bootstrap public > envoy.yaml
  envoy -c envoy.yaml                               an Envoy for the gateway

and here:
  gwctl plan
  gwctl apply
`, starterFile)
			return nil
		},
	}
}
