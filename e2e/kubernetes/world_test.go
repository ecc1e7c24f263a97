package kubernetes

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gwctl/gwctl/internal/kubernetes/kubernetestest"
	"github.com/gwctl/gwctl/internal/kubernetes/kubernetestest/envoygateway"
	"github.com/gwctl/gwctl/internal/load"
)

// patience is how long anything may take that has no time of its own.
const patience = time.Minute

// world is a cluster with Envoy Gateway, seen from one test.
type world struct {
	testing.TB
	*envoygateway.Cluster
}

func newWorld(tb testing.TB) *world {
	tb.Helper()
	return &world{tb, envoygateway.Shared(tb)}
}

// in is the same world for a subtest.
func (w *world) in(tb testing.TB) *world { return &world{tb, w.Cluster} }

// namespace makes a namespace.
func (w *world) namespace(name string) string {
	w.Helper()
	w.Kubectl(w, "", "create", "namespace", name)
	return name
}

// service makes a Service whose Pods answer with its name, which is also the
// backend's for those who count answers.
func (w *world) service(namespace, name string) {
	w.Helper()
	host, port := w.listen(name)
	w.Service(w, namespace, name, 8080, host, port)
}

// listen starts a server that says its name.
func (w *world) listen(name string) (host, port string) {
	w.Helper()
	return w.Listen(w, http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set(load.BackendHeader, name)
	}))
}

// until waits for something to be so; details say what was seen instead.
func (w *world) until(what string, ok func() bool, details ...func() any) {
	w.Helper()
	deadline := time.Now().Add(patience)
	for !ok() {
		if time.Now().After(deadline) {
			for _, d := range details {
				w.Logf("last seen: %+v", d())
			}
			w.Fatalf("it never came to be that %s", what)
		}
		select {
		case <-w.Context().Done():
			w.Fatal(w.Context().Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// folder is a configuration, and gwctl run in its folder.
type folder struct {
	w          *world
	dir        string
	kubeconfig string
	flags      []string // of every command that takes variables
}

// example is a copy of a folder of examples/, for the administrator.
func (w *world) example(name string, flags ...string) *folder {
	w.Helper()
	f := w.folder(filepath.Base(name), flags...)
	if err := os.CopyFS(f.dir, os.DirFS(filepath.Join("..", "..", "examples", filepath.FromSlash(name)))); err != nil {
		w.Fatal(err)
	}
	return f
}

// folder is a new one; its name is the owner's where the configuration does not
// say another.
func (w *world) folder(name string, flags ...string) *folder {
	w.Helper()
	dir := filepath.Join(w.TempDir(), name)
	if err := os.Mkdir(dir, 0o755); err != nil {
		w.Fatal(err)
	}
	return &folder{w: w, dir: dir, kubeconfig: w.Kubeconfig(), flags: flags}
}

// as is the same folder for another account.
func (f *folder) as(a kubernetestest.Account) *folder {
	f.w.Helper()
	other := *f
	other.kubeconfig = f.w.KubeconfigFor(f.w, a)
	return &other
}

// write makes main.hcl this text.
func (f *folder) write(config string) {
	f.w.Helper()
	if err := os.WriteFile(filepath.Join(f.dir, "main.hcl"), []byte(config), 0o600); err != nil {
		f.w.Fatal(err)
	}
}

// result is how a command ended.
type result struct {
	args           []string
	code           int
	stdout, stderr string
}

func (r result) String() string {
	return fmt.Sprintf("gwctl %s: exit code %d\n--- stdout\n%s--- stderr\n%s", strings.Join(r.args, " "), r.code, r.stdout, r.stderr)
}

// takesVariables are the commands that do.
var takesVariables = map[string]bool{"plan": true, "apply": true, "destroy": true, "rollback": true, "validate": true}

// run runs a command to its end, however it ends.
func (f *folder) run(args ...string) result {
	f.w.Helper()
	ctx, cancel := context.WithTimeout(f.w.Context(), 5*patience)
	defer cancel()
	if takesVariables[args[0]] {
		args = append([]string{args[0]}, append(f.flags, args[1:]...)...)
	}
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Dir = f.dir
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "GWCTL_") {
			cmd.Env = append(cmd.Env, e)
		}
	}
	cmd.Env = append(cmd.Env, "KUBECONFIG="+f.kubeconfig)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		f.w.Fatal(err)
	}
	r := result{args: args, code: cmd.ProcessState.ExitCode(), stdout: stdout.String(), stderr: stderr.String()}
	if strings.Contains(r.stderr, "panic: ") {
		f.w.Errorf("%s", r)
	}
	return r
}

// ends runs a command that must end with this exit code.
func (f *folder) ends(code int, args ...string) result {
	f.w.Helper()
	r := f.run(args...)
	if r.code != code {
		f.w.Fatalf("want exit code %d: %s", code, r)
	}
	return r
}

// ok runs a command that must succeed.
func (f *folder) ok(args ...string) result {
	f.w.Helper()
	return f.ends(0, args...)
}

// inSync checks that a plan changes nothing.
func (f *folder) inSync(flags ...string) {
	f.w.Helper()
	f.ok(append([]string{"plan", "-detailed-exitcode"}, flags...)...)
}

// destroyed leaves nothing when the test ends, also when it fails.
func (f *folder) destroyed() *folder {
	f.w.Helper()
	f.w.Cleanup(func() {
		later := *f
		later.w = &world{lasting{f.w.TB}, f.w.Cluster}
		if r := later.run("destroy", "-auto-approve", "-allow-destroy=100"); r.code != 0 {
			f.w.Errorf("%s", r)
		}
	})
	return f
}

// lasting is a test while it cleans up: its context has ended.
type lasting struct{ testing.TB }

func (l lasting) Context() context.Context { return context.WithoutCancel(l.TB.Context()) }

// says checks that a command's output has these texts.
func (r result) says(w *world, texts ...string) {
	w.Helper()
	for _, text := range texts {
		if !contains(r, text) {
			w.Errorf("%q is not said: %s", text, r)
		}
	}
}

// contains reports whether a command's output has all of these texts.
func contains(r result, texts ...string) bool {
	for _, text := range texts {
		if !strings.Contains(r.stdout+r.stderr, text) {
			return false
		}
	}
	return true
}

// lineOf returns the number of the first line that has this text.
func lineOf(w *world, config, text string) int {
	w.Helper()
	for i, line := range strings.Split(config, "\n") {
		if strings.Contains(line, text) {
			return i + 1
		}
	}
	w.Fatalf("no line has %q", text)
	return 0
}
