package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

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
	hard    context.Context // ends with the second interrupt; a command's own with the first one
	noColor bool
	chdir   string
}

// run executes one command line and returns the exit code.
func run(ctx context.Context, args []string, t terminal) int {
	c := &cli{terminal: t}
	// With a handler, a write that nobody reads is an error, and not the end of
	// the process in the middle of an apply.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	soft, hard, stop := interrupts(ctx)
	defer stop()
	c.hard = hard
	args = doubleDashes(args)
	root := c.root()
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(soft)
	if code, ok := errors.AsType[exitCode](err); ok {
		return int(code)
	}
	if errors.Is(err, syscall.EPIPE) {
		return exitError
	}
	if err != nil {
		c.fail(cmd, wantsJSON(args), err)
		return exitError
	}
	return exitOK
}

// wantsJSON reports whether the arguments ask for JSON, also where parsing them
// failed before they got there.
func wantsJSON(args []string) bool {
	asked := false
	for i, a := range args {
		switch a {
		case "--":
			return asked
		case "--json", "--json=true", "-o=json", "--output=json":
			asked = true
		case "json":
			asked = asked || i > 0 && (args[i-1] == "-o" || args[i-1] == "--output")
		case "--json=false":
			asked = false
		}
	}
	return asked
}

// doubleDashes lets flags be written with one dash, as Terraform's users do. A
// single letter is a short flag, also with its value: -o=json.
func doubleDashes(args []string) []string {
	out := make([]string, len(args))
	for i, a := range args {
		if a == "--" {
			copy(out[i:], args[i:])
			break
		}
		if len(a) > 2 && a[0] == '-' && a[1] != '-' && a[2] != '=' && isLetter(a[1]) {
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
		Version:       version,
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(*cobra.Command, []string) error {
			if c.chdir == "" {
				return nil
			}
			if err := os.Chdir(c.chdir); err != nil {
				if pathError, ok := errors.AsType[*os.PathError](err); ok {
					err = pathError.Err // it names the folder again
				}
				return fmt.Errorf("-chdir=%s: %w", c.chdir, err)
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
	root.SetUsageFunc(func(cmd *cobra.Command) error { return writeUsage(cmd.OutOrStdout(), cmd) })
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return &usageError{cmd, flagProblem(cmd, err)}
	})
	root.PersistentFlags().StringVar(&c.chdir, "chdir", "", "switch to this `folder` first")
	root.PersistentFlags().BoolVar(&c.noColor, "no-color", false, "plain text, as with NO_COLOR or without a terminal")

	root.AddGroup(
		&cobra.Group{ID: "main", Title: "Main commands:"},
		&cobra.Group{ID: "other", Title: "Other commands:"},
	)
	root.SetHelpCommandGroupID("other")
	root.SetCompletionCommandGroupID("other")
	for _, cmd := range []*cobra.Command{
		c.initCommand(), c.validateCommand(), c.planCommand(), c.applyCommand(), c.destroyCommand(), c.rollbackCommand(),
	} {
		cmd.GroupID = "main"
		root.AddCommand(cmd)
	}
	for _, cmd := range []*cobra.Command{
		c.canaryCommand(), c.demoCommand(), c.describeCommand(), c.docsCommand(), c.explainCommand(), c.fmtCommand(), c.forceUnlockCommand(), c.getCommand(), c.graphCommand(), c.importCommand(), c.outputCommand(), c.renderCommand(),
		c.showCommand(), c.stateCommand(), c.versionCommand(), c.xdsCommand(),
	} {
		cmd.GroupID = "other"
		root.AddCommand(cmd)
	}
	return root
}

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
