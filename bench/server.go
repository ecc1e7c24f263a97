package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"syscall"
	"time"
)

// server is a running `gwctl xds serve`.
type server struct {
	ads   string // address for Envoys
	admin string // URL of the admin API
	cmd   *exec.Cmd
	log   bytes.Buffer
}

var serving = regexp.MustCompile(`on (\S+), the admin API on (http://[^, ]+),`)

// startServer returns when the server says that it serves.
func startServer(ctx context.Context, gwctl, data string, flags ...string) (*server, error) {
	s := &server{}
	s.cmd = exec.CommandContext(ctx, gwctl, append([]string{"xds", "serve", "-listen", "127.0.0.1:0", "-admin", "127.0.0.1:0", "-data", data, "-log-level", "warn"}, flags...)...)
	s.cmd.Cancel = func() error { return s.cmd.Process.Signal(syscall.SIGTERM) }
	s.cmd.WaitDelay = 10 * time.Second
	s.cmd.Env, s.cmd.Stderr = environment(), &s.log
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	found := serving.FindStringSubmatch(line)
	if err != nil || found == nil {
		s.stop()
		return nil, fmt.Errorf("the xDS server does not serve, it says %q\n%s", line, s.log.Bytes())
	}
	s.ads, s.admin = found[1], found[2]
	return s, nil
}

// stop ends the server and waits for it.
func (s *server) stop() {
	_ = s.cmd.Cancel() // an error says that it has ended already
	_ = s.cmd.Wait()   // how it ends is of no interest here
}
