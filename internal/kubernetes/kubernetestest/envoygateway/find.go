package envoygateway

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Version is the release of Envoy Gateway that gwctl is tested with.
const Version = "1.9.1"

// Variable is the environment variable that names the binary.
const Variable = "ENVOY_GATEWAY"

// ErrNotFound says that there is no Envoy Gateway on this machine.
var ErrNotFound = errors.New("no envoy-gateway found: run `make envoygateway`, or set the variable " + Variable + " to its path")

// Find returns the absolute path of Envoy Gateway: what the variable
// ENVOY_GATEWAY names, else .tools/envoy-gateway-VERSION/envoy-gateway in the
// working directory or the nearest one above it.
func Find() (string, error) {
	if named := os.Getenv(Variable); named != "" {
		path, err := exec.LookPath(named)
		if err != nil {
			return "", fmt.Errorf("the variable %s names no program that can be run: %w", Variable, err)
		}
		return filepath.Abs(path)
	}
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if path, err := exec.LookPath(filepath.Join(dir, ".tools", "envoy-gateway-"+Version, "envoy-gateway")); err == nil {
			return path, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", ErrNotFound
		}
		dir = parent
	}
}
