package e2e

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
)

// server is a running `gwctl xds serve`, or one that ended and can come back.
type server struct {
	flags      []string
	ads, admin string
	data       string
	log        log
	cmd        *exec.Cmd // nil: not running
}

func newServer(w *world, flags []string) *server {
	w.Helper()
	s := &server{
		flags: flags,
		ads:   local(freePort(w)),
		admin: local(freePort(w)),
		data:  filepath.Join(w.dir, "xds-data"),
	}
	w.server = s
	w.Cleanup(func() {
		if s.cmd != nil {
			s.end(w, syscall.SIGTERM)
		}
		if strings.Contains(s.log.String(), "DATA RACE") {
			w.Error("the xDS server has a data race")
		}
		if w.Failed() {
			w.Logf("the xDS server:\n%s", s.log.end())
		}
	})
	s.start(w)
	return s
}

var serving = regexp.MustCompile(`on (\S+), the admin API on http://([^, ]+),`)

// start returns when the server says that it serves.
func (s *server) start(w *world) {
	w.Helper()
	ctx, cancel := lifetime(w)
	w.Cleanup(cancel)
	s.cmd = exec.CommandContext(ctx, serverBinary, append([]string{"xds", "serve", "-listen", s.ads, "-admin", s.admin, "-data", s.data}, s.flags...)...)
	s.cmd.Env = environment()
	s.cmd.Dir = w.dir // what relative paths of certificates are relative to
	s.cmd.Stderr = &s.log
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		w.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		w.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if found := serving.FindStringSubmatch(line); err != nil || found == nil || found[1] != s.ads || found[2] != s.admin {
		w.Fatalf("the xDS server says %q: %v", line, err)
	}
}

// kill ends the server as kill -9 does.
func (s *server) kill(w *world) {
	w.Helper()
	s.end(w, syscall.SIGKILL)
}

func (s *server) end(w *world, signal syscall.Signal) {
	w.Helper()
	if err := s.cmd.Process.Signal(signal); err != nil {
		w.Errorf("the xDS server had ended already: %v", err)
	}
	_ = s.cmd.Wait() // it says that it was killed
	s.cmd = nil
}

// environment is the process's own, without what would change what gwctl does.
func environment(more ...string) []string {
	var env []string
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "GWCTL_") {
			env = append(env, e)
		}
	}
	return append(env, more...)
}
