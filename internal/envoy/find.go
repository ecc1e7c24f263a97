// Package envoy finds and runs a real Envoy: for the demo, and for tests that
// want the proxy itself to say whether a configuration is right. It knows
// nothing of what a bootstrap says.
package envoy

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
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
	if named := os.Getenv(Variable); named != "" {
		path, err := exec.LookPath(named)
		if err != nil {
			return "", fmt.Errorf("the variable %s names no program that can be run: %w", Variable, err)
		}
		return filepath.Abs(path)
	}
	if path, err := exec.LookPath("envoy"); err == nil {
		return filepath.Abs(path)
	}
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		path := filepath.Join(dir, ".tools", "envoy-"+Version, "envoy")
		if path, err := exec.LookPath(path); err == nil {
			return path, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", ErrNotFound
		}
		dir = parent
	}
}
