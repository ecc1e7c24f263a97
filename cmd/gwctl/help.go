package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// writeUsage writes what a command takes; flags have one dash, as users write
// them.
func writeUsage(w io.Writer, cmd *cobra.Command) error {
	var b strings.Builder
	b.WriteString("Usage:\n")
	fmt.Fprintf(&b, "  %s\n", useLine(cmd))
	if cmd.HasAvailableSubCommands() {
		for _, g := range cmd.Groups() {
			writeCommands(&b, g.Title, cmd.Commands(), g.ID)
		}
		writeCommands(&b, "Commands:", cmd.Commands(), "")
	}
	writeFlagUsages(&b, "Flags:", cmd.LocalFlags())
	writeFlagUsages(&b, "Flags of every command:", cmd.InheritedFlags())
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "\nMore about a command: %s COMMAND -help\n", cmd.CommandPath())
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// writeCommands lists the commands of a group.
func writeCommands(b *strings.Builder, title string, commands []*cobra.Command, group string) {
	width := 0
	for _, c := range commands {
		width = max(width, len(c.Name()))
	}
	first := true
	for _, c := range commands {
		if c.GroupID != group || !c.IsAvailableCommand() && c.Name() != "help" {
			continue
		}
		if first {
			fmt.Fprintf(b, "\n%s\n", title)
			first = false
		}
		fmt.Fprintf(b, "  %-*s  %s\n", width, c.Name(), c.Short)
	}
}

// writeFlagUsages lists flags; all are known by one name, but for -h.
func writeFlagUsages(b *strings.Builder, title string, flags *pflag.FlagSet) {
	usages := flags.FlagUsages()
	if usages == "" {
		return
	}
	fmt.Fprintf(b, "\n%s\n", title)
	for line := range strings.Lines(usages) {
		// pflag leaves room for a letter: "  -h, --help" and "      --json".
		if _, rest, ok := strings.Cut(line, "--"); ok {
			line = "  -" + rest
		}
		b.WriteString(line)
	}
}
