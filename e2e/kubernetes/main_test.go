package kubernetes

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"github.com/gwctl/gwctl/internal/kubernetes/kubernetestest/envoygateway"
)

// binary is the gwctl under test: it is built, unless binaryVariable names one,
// such as a release.
var binary string

const binaryVariable = "GWCTL_E2E_BINARY"

func TestMain(m *testing.M) { os.Exit(run(m)) }

// run runs twice: outside of the sandbox, where gwctl is built, and inside.
func run(m *testing.M) int {
	if err := setFlags(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if binary = os.Getenv(binaryVariable); binary == "" {
		dir, err := os.MkdirTemp("", "gwctl-e2e-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		binary = filepath.Join(dir, "gwctl")
		cmd := exec.Command("go", "build", "-o", binary, "github.com/gwctl/gwctl/cmd/gwctl")
		cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
		if err := cmd.Run(); err != nil {
			fmt.Fprintln(os.Stderr, "gwctl does not build:", err)
			return 1
		}
		if err := os.Setenv(binaryVariable, binary); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	return envoygateway.Run(tests{envoygateway.Around(m)})
}

// tests leave nothing running.
type tests struct{ around interface{ Run() int } }

func (t tests) Run() int {
	if code := t.around.Run(); code != 0 {
		return code
	}
	if err := goleak.Find(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// setFlags sets what the command line does not: how many configurations the
// property tests generate, since each of them is applied for real, and that
// they leave no files in the source tree.
func setFlags() error {
	flag.Parse()
	defaults := map[string]string{"rapid.checks": "5", "rapid.nofailfile": "true"}
	flag.Visit(func(f *flag.Flag) { delete(defaults, f.Name) })
	for name, value := range defaults {
		if err := flag.Set(name, value); err != nil {
			return err
		}
	}
	return nil
}
