package demo

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/gwctl/gwctl/internal/envoy"
	"github.com/gwctl/gwctl/internal/load"
	"github.com/gwctl/gwctl/internal/ratelimit"
)

// world is what the tour started, and ends.
type world struct {
	screen   *screen
	binary   string // gwctl
	envoyBin string
	dir      string
	server   *exec.Cmd
	ads      string
	admin    string
	envoy    *envoy.Process
	backends map[string]*load.Backend
	port     uint16 // that Envoy listens on
	taken    uint16 // that it cannot
	load     traffic
	redis    *ratelimit.Redis   // in the tour of limits
	limiter  *ratelimit.Limiter // likewise
}

// newWorld makes the folder, the backends and the xDS server.
// flags are for `gwctl xds serve`.
func newWorld(ctx context.Context, o Options, backends []string, flags ...string) (w *world, err error) {
	w = &world{
		screen:   &screen{out: o.Out, live: o.Live, style: o.Style},
		binary:   o.Gwctl,
		envoyBin: o.Envoy,
		backends: map[string]*load.Backend{},
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.close())
		}
	}()
	if w.dir, err = os.MkdirTemp("", "gwctl-demo-"); err != nil {
		return w, err
	}
	for _, name := range backends {
		if w.backends[name], err = load.StartBackend(ctx, name); err != nil {
			return w, err
		}
	}
	if w.port, err = freePort(); err != nil {
		return w, err
	}
	return w, w.startServer(flags)
}

func portOf(address string) uint16 {
	a, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		return 0
	}
	return a.AddrPort().Port()
}

// freePort returns a port that nobody listens on now.
func freePort() (uint16, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return portOf(l.Addr().String()), nil
}

var serving = regexp.MustCompile(`on (\S+), the admin API on http://([^, ]+),`)

func (w *world) startServer(flags []string) error {
	args := []string{"xds", "serve", "-listen", "127.0.0.1:0", "-admin", "127.0.0.1:0", "-data", filepath.Join(w.dir, "xds"), "-log-level", "error"}
	w.server = exec.Command(w.binary, append(args, flags...)...)
	w.server.Stderr = &prefixed{to: w.screen}
	// Ctrl-C is for the tour, which ends the server last.
	w.server.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stdout, err := w.server.StdoutPipe()
	if err != nil {
		return err
	}
	if err := w.server.Start(); err != nil {
		w.server = nil
		return fmt.Errorf("the xDS server: %w", err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	found := serving.FindStringSubmatch(line)
	if err != nil || found == nil {
		return fmt.Errorf("the xDS server did not start: %q: %w", line, err)
	}
	w.ads, w.admin = found[1], found[2]
	return nil
}

// prefixed hands each write of a process to the screen.
type prefixed struct{ to *screen }

func (p *prefixed) Write(b []byte) (int, error) { return p.to.Write(b) }

// node is what the Envoy of the tour is called.
const node = "demo-envoy"

func (w *world) startEnvoy(ctx context.Context) error {
	bootstrap, err := exec.CommandContext(ctx, w.binary, "xds", "bootstrap", "public", "-server", w.ads, "-node-id", node).Output()
	if err != nil {
		return fmt.Errorf("the bootstrap for Envoy: %w", err)
	}
	w.envoy, err = envoy.Start(ctx, envoy.Options{Binary: w.envoyBin, Bootstrap: bootstrap, DrainTime: time.Second})
	if err != nil {
		return err
	}
	return w.connected(ctx)
}

// connected waits until the xDS server knows the Envoy. It is not ready yet:
// it has nothing to serve.
func (w *world) connected(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	for {
		cmd := exec.CommandContext(ctx, w.binary, "xds", "status", "-json", "-server", "http://"+w.admin)
		out, err := cmd.Output()
		if err == nil && bytes.Contains(out, []byte(node)) {
			return nil
		}
		select {
		case <-w.envoy.Done():
			return w.envoy.Wait()
		case <-ctx.Done():
			return fmt.Errorf("no Envoy connected to the xDS server: %w", ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// exitError is a command that ended with another code than 0.
type exitError struct {
	command string
	code    int
}

func (e *exitError) Error() string { return fmt.Sprintf("%s: exit code %d", e.command, e.code) }

// gwctl shows a command and runs it.
func (w *world) gwctl(ctx context.Context, args ...string) error {
	shown := "gwctl " + strings.Join(args, " ")
	w.screen.command("%s", shown)
	cmd := exec.CommandContext(ctx, w.binary, args...)
	cmd.Dir = w.dir
	cmd.Env = append(os.Environ(), "GWCTL_XDS_SERVER=http://"+w.admin)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	out, err := cmd.CombinedOutput()
	if _, writeErr := w.screen.Write(out); writeErr != nil {
		return writeErr
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && ctx.Err() == nil {
		return &exitError{shown, exit.ExitCode()}
	}
	return err
}

// close ends everything, in the order in which it depends on each other.
func (w *world) close() error {
	w.stopLoad()
	var errs []error
	if w.envoy != nil {
		errs = append(errs, w.envoy.Stop())
	}
	if w.server != nil {
		errs = append(errs, w.server.Process.Signal(os.Interrupt), ignoreExit(w.server.Wait()))
	}
	if w.limiter != nil {
		w.limiter.Close()
	}
	if w.redis != nil {
		w.redis.Close()
	}
	for _, b := range w.backends {
		if b != nil {
			errs = append(errs, b.Close())
		}
	}
	if w.dir != "" {
		errs = append(errs, os.RemoveAll(w.dir))
	}
	return errors.Join(errs...)
}

func ignoreExit(err error) error {
	if _, ok := errors.AsType[*exec.ExitError](err); ok || errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}
