package state

import (
	"flag"
	"os"
	"testing"

	"go.uber.org/goleak"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestMain turns the test binary into another process that works on a state
// when a test starts it as one.
func TestMain(m *testing.M) {
	if role := os.Getenv("GWCTL_STATE_TEST_ROLE"); role != "" {
		os.Exit(playRole(role))
	}
	goleak.VerifyTestMain(m)
}
