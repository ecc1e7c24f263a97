package ratelimit_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gwctl/gwctl/internal/ratelimit"
)

func startRedis(t *testing.T) *ratelimit.Redis {
	t.Helper()
	r, err := ratelimit.StartRedis(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

// ask sends Redis a command and returns its answer.
func ask(t *testing.T, r *ratelimit.Redis, command string) string {
	t.Helper()
	conn, err := net.Dial("unix", r.Socket())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := fmt.Fprintf(conn, "%s\r\n", command); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line)
}

func TestRedisForgetsWhatItCountedWhenItIsStopped(t *testing.T) {
	r := startRedis(t)
	ask(t, r, "INCR requests")
	if got := ask(t, r, "INCR requests"); got != ":2" {
		t.Errorf("the second request is counted as %s", got)
	}
	r.Stop()
	if conn, err := net.Dial("unix", r.Socket()); err == nil {
		conn.Close()
		t.Error("it still listens")
	}
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := ask(t, r, "INCR requests"); got != ":1" {
		t.Errorf("the first request after it is counted as %s", got)
	}
	r.Close()
	if _, err := os.Stat(filepath.Dir(r.Socket())); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("its folder is left: %v", err)
	}
}

func TestALimiterSaysWhyItEnds(t *testing.T) {
	l, err := ratelimit.Start(ratelimit.Options{Server: "127.0.0.1:1", Redis: filepath.Join(t.TempDir(), "nobody")})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := l.Ready(ctx); err == nil || !strings.Contains(err.Error(), "nobody: connect: no such file") {
		t.Errorf("it says: %v", err)
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
	below := filepath.Join(dir, "module", "a", "b")
	if err := os.MkdirAll(below, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		find           func() (string, error)
		variable, name string
		onPath         bool // it is looked for there
		none           error
	}{
		{ratelimit.Find, ratelimit.Variable, "ratelimit", false, ratelimit.ErrNotFound},
		{ratelimit.FindRedis, ratelimit.RedisVariable, "redis-server", true, ratelimit.ErrRedisNotFound},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Chdir(below)
			named, onPath := program("named", tc.name), program("bin", tc.name)
			inTools := program("module", ".tools", strings.TrimSuffix(tc.name, "-server"), tc.name)
			expect := func(variable, path, want string) {
				t.Helper()
				t.Setenv(tc.variable, variable)
				t.Setenv("PATH", path)
				if got, err := tc.find(); err != nil || got != want {
					t.Errorf("got %q, %v; want %q", got, err, want)
				}
			}
			expect(named, filepath.Dir(onPath), named)
			if !tc.onPath {
				onPath = inTools
			}
			expect("", filepath.Join(dir, "bin"), onPath)
			expect("", t.TempDir(), inTools)

			t.Setenv(tc.variable, filepath.Join(dir, "missing"))
			if got, err := tc.find(); err == nil || errors.Is(err, tc.none) {
				t.Errorf("a wrong variable is passed over: %q, %v", got, err)
			}
			t.Setenv(tc.variable, "")
			t.Chdir(t.TempDir())
			if got, err := tc.find(); !errors.Is(err, tc.none) {
				t.Errorf("none: %q, %v", got, err)
			}
		})
	}
}
