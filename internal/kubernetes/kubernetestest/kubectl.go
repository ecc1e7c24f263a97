package kubernetestest

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"
)

// Kubectl runs the real kubectl as the administrator, with a text on its
// standard input, and returns what it prints.
func (c *ControlPlane) Kubectl(t testing.TB, stdin string, args ...string) string {
	t.Helper()
	program, err := Find("kubectl")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Env = []string{"KUBECONFIG=" + c.kubeconfig, "HOME=" + c.dir}
	cmd.Stdin = strings.NewReader(stdin)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("kubectl %s: %v\n%s%s", strings.Join(args, " "), err, out, stderr.Bytes())
	}
	return string(out)
}
