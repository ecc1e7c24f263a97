// Package envoy finds and runs a real Envoy: for the demo, and for tests that
// want the proxy itself to say whether a configuration is right. It knows
// nothing of what a bootstrap says.
package envoy

import (
	"errors"
	"os/exec"
	"path/filepath"

	"github.com/gwctl/gwctl/internal/process"
)

// Version is the release of Envoy that gwctl is tested with.
const Version = "1.40.0"

// Variable is the environment variable that names the binary.
const Variable = "ENVOY"

// ErrNotFound says that there is no Envoy on this machine.
var ErrNotFound = errors.New("no envoy found: run `make envoy`, put envoy on PATH, or set the variable " + Variable + " to its path")

// Find returns the absolute path of Envoy: what the variable ENVOY names, else
// envoy on PATH, else .tools/envoy-VERSION/envoy in the working directory or
// the nearest one above it.
func Find() (string, error) {
	if path, err := process.Named(Variable); path != "" || err != nil {
		return path, err
	}
	if path, err := exec.LookPath("envoy"); err == nil {
		return filepath.Abs(path)
	}
	if path, err := process.Tool("envoy-"+Version, "envoy"); path != "" || err != nil {
		return path, err
	}
	return "", ErrNotFound
}
