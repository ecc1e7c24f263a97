package conformance

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Variables that name what the run is made of.
const (
	echoVariable   = "ECHO_BASIC"       // the program behind the suite's backends
	whoamiVariable = "WHOAMI"           // the one that stands in for CoreDNS
	crdsVariable   = "GATEWAY_API_CRDS" // the folder of the CRDs that the suite is made for
)

// prepareParts has Go build and find what comes with the suite's modules, where
// nobody has set the variables. It has to be done outside of the sandbox, which
// has no network.
func prepareParts() error {
	for variable, tool := range map[string]string{echoVariable: "echo-basic", whoamiVariable: "whoami"} {
		if os.Getenv(variable) != "" {
			continue
		}
		program, err := goCommand("tool", "-n", tool)
		if err != nil {
			return fmt.Errorf("build %s: %w", tool, err)
		}
		if err := os.Setenv(variable, program); err != nil {
			return err
		}
	}
	if os.Getenv(crdsVariable) == "" {
		module, err := goCommand("list", "-m", "-f", "{{.Dir}}", "sigs.k8s.io/gateway-api")
		if err != nil {
			return fmt.Errorf("find the CRDs of the Gateway API: %w", err)
		}
		return os.Setenv(crdsVariable, filepath.Join(module, "config", "crd", "experimental"))
	}
	return nil
}

func goCommand(args ...string) (string, error) {
	cmd := exec.Command(cmp.Or(os.Getenv("GO"), "go"), args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	return strings.TrimSpace(string(out)), err
}
