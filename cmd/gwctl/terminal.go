package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"golang.org/x/term"
)

// terminal is what a command talks to: the process's streams and environment.
type terminal struct {
	In       io.Reader
	Out, Err io.Writer
	Env      []string
}

// errNotInteractive says that a question cannot be asked.
var errNotInteractive = errors.New("input is needed, and standard input is no terminal")

// getenv returns a variable of the environment; the last one wins.
func (t terminal) getenv(name string) string {
	for _, kv := range slices.Backward(t.Env) {
		if v, ok := strings.CutPrefix(kv, name+"="); ok {
			return v
		}
	}
	return ""
}

// width returns the columns of the terminal behind w, 0 when it is none.
func width(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0
	}
	columns, _, err := term.GetSize(int(f.Fd()))
	if err != nil || columns <= 0 {
		return 80
	}
	return columns
}

// color reports whether w may be written escape sequences.
func (t terminal) color(w io.Writer, off bool) bool {
	return !off && t.getenv("NO_COLOR") == "" && t.getenv("TERM") != "dumb" && width(w) > 0
}

// ask prints a question and reads one line. A closed input is an error: no
// answer is never taken for one.
func (t terminal) ask(ctx context.Context, question string) (string, error) {
	if f, ok := t.In.(*os.File); ok && !term.IsTerminal(int(f.Fd())) {
		// A pipe may hold the answer, as in `echo yes | gwctl apply`.
		if info, err := f.Stat(); err != nil || info.Mode()&os.ModeCharDevice != 0 {
			return "", errNotInteractive
		}
	}
	fmt.Fprint(t.Err, question)
	type answer struct {
		line string
		err  error
		open bool // the line has no end
	}
	// A read of a terminal cannot be cancelled: the goroutine ends with the
	// process, which is about to end when ctx does.
	got := make(chan answer, 1)
	go func() {
		line, err := bufio.NewReader(t.In).ReadString('\n')
		open := err != nil
		if err == io.EOF && line != "" {
			err = nil
		}
		got <- answer{strings.TrimSpace(line), err, open}
	}()
	select {
	case <-ctx.Done():
		fmt.Fprintln(t.Err)
		return "", ctx.Err()
	case a := <-got:
		// A terminal shows the line end that was typed; all else needs one.
		if f, ok := t.In.(*os.File); a.open || !ok || !term.IsTerminal(int(f.Fd())) {
			fmt.Fprintln(t.Err)
		}
		if a.err == io.EOF {
			return "", errNotInteractive
		}
		return a.line, a.err
	}
}
