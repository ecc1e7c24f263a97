// Command bench measures what gwctl promises about speed and memory, with the
// real binary beside the real OpenTofu and kubectl, in front of the real Envoy
// and the real API server, and prints the figures as a table. `make bench` runs it; no test does.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// bench is one run.
type bench struct {
	gwctl, tofu string // the binaries
	runs        int    // of each process that is timed
	changes     int    // of a weight, in front of Envoy
	dir         string // for configurations
	progress    io.Writer
	table       table
}

// measurement is what -only chooses.
type measurement struct {
	name string
	run  func(context.Context, *bench) error
	tofu bool // beside OpenTofu
}

// measurements are in the order in which they run.
var measurements = []measurement{
	{"start", measureStart, true},
	{"plan", measurePlan, true},
	{"references", measureReferences, true},
	{"growth", measureGrowth, false},
	{"visible", measureVisible, false},
	{"local-limits", measureLocalLimits, false},
	{"global-limits", measureGlobalLimits, false},
	{"cluster-plan", measureClusterPlan, false},
	{"cluster-apply", measureClusterApply, false},
	{"cluster-change", measureClusterChange, false},
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	b := &bench{progress: stderr}
	var only string
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&b.gwctl, "gwctl", "bin/gwctl", "the gwctl to measure")
	flags.StringVar(&b.tofu, "tofu", os.Getenv("TOFU"), "the OpenTofu to measure beside it; default: the variable TOFU")
	flags.IntVar(&b.runs, "runs", 7, "how often each process runs; medians are shown")
	flags.IntVar(&b.changes, "changes", 30, "how often a weight changes in front of Envoy")
	flags.StringVar(&only, "only", "", "measure these alone: "+strings.Join(names(), ", "))
	if err := flags.Parse(args); err != nil {
		return err
	}
	chosen, err := choose(only)
	if err != nil {
		return err
	}
	if b.runs < 1 || b.changes < 2 {
		return errors.New("-runs must be 1 or more, -changes 2 or more")
	}
	if b.gwctl, err = program(b.gwctl); err != nil {
		return err
	}
	if slices.ContainsFunc(measurements, func(m measurement) bool { return m.tofu && slices.Contains(chosen, m.name) }) {
		if b.tofu, err = program(b.tofu); err != nil {
			return err
		}
	}
	if b.dir, err = os.MkdirTemp("", "gwctl-bench-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()

	fmt.Fprintf(stdout, "%s\n\n", machine(ctx, b.gwctl, b.tofu))
	for _, m := range measurements {
		if !slices.Contains(chosen, m.name) {
			continue
		}
		fmt.Fprintf(stderr, "measuring %s\n", m.name)
		if err := m.run(ctx, b); err != nil {
			return fmt.Errorf("measuring %s: %w", m.name, err)
		}
	}
	return b.table.write(stdout)
}

func names() []string {
	var out []string
	for _, m := range measurements {
		out = append(out, m.name)
	}
	return out
}

// choose returns the measurements that a comma-separated list names.
func choose(only string) ([]string, error) {
	if only == "" {
		return names(), nil
	}
	chosen := strings.Split(only, ",")
	for _, name := range chosen {
		if !slices.Contains(names(), name) {
			return nil, fmt.Errorf("there is no measurement %q: -only takes some of %s", name, strings.Join(names(), ", "))
		}
	}
	return chosen, nil
}

// program returns the absolute path of a binary.
func program(path string) (string, error) {
	if path == "" {
		return "", errors.New("no OpenTofu is named: set TOFU or -tofu, or run `make bench`, which builds it")
	}
	found, err := exec.LookPath(path)
	if err != nil {
		return "", fmt.Errorf("%w: `make bench` builds what is measured", err)
	}
	return filepath.Abs(found)
}
