package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"text/template"
	"time"
)

// folder is a configuration, and gwctl run in its folder.
type folder struct {
	w   *world
	dir string
}

func newFolder(w *world, dir string) *folder {
	w.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		w.Fatal(err)
	}
	return &folder{w, dir}
}

// in is the same folder for a subtest.
func (f *folder) in(tb testing.TB) *folder { return &folder{f.w.in(tb), f.dir} }

// result is how a command ended.
type result struct {
	args           []string
	code           int // -1: by a signal
	stdout, stderr string
	began          time.Time
	took           time.Duration
}

func (r result) String() string {
	return fmt.Sprintf("gwctl %s: exit code %d\n--- stdout\n%s--- stderr\n%s", strings.Join(r.args, " "), r.code, r.stdout, r.stderr)
}

// text is a configuration with the world's parts filled in: {{port "http"}},
// {{backend "v1"}}.
func (w *world) text(config string) string {
	w.Helper()
	parsed, err := template.New("main.hcl").Funcs(template.FuncMap{"port": w.port, "backend": w.backend}).Parse(config)
	if err != nil {
		w.Fatal(err)
	}
	var b bytes.Buffer
	if err := parsed.Execute(&b, nil); err != nil {
		w.Fatal(err)
	}
	return b.String()
}

// write makes main.hcl this text, and returns it as written.
func (f *folder) write(config string) string {
	f.w.Helper()
	text := f.w.text(config)
	f.file("main.hcl", text)
	return text
}

func (f *folder) file(name, text string) {
	f.w.Helper()
	if err := os.WriteFile(filepath.Join(f.dir, name), []byte(text), 0o600); err != nil {
		f.w.Fatal(err)
	}
}

// process is a command that runs.
type process struct {
	w              *world
	cmd            *exec.Cmd
	stdout, stderr log
	began          time.Time
}

// start begins a command.
func (f *folder) start(args ...string) *process {
	f.w.Helper()
	ctx, cancel := lifetime(f.w)
	f.w.Cleanup(cancel)
	p := &process{w: f.w, cmd: exec.CommandContext(ctx, binary, args...), began: time.Now()}
	p.cmd.Dir = f.dir
	p.cmd.Env = environment("GWCTL_XDS_SERVER=http://" + f.w.server.admin)
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	if err := p.cmd.Start(); err != nil {
		f.w.Fatal(err)
	}
	return p
}

// wait waits for the end.
func (p *process) wait() result {
	p.w.Helper()
	err := p.cmd.Wait()
	if err != nil && !errors.As(err, new(*exec.ExitError)) {
		p.w.Fatal(err)
	}
	r := result{
		args: p.cmd.Args[1:], code: p.cmd.ProcessState.ExitCode(),
		stdout: p.stdout.String(), stderr: p.stderr.String(),
		began: p.began, took: time.Since(p.began),
	}
	for _, text := range []string{"panic: ", "DATA RACE"} {
		if strings.Contains(r.stderr, text) {
			p.w.Errorf("%s", r)
		}
	}
	return r
}

// kill ends the command as kill -9 does.
func (p *process) kill() result {
	_ = p.cmd.Process.Kill() // an error says that it has ended already
	return p.wait()
}

// run runs a command to its end, however it ends.
func (f *folder) run(args ...string) result {
	f.w.Helper()
	return f.start(args...).wait()
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

// apply applies this configuration.
func (f *folder) apply(config string, flags ...string) result {
	f.w.Helper()
	f.write(config)
	return f.ok(append([]string{"apply", "-auto-approve"}, flags...)...)
}

// fails is an apply of this configuration that must not succeed.
func (f *folder) fails(config string, flags ...string) result {
	f.w.Helper()
	f.write(config)
	return f.ends(1, append([]string{"apply", "-auto-approve"}, flags...)...)
}

// inSync checks that a plan changes nothing.
func (f *folder) inSync() {
	f.w.Helper()
	if r := f.run("plan", "-detailed-exitcode"); r.code != 0 {
		f.w.Errorf("want an empty plan: %s", r)
	}
}

// pending checks that a plan has changes, and returns it.
func (f *folder) pending() result {
	f.w.Helper()
	r := f.run("plan", "-detailed-exitcode")
	if r.code != 2 {
		f.w.Errorf("want a plan with changes: %s", r)
	}
	return r
}

// says checks that a command's output has these texts.
func (r result) says(w *world, texts ...string) {
	w.Helper()
	all := r.stdout + r.stderr
	for _, text := range texts {
		if !strings.Contains(all, text) {
			w.Errorf("%q is not said: %s", text, r)
		}
	}
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
