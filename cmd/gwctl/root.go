package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
)

// Exit codes of all commands.
const (
	exitOK      = 0
	exitError   = 1
	exitChanges = 2 // plan -detailed-exitcode only
)

// exitCode ends a command that has already said all there is to say.
type exitCode int

func (c exitCode) Error() string { return fmt.Sprintf("exit code %d", int(c)) }

// errReported is the exitCode of a failure whose diagnostics are printed.
const errReported = exitCode(exitError)

// cli is what all commands share.
type cli struct {
	terminal
	noColor bool
	chdir   string
}

// run executes one command line and returns the exit code.
func run(ctx context.Context, args []string, t terminal) int {
	c := &cli{terminal: t}
	root := c.root()
	root.SetArgs(doubleDashes(args))
	err := root.ExecuteContext(ctx)
	if code, ok := errors.AsType[exitCode](err); ok {
		return int(code)
	}
	if err != nil {
		c.fail(err)
		return exitError
	}
	return exitOK
}

// doubleDashes lets flags be written with one dash, as Terraform's users do.
func doubleDashes(args []string) []string {
	out := make([]string, len(args))
	for i, a := range args {
		if a == "--" {
			copy(out[i:], args[i:])
			break
		}
		if len(a) > 2 && a[0] == '-' && a[1] != '-' && isLetter(a[1]) {
			a = "-" + a
		}
		out[i] = a
	}
	return out
}

func isLetter(b byte) bool { return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' }

func (c *cli) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "gwctl",
		Short: "Terraform for traffic: plan and apply gateways, routes and splits",
		Long: `gwctl reads what traffic should be from the *.hcl files of a folder, plans what
would change, and applies exactly that, or leaves traffic as it was.

Start with:  gwctl demo   (a tour on a real Envoy)
             gwctl init   (a configuration to begin with)`,
		Version:           version,
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
		PersistentPreRunE: func(*cobra.Command, []string) error {
			if c.chdir == "" {
				return nil
			}
			if err := os.Chdir(c.chdir); err != nil {
				return fmt.Errorf("-chdir: %w", err)
			}
			return nil
		},
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return &usageError{cmd, unknownCommand(cmd, args[0])}
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetIn(c.In)
	root.SetOut(c.Out)
	root.SetErr(c.Err)
	root.SetVersionTemplate("gwctl v{{.Version}}\n")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return &usageError{cmd, singleDash(err.Error())}
	})
	root.PersistentFlags().StringVar(&c.chdir, "chdir", "", "switch to this `folder` first")
	root.PersistentFlags().BoolVar(&c.noColor, "no-color", false, "plain text, as with NO_COLOR or without a terminal")

	root.AddGroup(
		&cobra.Group{ID: "main", Title: "Main commands:"},
		&cobra.Group{ID: "other", Title: "Other commands:"},
	)
	for _, cmd := range []*cobra.Command{
		c.initCommand(), c.validateCommand(), c.planCommand(), c.applyCommand(), c.destroyCommand(), c.rollbackCommand(),
	} {
		cmd.GroupID = "main"
		root.AddCommand(cmd)
	}
	for _, cmd := range []*cobra.Command{
		c.demoCommand(), c.fmtCommand(), c.docsCommand(), c.forceUnlockCommand(), c.graphCommand(), c.outputCommand(),
		c.showCommand(), c.stateCommand(), c.versionCommand(), c.xdsCommand(),
	} {
		cmd.GroupID = "other"
		root.AddCommand(cmd)
	}
	return root
}

// usageError is a command line that makes no sense.
type usageError struct {
	cmd  *cobra.Command
	text string
}

func (e *usageError) Error() string {
	return fmt.Sprintf("%s\n\nUsage: %s\nSee: %s -help", e.text, e.cmd.UseLine(), e.cmd.CommandPath())
}

func unknownCommand(cmd *cobra.Command, name string) string {
	text := fmt.Sprintf("%s has no command %q.", cmd.CommandPath(), name)
	if near := cmd.SuggestionsFor(name); len(near) > 0 {
		text += fmt.Sprintf(" Did you mean %q?", near[0])
	}
	return text
}

// singleDash writes the flags in a message as users do.
func singleDash(text string) string { return strings.ReplaceAll(text, "--", "-") }

// group is a command that only holds others.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use:   use,
		Short: short,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return &usageError{cmd, unknownCommand(cmd, args[0])}
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(commands...)
	return cmd
}

// args checks the number of positional arguments and names them when it is off.
func args(minimum, maximum int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < minimum:
			return &usageError{cmd, fmt.Sprintf("%s is missing.", what)}
		case len(args) > maximum && maximum == 0:
			return &usageError{cmd, fmt.Sprintf("%s takes no arguments, and got %q. To use another folder: -chdir=DIR.", cmd.CommandPath(), args[0])}
		case len(args) > maximum:
			return &usageError{cmd, fmt.Sprintf("%s takes %s only, and got %q besides.", cmd.CommandPath(), what, args[maximum])}
		}
		return nil
	}
}
