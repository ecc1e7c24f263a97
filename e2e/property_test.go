package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gwctl/gwctl/e2e/generated"
)

// Whatever the configuration: a plan after an apply is empty, also when the
// blocks come in another order and in other files, and destroying leaves
// nothing.
func TestPlanAfterApplyIsEmpty(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "-log-level=warn")
	runs := 0
	rapid.Check(t, func(t *rapid.T) {
		runs++
		prefix := fmt.Sprintf("run_%d", runs)
		blocks := generated.Blocks(t, generated.Options{Prefix: prefix, Provider: "provider \"xds\" {}", Address: "127.0.0.1", Bind: true, Kinds: []string{"grpc_route", "tls_route", "tcp_route", "udp_route"}})
		f := w.folder(strings.ReplaceAll(prefix, "_", "-"))
		f.file("main.hcl", strings.Join(blocks, "\n\n")+"\n")
		must := func(code int, args ...string) {
			if r := f.run(args...); r.code != code {
				config, _ := filepath.Glob(filepath.Join(f.dir, "*.hcl"))
				for _, path := range config {
					text, _ := os.ReadFile(path)
					t.Logf("%s:\n%s", filepath.Base(path), text)
				}
				t.Fatalf("want exit code %d: %s", code, r)
			}
		}
		must(2, "plan", "-detailed-exitcode")
		must(0, "apply", "-auto-approve")
		must(0, "plan", "-detailed-exitcode")

		reordered := rapid.Permutation(blocks).Draw(t, "another order")
		cut := rapid.IntRange(0, len(reordered)).Draw(t, "in the first file")
		f.file("main.hcl", strings.Join(reordered[cut:], "\n\n")+"\n")
		f.file("another.hcl", strings.Join(reordered[:cut], "\n\n")+"\n")
		must(0, "plan", "-detailed-exitcode")

		must(0, "destroy", "-auto-approve", "-allow-destroy=100")
		if live := w.live(filepath.Base(f.dir)); len(live) > 0 {
			t.Errorf("the server still has: %v", live)
		}
	})
}
