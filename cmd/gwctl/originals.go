package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/gwctl/gwctl/config/generate"
	"github.com/gwctl/gwctl/internal/diag"
	"github.com/gwctl/gwctl/internal/manifest"
	"github.com/gwctl/gwctl/internal/topology"
)

// Bounds of the YAML that is read.
const (
	maxYAML      = 64 << 20
	maxYAMLFiles = 10000
)

// originals are the objects that blocks are generated of.
type originals struct {
	sources []generate.Source
	files   diag.Sources // that their places lead into
}

// yamlOriginals reads files, folders and standard input.
func (c *cli) yamlOriginals(ctx context.Context, paths []string) (originals, error) {
	found := originals{files: diag.Sources{}}
	var diags hcl.Diagnostics
	for _, path := range paths {
		names, err := yamlFiles(path)
		if err != nil {
			return found, err
		}
		for _, name := range names {
			text, err := c.readYAML(ctx, name)
			if err != nil {
				return found, err
			}
			if name == "-" {
				name = "<standard input>"
			}
			diags = append(diags, found.add(name, text)...)
		}
	}
	return found, failed(diags, found.files)
}

// readYAML is readInput for a terminal at which nothing may ever come.
func (c *cli) readYAML(ctx context.Context, name string) ([]byte, error) {
	if name != "-" {
		return c.readInput(name, maxYAML)
	}
	type answer struct {
		text []byte
		err  error
	}
	answered := make(chan answer, 1)
	go func() { // ends with the process at the latest
		text, err := c.readInput(name, maxYAML)
		answered <- answer{text, err}
	}()
	select {
	case <-ctx.Done():
		return nil, errInterrupted
	case a := <-answered:
		return a.text, a.err
	}
}

// add reads the objects of a file.
func (o *originals) add(name string, text []byte) hcl.Diagnostics {
	o.files[name] = &hcl.File{Bytes: text}
	docs, err := manifest.Decode(name, text)
	for i := range docs {
		d := &docs[i]
		o.sources = append(o.sources, generate.Source{Object: d.Object, Place: func(field string) generate.Place {
			return generate.Place{File: name, Line: d.LineOf(field)}
		}})
	}
	var diags hcl.Diagnostics
	for _, p := range manifest.Problems(err) {
		diags = append(diags, &hcl.Diagnostic{
			Severity: hcl.DiagError, Summary: "Unreadable YAML", Detail: p.Text, Subject: o.rangeOf(generate.Place{File: p.File, Line: max(p.Line, 1)}), Extra: diag.Hidden{},
		})
	}
	return diags
}

// rangeOf is what stands in a line of a YAML file; nil for what is live.
func (o *originals) rangeOf(at generate.Place) *hcl.Range {
	if at.Line == 0 {
		return nil
	}
	rest, offset := o.files[at.File].Bytes, 0
	for range at.Line - 1 {
		_, after, found := bytes.Cut(rest, []byte("\n"))
		if !found {
			break
		}
		offset += len(rest) - len(after)
		rest = after
	}
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	text := bytes.TrimLeft(line, " \t-")
	indent := len(line) - len(text)
	text = bytes.TrimRight(text, " \t\r")
	return &hcl.Range{
		Filename: at.File,
		Start:    hcl.Pos{Line: at.Line, Column: indent + 1, Byte: offset + indent},
		End:      hcl.Pos{Line: at.Line, Column: indent + 1 + utf8.RuneCount(text), Byte: offset + indent + len(text)},
	}
}

// yamlFiles lists the files that a path stands for: of a folder those below it,
// hidden ones left out.
func yamlFiles(path string) ([]string, error) {
	if path == "-" {
		return []string{path}, nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("there is no YAML to read: %w", err)
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	var names []string
	err = filepath.WalkDir(path, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != path && strings.HasPrefix(entry.Name(), "."):
			return fs.SkipDir
		case !entry.IsDir() && isYAML(name):
			names = append(names, name)
		}
		if len(names) > maxYAMLFiles {
			return fmt.Errorf("%s has more than %d YAML files: name a smaller folder", path, maxYAMLFiles)
		}
		return nil
	})
	if err == nil && len(names) == 0 {
		err = fmt.Errorf("%s has no *.yaml, *.yml or *.json files", path)
	}
	return names, err
}

func isYAML(name string) bool {
	return slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(name)) && !strings.HasPrefix(filepath.Base(name), ".")
}

// liveOriginals reads live objects, as gwctl get does.
func (c *cli) liveOriginals(ctx context.Context, f *importFlags, arguments []string) (originals, error) {
	all, err := wantedOf(arguments)
	if err != nil {
		return originals{}, err
	}
	for i := range all {
		w := &all[i]
		if w.plural == "services" || w.plural == "namespaces" {
			return originals{}, fmt.Errorf("gwctl makes no %s: routes refer to them by name. Import gateways, routes and backends", w.plural)
		}
		// Of backends, those that gwctl makes.
		w.types = slices.DeleteFunc(slices.Clone(w.types), func(t schema.GroupKind) bool { return t == topology.Service })
	}
	places, err := c.places(ctx, &f.look)
	if err != nil {
		return originals{}, err
	}
	if len(places) > 1 {
		return originals{}, errors.New("the configuration has several providers: say with -provider where the objects are")
	}
	found, err := look(ctx, places, all)
	if err != nil {
		return originals{}, err
	}
	if err := missing(ctx, places, all, found); err != nil {
		return originals{}, err
	}
	var out originals
	for _, t := range found[0] {
		for _, o := range t.Objects {
			out.sources = append(out.sources, generate.Source{Object: o.Object, Place: func(string) generate.Place {
				return generate.Place{File: "the target"}
			}})
		}
	}
	return out, nil
}
