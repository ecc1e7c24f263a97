package envoy

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// InvalidError says that Envoy does not take a bootstrap.
type InvalidError struct {
	Text string // Envoy's own
}

func (e *InvalidError) Error() string { return "Envoy refuses the configuration: " + e.Text }

// Validate asks Envoy whether it would start with a bootstrap, without opening
// a port. A no is an *InvalidError. The binary "" is what Find finds.
func Validate(ctx context.Context, binary string, bootstrap []byte) error {
	if binary == "" {
		var err error
		if binary, err = Find(); err != nil {
			return err
		}
	}
	dir, err := os.MkdirTemp("", "envoy-")
	if err != nil {
		return fmt.Errorf("making a folder for Envoy: %w", err)
	}
	defer os.RemoveAll(dir)
	path, err := writeBootstrap(dir, bootstrap)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, binary, "--mode", "validate", "-c", path,
		"--disable-hot-restart", "-l", "error", "--log-format", "%v")
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("validating with Envoy: %w", ctx.Err())
	case errors.As(err, &exit):
		text := strings.TrimSpace(string(out))
		text = strings.TrimPrefix(text, "error initializing configuration '"+path+"': ")
		return &InvalidError{Text: text}
	case err != nil:
		return fmt.Errorf("validating with Envoy: %w", err)
	}
	return nil
}
