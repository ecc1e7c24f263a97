package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
)

// onTerminal is a gwctl that a person at a terminal has started.
type onTerminal struct {
	*testing.T
	cmd *exec.Cmd
	tty *os.File

	mu  sync.Mutex
	out bytes.Buffer
	eof chan struct{}
}

const offline = `
variable "port" {
  description = "Where the app listens."
}

output "url" {
  value = "http://localhost:${var.port}/"
}
`

// person starts gwctl at a terminal, in a folder with this configuration.
func person(t *testing.T, env []string, args ...string) *onTerminal {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.hcl"), []byte(offline), 0o600); err != nil {
		t.Fatal(err)
	}
	p := &onTerminal{T: t, cmd: exec.CommandContext(ctx, "gwctl", args...), eof: make(chan struct{})}
	p.cmd.Dir = dir
	p.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TERM=xterm-256color", "GORACE=" + os.Getenv("GORACE")}, env...)
	tty, err := pty.StartWithSize(p.cmd, &pty.Winsize{Rows: 40, Cols: 100})
	if err != nil {
		t.Fatal(err)
	}
	p.tty = tty
	go func() {
		defer close(p.eof)
		_, _ = io.Copy(p, tty) // ends with an error when the other side is closed
	}()
	t.Cleanup(func() {
		cancel()
		_ = p.cmd.Wait()
		tty.Close()
		<-p.eof
	})
	return p
}

// Write takes what the terminal shows.
func (p *onTerminal) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.Write(b)
}

func (p *onTerminal) shown() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.ReplaceAll(p.out.String(), "\r\n", "\n")
}

// sees waits until the terminal shows something.
func (p *onTerminal) sees(text string) {
	p.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if strings.Contains(p.shown(), text) {
			return
		}
	}
	p.Fatalf("the terminal never showed %q:\n%s", text, p.shown())
}

func (p *onTerminal) types(text string) {
	p.Helper()
	if _, err := io.WriteString(p.tty, text); err != nil {
		p.Fatal(err)
	}
}

// ends waits for the end, and returns the exit code and all that was shown.
func (p *onTerminal) ends() (int, string) {
	p.Helper()
	err := p.cmd.Wait()
	<-p.eof
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode(), p.shown()
	} else if err != nil {
		p.Fatal(err)
	}
	return 0, p.shown()
}

func TestOnlyYesApproves(t *testing.T) {
	for _, tc := range []struct {
		answer string
		exit   int
		says   string
	}{
		{"yes\n", 0, "Apply complete!"},
		{"  yes \n", 0, "Apply complete!"},
		{"y\n", 1, "apply cancelled: nothing was changed"},
		{"Yes\n", 1, "apply cancelled: nothing was changed"},
		{"no\n", 1, "apply cancelled: nothing was changed"},
		{"\n", 1, "apply cancelled: nothing was changed"},
		{"ye\x04\x04", 1, "apply cancelled: nothing was changed"}, // end of input in the middle of a line
		{"\x04", 1, "nobody can be asked: say -auto-approve"},     // end of input
		{"\x03", 1, "Nothing was changed."},                       // Ctrl-C
	} {
		t.Run(strings.Trim(tc.answer, "\n"), func(t *testing.T) {
			t.Parallel()
			p := person(t, []string{"GWCTL_VAR_port=8080"}, "apply", "-no-color")
			p.sees("Do you want to perform these actions?")
			p.sees("Enter a value: ")
			p.types(tc.answer)
			exit, shown := p.ends()
			if exit != tc.exit || !strings.Contains(shown, tc.says) {
				t.Errorf("exit code %d:\n%s", exit, shown)
			}
			_, err := os.Stat(filepath.Join(p.cmd.Dir, "gwctl.state.json"))
			if applied := err == nil; applied != (tc.exit == 0) {
				t.Errorf("a state was written: %v", applied)
			}
			if regexp.MustCompile(`.Error:`).MatchString(shown) {
				t.Errorf("an error begins in the middle of a line:\n%s", shown)
			}
		})
	}
}

func TestAsksForVariablesWithoutValue(t *testing.T) {
	t.Parallel()
	p := person(t, nil, "apply", "-no-color", "-auto-approve")
	p.sees("var.port\n  Where the app listens.\n\n  Enter a value: ")
	p.types("8080\n")
	if exit, shown := p.ends(); exit != 0 || !strings.Contains(shown, `url = "http://localhost:8080/"`) {
		t.Errorf("exit code %d:\n%s", exit, shown)
	}
}

func TestAsksNothingWithoutInput(t *testing.T) {
	t.Parallel()
	p := person(t, nil, "apply", "-input=false")
	if exit, shown := p.ends(); exit != 1 || strings.Contains(shown, "Enter a value") || !strings.Contains(shown, "GWCTL_VAR_port") {
		t.Errorf("exit code %d:\n%s", exit, shown)
	}
	p = person(t, []string{"GWCTL_VAR_port=8080"}, "apply", "-input=false")
	if exit, shown := p.ends(); exit != 1 || strings.Contains(shown, "Enter a value") || !strings.Contains(shown, "say -auto-approve") {
		t.Errorf("exit code %d:\n%s", exit, shown)
	}
}

func TestColourIsForTerminalsThatWantIt(t *testing.T) {
	for name, tc := range map[string]struct {
		env  []string
		args []string
		want bool
	}{
		"a terminal":        {want: true},
		"NO_COLOR":          {env: []string{"NO_COLOR=1"}},
		"an empty NO_COLOR": {env: []string{"NO_COLOR="}, want: true},
		"-no-color":         {args: []string{"-no-color"}},
		"a dumb terminal":   {env: []string{"TERM=dumb"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := person(t, append(tc.env, "GWCTL_VAR_port=8080"), append([]string{"plan", "-refresh=false"}, tc.args...)...)
			if _, shown := p.ends(); strings.Contains(shown, "\x1b") != tc.want {
				t.Errorf("colour is wanted: %v\n%q", tc.want, shown)
			}
		})
	}
}
