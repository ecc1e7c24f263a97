// Package process finds and runs programs that are started and thrown away, by
// tests and by demos: they end with whoever started them, even if that is killed,
// and their last words are kept.
package process

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
)

// Process is a running program.
type Process struct {
	name    string
	process *os.Process
	tail    tail
	done    chan struct{}
	state   *os.ProcessState // once done is closed
}

// Start runs a program in a folder, with an environment of its own.
func Start(program string, args, environ []string, dir string) (*Process, error) {
	p := &Process{name: filepath.Base(program), done: make(chan struct{})}
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Env = dir, environ
	cmd.Stdout, cmd.Stderr = &p.tail, &p.tail
	err := Spawn(cmd, func(error) { // what it says is in the state
		p.state = cmd.ProcessState
		close(p.done)
	})
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", p.name, err)
	}
	p.process = cmd.Process
	return p, nil
}

// Done is closed when the program has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// PID returns the process id.
func (p *Process) PID() int { return p.process.Pid }

// Err says why the program ended, or so far only what it said last.
func (p *Process) Err() error {
	select {
	case <-p.done:
		return fmt.Errorf("%s ended with %s: %s", p.name, p.state, p.Said())
	default:
		return fmt.Errorf("%s said last: %s", p.name, p.Said())
	}
}

// Said returns the end of what the program wrote.
func (p *Process) Said() string { return p.tail.String() }

// Pause stops the program as it is: its connections stay open and nobody
// answers.
func (p *Process) Pause() error { return p.process.Signal(syscall.SIGSTOP) }

// Resume lets a paused program go on.
func (p *Process) Resume() error { return p.process.Signal(syscall.SIGCONT) }

// Kill ends the program at once, and waits for the end.
func (p *Process) Kill() {
	_ = p.process.Kill() // an error says that it has ended already
	<-p.done
}

// tail keeps the end of what a program writes.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

const tailSize = 16 << 10

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, b...)
	if over := len(t.buf) - tailSize; over > 0 {
		t.buf = append(t.buf[:0], t.buf[over:]...)
	}
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.buf))
}
