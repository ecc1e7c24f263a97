package envoygateway

import (
	"errors"

	"github.com/gwctl/gwctl/internal/process"
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
	if path, err := process.Named(Variable); path != "" || err != nil {
		return path, err
	}
	if path, err := process.Tool("envoy-gateway-"+Version, "envoy-gateway"); path != "" || err != nil {
		return path, err
	}
	return "", ErrNotFound
}
