package envoy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/gwctl/gwctl/internal/process"
)

// Options say how to run Envoy. Only Bootstrap must be set.
type Options struct {
	Binary      string        // default: Find
	Bootstrap   []byte        // YAML or JSON
	Dir         string        // for Envoy's files; default: a temporary one, removed at the end
	Concurrency int           // worker threads; default 1
	Log         io.Writer     // Envoy's own log; default: only kept for error texts
	LogLevel    string        // default "warning"
	DrainTime   time.Duration // how long replaced listeners drain; default: Envoy's own
	StopTimeout time.Duration // between SIGTERM and SIGKILL; default 5s
	Args        []string      // more arguments
}

// Process is a running Envoy. It never outlives this process where the
// operating system can promise that.
type Process struct {
	process *os.Process
	cancel  context.CancelCauseFunc
	address string // file that Envoy writes its admin address to
	tail    *tail
	done    chan struct{}
	err     error // of the process, once done is closed
}

// errStopped is the cause of an end that was asked for.
var errStopped = errors.New("stopped")

// Start runs Envoy until ctx is done or Stop is called. It returns when the
// process exists; Ready tells when it serves.
func Start(ctx context.Context, opts Options) (*Process, error) {
	binary := opts.Binary
	if binary == "" {
		var err error
		if binary, err = Find(); err != nil {
			return nil, err
		}
	}
	dir, remove := opts.Dir, func() {}
	if dir == "" {
		temp, err := os.MkdirTemp("", "envoy-")
		if err != nil {
			return nil, fmt.Errorf("making a folder for Envoy: %w", err)
		}
		dir, remove = temp, func() { _ = os.RemoveAll(temp) }
	}
	bootstrap, err := writeBootstrap(dir, opts.Bootstrap)
	if err != nil {
		remove()
		return nil, err
	}
	p := &Process{address: filepath.Join(dir, "admin-address"), tail: &tail{}, done: make(chan struct{})}
	if err := os.Remove(p.address); err != nil && !errors.Is(err, os.ErrNotExist) {
		remove()
		return nil, fmt.Errorf("removing the address of an earlier Envoy: %w", err)
	}

	ctx, p.cancel = context.WithCancelCause(ctx)
	cmd := exec.CommandContext(ctx, binary, arguments(opts, bootstrap, p.address)...)
	cmd.Stderr = p.tail
	if opts.Log != nil {
		cmd.Stderr = io.MultiWriter(p.tail, opts.Log)
	}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = opts.StopTimeout
	if cmd.WaitDelay <= 0 {
		cmd.WaitDelay = 5 * time.Second
	}

	err = process.Spawn(cmd, func(err error) {
		remove()
		if err != nil && context.Cause(ctx) == nil {
			p.err = fmt.Errorf("envoy ended: %w%s", err, p.tail.suffix())
		}
		p.cancel(errStopped)
		close(p.done)
	})
	if err != nil {
		p.cancel(err)
		remove()
		return nil, fmt.Errorf("starting Envoy: %w", err)
	}
	p.process = cmd.Process
	return p, nil
}

func arguments(opts Options, bootstrap, address string) []string {
	level := opts.LogLevel
	if level == "" {
		level = "warning"
	}
	args := []string{
		"-c", bootstrap,
		"--admin-address-path", address,
		"--concurrency", strconv.Itoa(max(opts.Concurrency, 1)),
		"-l", level,
		// Several Envoys run side by side, and one that is killed must leave
		// no shared memory behind.
		"--disable-hot-restart",
	}
	if opts.DrainTime > 0 {
		args = append(args, "--drain-time-s", strconv.Itoa(int(max(opts.DrainTime/time.Second, 1))))
	}
	return append(args, opts.Args...)
}

// writeBootstrap gives the file the ending that Envoy tells the format by.
func writeBootstrap(dir string, bootstrap []byte) (string, error) {
	name := "bootstrap.yaml"
	if bytes.HasPrefix(bytes.TrimSpace(bootstrap), []byte("{")) {
		name = "bootstrap.json"
	}
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, bootstrap, 0o600); err != nil {
		return "", fmt.Errorf("writing Envoy's bootstrap: %w", err)
	}
	return path, nil
}

// PID returns the process id.
func (p *Process) PID() int { return p.process.Pid }

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Wait waits for the end. It returns an error, with Envoy's last words, unless
// the end was asked for.
func (p *Process) Wait() error {
	<-p.done
	return p.err
}

// Stop ends Envoy, by force after the stop timeout, and waits for the end.
func (p *Process) Stop() error {
	p.cancel(errStopped)
	return p.Wait()
}

// Kill ends Envoy at once, as kill -9 does, and waits for the end.
func (p *Process) Kill() {
	p.cancel(errStopped)
	_ = p.process.Kill() // an error says that it has ended already
	<-p.done
}

// tail keeps the end of Envoy's log. The one writer is done before the reader
// reads.
type tail struct{ buf []byte }

const tailSize = 8 << 10

func (t *tail) Write(b []byte) (int, error) {
	t.buf = append(t.buf, b...)
	if over := len(t.buf) - tailSize; over > 0 {
		t.buf = append(t.buf[:0], t.buf[over:]...)
	}
	return len(b), nil
}

func (t *tail) suffix() string {
	text := strings.TrimSpace(string(t.buf))
	if text == "" {
		return ""
	}
	return ": " + text
}
