package envoy_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gwctl/gwctl/internal/envoy"
)

const minimal = `
admin: {address: {socket_address: {address: 127.0.0.1, port_value: 0}}}
node: {id: test, cluster: test}
`

func start(t *testing.T, opts envoy.Options) *envoy.Process {
	t.Helper()
	p, err := envoy.Start(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Stop() })
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := p.Ready(ctx); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestRunsUntilStopped(t *testing.T) {
	for name, bootstrap := range map[string]string{
		"YAML": minimal,
		"JSON": `{"admin": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": 0}}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			p := start(t, envoy.Options{Bootstrap: []byte(bootstrap), DrainTime: time.Second})
			stats, err := p.Stats(t.Context(), `^server\.live$`)
			if err != nil || len(stats) != 1 || stats["server.live"] != 1 {
				t.Errorf("server.live: %v, %v", stats, err)
			}
			if dump, err := p.ConfigDump(t.Context()); err != nil || !bytes.Contains(dump, []byte("BootstrapConfigDump")) {
				t.Errorf("config dump: %.100s, %v", dump, err)
			}
			var status *envoy.StatusError
			if _, err := p.Admin(t.Context(), "/nothing"); !errors.As(err, &status) || status.Status != 404 {
				t.Errorf("an unknown page: %v", err)
			}
			if err := p.Stop(); err != nil {
				t.Errorf("stopping: %v", err)
			}
			if err := syscall.Kill(p.PID(), 0); !errors.Is(err, syscall.ESRCH) {
				t.Errorf("the process is still there: %v", err)
			}
		})
	}
}

func TestEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	p, err := envoy.Start(ctx, envoy.Options{Bootstrap: []byte(minimal)})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := p.Wait(); err != nil {
		t.Errorf("an end that was asked for is no error: %v", err)
	}
}

func TestSeveralRunSideBySideAndOneIsKilled(t *testing.T) {
	a := start(t, envoy.Options{Bootstrap: []byte(minimal)})
	b := start(t, envoy.Options{Bootstrap: []byte(minimal)})
	a.Kill()
	if err := b.Ready(t.Context()); err != nil {
		t.Errorf("the other one: %v", err)
	}
}

func TestTellsWhyItEnded(t *testing.T) {
	var log bytes.Buffer
	p, err := envoy.Start(t.Context(), envoy.Options{Bootstrap: []byte("admin: {adress: {}}"), Log: &log})
	if err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{"Ready": p.Ready(t.Context()), "Wait": p.Wait()} {
		if err == nil || !strings.Contains(err.Error(), "adress") {
			t.Errorf("%s does not quote Envoy: %v", what, err)
		}
	}
	if !strings.Contains(log.String(), "adress") {
		t.Errorf("the log: %s", log.String())
	}
}

func TestValidate(t *testing.T) {
	if err := envoy.Validate(t.Context(), "", []byte(minimal)); err != nil {
		t.Errorf("a good bootstrap: %v", err)
	}
	var invalid *envoy.InvalidError
	err := envoy.Validate(t.Context(), "", []byte(`{"static_resources": {"clusters": [{"name": "a", "type": "FOO"}]}}`))
	if !errors.As(err, &invalid) || !strings.Contains(invalid.Text, "FOO") || strings.Contains(invalid.Text, "bootstrap.json") {
		t.Errorf("a bad bootstrap: %v", err)
	}
	if err := envoy.Validate(t.Context(), "/nowhere/envoy", nil); err == nil || errors.As(err, &invalid) {
		t.Errorf("no binary: %v", err)
	}
}

func TestFind(t *testing.T) {
	dir := t.TempDir()
	program := func(elem ...string) string {
		path := filepath.Join(append([]string{dir}, elem...)...)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		return path
	}
	inTools := program("module", ".tools", "envoy-"+envoy.Version, "envoy")
	onPath := program("bin", "envoy")
	named := program("named", "my-envoy")
	below := filepath.Join(dir, "module", "a", "b")
	if err := os.MkdirAll(below, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Chdir(below)
	for _, tc := range []struct{ name, variable, path, want string }{
		{"the variable wins", named, filepath.Dir(onPath), named},
		{"then PATH", "", filepath.Dir(onPath), onPath},
		{"then the tools of the module around", "", t.TempDir(), inTools},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Setenv(envoy.Variable, tc.variable)
			t.Setenv("PATH", tc.path)
			if got, err := envoy.Find(); err != nil || got != tc.want {
				t.Errorf("got %q, %v; want %q", got, err, tc.want)
			}
		})
	}
	t.Run("a wrong variable is not passed over", func(t *testing.T) {
		t.Setenv(envoy.Variable, filepath.Join(dir, "missing"))
		if got, err := envoy.Find(); err == nil {
			t.Errorf("got %q", got)
		}
	})
	t.Run("none", func(t *testing.T) {
		t.Setenv(envoy.Variable, "")
		t.Setenv("PATH", t.TempDir())
		t.Chdir(t.TempDir())
		if got, err := envoy.Find(); !errors.Is(err, envoy.ErrNotFound) {
			t.Errorf("got %q, %v", got, err)
		}
	})
}
