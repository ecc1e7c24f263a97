package e2e

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"go.uber.org/goleak"
)

// binary is the gwctl under test: it is built, unless binaryVariable names one,
// such as a release. serverBinary is the same for the xDS server: with the race
// detector where these tests have it. Commands do without, for which each of
// them would take seconds; the scripts of cmd/gwctl run them with it.
var binary, serverBinary string

const binaryVariable = "GWCTL_E2E_BINARY"

// The short run is for every change of the code; `make bench` does the long
// one. These variables set either to something else.
const (
	roundsVariable = "GWCTL_E2E_ROUNDS" // how often each class of change is made under load
	rateVariable   = "GWCTL_E2E_RATE"   // requests a second meanwhile
)

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	if err := setFlags(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if binary = os.Getenv(binaryVariable); binary != "" {
		serverBinary = binary
		return tests(m)
	}
	dir, err := os.MkdirTemp("", "gwctl-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "gwctl")
	err = build(binary)
	if serverBinary = binary; raceDetector && err == nil {
		serverBinary = filepath.Join(dir, "gwctl-race")
		err = build(serverBinary, "-race")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gwctl does not build:", err)
		return 1
	}
	return tests(m)
}

func build(to string, flags ...string) error {
	args := append([]string{"build", "-o", to}, flags...)
	cmd := exec.Command("go", append(args, "github.com/gwctl/gwctl/cmd/gwctl")...)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	return cmd.Run()
}

// tests runs them, which must leave nothing running.
func tests(m *testing.M) int {
	if code := m.Run(); code != 0 {
		return code
	}
	if err := goleak.Find(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// setFlags sets what the command line does not: how many configurations the
// property tests generate, since each of them is applied for real, that they
// leave no files in the source tree, and that tests which mostly wait do so
// side by side.
func setFlags() error {
	flag.Parse()
	defaults := map[string]string{"rapid.checks": "15", "rapid.nofailfile": "true", "test.parallel": "6"}
	flag.Visit(func(f *flag.Flag) { delete(defaults, f.Name) })
	for name, value := range defaults {
		if err := flag.Set(name, value); err != nil {
			return err
		}
	}
	return nil
}

// setting returns a number from the environment.
func setting(tb testing.TB, variable string, otherwise int) int {
	tb.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		tb.Fatalf("%s is %q: it wants a number of 1 or more", variable, text)
	}
	return n
}
