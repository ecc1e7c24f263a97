package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/gwctl/gwctl/internal/diag"
)

// usageError is a command line that makes no sense.
type usageError struct {
	cmd  *cobra.Command
	text string
}

func (e *usageError) Error() string {
	return fmt.Sprintf("%s\n\nUsage: %s\nSee: %s -help", e.text, useLine(e.cmd), e.cmd.CommandPath())
}

// useLine is a line that says how to write a command.
func useLine(cmd *cobra.Command) string {
	if cmd.HasAvailableSubCommands() {
		return cmd.CommandPath() + " COMMAND"
	}
	return cmd.UseLine()
}

func unknownCommand(cmd *cobra.Command, name string) string {
	var names []string
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	if near := diag.Nearest(name, names); near != "" {
		return fmt.Sprintf("%s has no command %q. Did you mean %q?", cmd.CommandPath(), name, near)
	}
	return fmt.Sprintf("%s has no command %q. It has: %s.", cmd.CommandPath(), name, strings.Join(names, ", "))
}

// flagProblem says what is wrong with a flag, in the words of its help.
func flagProblem(cmd *cobra.Command, err error) string {
	if e, ok := errors.AsType[*pflag.NotExistError](err); ok {
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		text := fmt.Sprintf("%s has no flag -%s.", cmd.CommandPath(), e.GetSpecifiedName())
		if near := diag.Nearest(e.GetSpecifiedName(), names); near != "" {
			text += fmt.Sprintf(" Did you mean -%s?", near)
		}
		return text
	}
	if e, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		return fmt.Sprintf("-%s is %s, and not %q.", e.GetFlag().Name, allowed(e.GetFlag()), e.GetValue())
	}
	if e, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		what, usage := pflag.UnquoteUsage(e.GetFlag())
		return fmt.Sprintf("-%s needs a value, as in -%s=%s: %s.", e.GetFlag().Name, e.GetFlag().Name, strings.ToUpper(what), usage)
	}
	return singleDash(err.Error()) + "."
}

// allowed says in words what a flag can be.
func allowed(f *pflag.Flag) string {
	switch f.Value.Type() {
	case "int":
		return "a whole number"
	case "bool":
		return "true or false"
	case "share":
		return "a share from 0% to 100%, such as 0.5%"
	case "duration":
		return "a duration such as 500ms, 30s or 5m"
	}
	return f.Value.Type()
}

// singleDash writes the flags in a message as users do.
func singleDash(text string) string { return strings.ReplaceAll(text, "--", "-") }

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
