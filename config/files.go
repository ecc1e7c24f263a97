package config

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"unicode/utf8"

	"github.com/gwctl/gwctl/config/nesting"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Bounds of what is read.
const (
	maxFileBytes = 8 << 20
	maxFiles     = 1000 // in one folder
)

// folder lists the files of a folder that end in a suffix. Hidden files and
// what editors leave behind are not the configuration's.
func folder(dir, suffix string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		name := e.Name()
		if strings.HasSuffix(name, suffix) && !e.IsDir() && !strings.HasPrefix(name, ".") && !strings.HasPrefix(name, "#") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// readFile returns the bytes of a file, keeps them for diagnostics, and
// reports what cannot be configuration.
func (l *loader) readFile(file, name string) ([]byte, bool) {
	at := hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos}
	src, err := readBounded(file)
	switch {
	case errors.Is(err, errTooBig):
		l.errorf(at, "File too big", "%s has more than %d MB, which is the limit for a file. Split it, or move data to a file of its own and read it with jsondecode(file(...)).", name, maxFileBytes>>20)
		return nil, false
	case err != nil:
		l.errorf(at, "Unreadable file", "%s cannot be read: %s.", name, causeOf(err))
		return nil, false
	}
	l.sources[name] = &hcl.File{Bytes: src}
	if !utf8.Valid(src) {
		at := invalidByte(name, src)
		l.errorf(at, "File is not UTF-8", "Byte %d of %s is not UTF-8 text. Save the file with the encoding UTF-8.", at.Start.Byte, name)
		return nil, false
	}
	return src, true
}

var errTooBig = errors.New("file too big")

// readBounded looks at the file before it opens it, since opening a named pipe
// waits for whoever writes into it.
func readBounded(file string) ([]byte, error) {
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("it is not a regular file")
	case info.Size() > maxFileBytes:
		return nil, errTooBig
	}
	f, err := os.OpenFile(file, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	src, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err == nil && len(src) > maxFileBytes {
		return nil, errTooBig
	}
	return src, err
}

// causeOf takes the path off a file error: the message has it already, as
// people wrote it.
func causeOf(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}

func invalidByte(name string, src []byte) hcl.Range {
	offset := 0
	for offset < len(src) {
		r, size := utf8.DecodeRune(src[offset:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		offset += size
	}
	before := src[:offset]
	pos := hcl.Pos{
		Line:   1 + bytes.Count(before, []byte("\n")),
		Column: 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]),
		Byte:   offset,
	}
	end := pos
	end.Byte++
	end.Column++
	return hcl.Range{Filename: name, Start: pos, End: end}
}

// parseFile parses one file of configuration or variables.
func (l *loader) parseFile(file, name string) *hclsyntax.Body {
	src, ok := l.readFile(file, name)
	if !ok {
		l.unparsed = true
		return nil
	}
	if !nesting.Shallow(src) {
		tokens, _ := hclsyntax.LexConfig(src, name, hcl.InitialPos)
		if at, deep := nesting.Check(tokens); deep {
			l.errorf(at, "Nested too deeply", "Expressions and blocks may nest %d deep at most.", nesting.Max)
			l.unparsed = true
			return nil
		}
	}
	parsed, diags := hclsyntax.ParseConfig(src, name, hcl.InitialPos)
	l.sources[name] = parsed
	l.diags = append(l.diags, diags...)
	l.unparsed = l.unparsed || diags.HasErrors()
	body, _ := parsed.Body.(*hclsyntax.Body)
	return body
}

// parseFolder parses all *.hcl files of a folder.
func (l *loader) parseFolder(dir, name string, call *hcl.Range) []*hclsyntax.Body {
	fail := func(summary, format string, args ...any) {
		d := problem(hcl.Range{}, summary, format, args...)
		d.Subject = call
		l.diags = append(l.diags, d)
	}
	shown := name
	if name == "." {
		shown = l.opts.Dir
	}
	names, err := folder(dir, ".hcl")
	switch {
	case errors.Is(err, fs.ErrNotExist):
		fail("No such folder", "There is no folder %q.", shown)
		return nil
	case err != nil:
		fail("Unreadable folder", "The folder %q cannot be read: %s.", shown, causeOf(err))
		return nil
	case len(names) == 0 && call == nil:
		fail("No configuration", "The folder %q has no *.hcl files. Write one, or let gwctl init write a small start.", shown)
		return nil
	case len(names) == 0:
		fail("No configuration", "The folder %q has no *.hcl files, so it is no module.", shown)
		return nil
	case len(names) > maxFiles:
		fail("Too many files", "The folder %q has %d *.hcl files; %d is the limit. Move some to modules.", shown, len(names), maxFiles)
		return nil
	}
	var bodies []*hclsyntax.Body
	for _, base := range names {
		if l.ctx.Err() != nil {
			return nil
		}
		if body := l.parseFile(filepath.Join(dir, base), path.Join(name, base)); body != nil {
			bodies = append(bodies, body)
		}
	}
	return bodies
}

// literal parses text that came without a file, such as the value of -var.
func (l *loader) literal(name, text string) (hclsyntax.Expression, bool) {
	l.sources[name] = &hcl.File{Bytes: []byte(text)}
	at := hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos}
	if len(text) > maxFileBytes {
		l.errorf(at, "Value too long", "A value has at most %d MB.", maxFileBytes>>20)
		return nil, false
	}
	tokens, _ := hclsyntax.LexExpression([]byte(text), name, hcl.InitialPos)
	if at, deep := nesting.Check(tokens); deep {
		l.errorf(at, "Nested too deeply", "Expressions may nest %d deep at most.", nesting.Max)
		return nil, false
	}
	expr, diags := hclsyntax.ParseExpression([]byte(text), name, hcl.InitialPos)
	l.diags = append(l.diags, diags...)
	return expr, !diags.HasErrors()
}
