package main

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/pmezard/go-difflib/difflib"
	"github.com/spf13/cobra"

	"github.com/gwctl/gwctl/config"
	"github.com/gwctl/gwctl/internal/diag"
)

// formatter is one run of gwctl fmt.
type formatter struct {
	cli                          *cli
	check, diff, recursive, list bool
	write                        bool

	sources diag.Sources
	diags   hcl.Diagnostics
	changed bool
}

func (c *cli) fmtCommand() *cobra.Command {
	f := &formatter{cli: c, sources: diag.Sources{}}
	cmd := &cobra.Command{
		Use:   "fmt [flags] [FILE|FOLDER|-]...",
		Short: "Put the *.hcl and *.gwvars files into the usual layout",
		Long: `Rewrites the files in place and lists those that changed. With "-" it formats
standard input to standard output.`,
		RunE: func(_ *cobra.Command, paths []string) error { return f.run(paths) },
	}
	cmd.Flags().BoolVar(&f.check, "check", false, "write nothing; exit 1 when a file is not formatted")
	cmd.Flags().BoolVar(&f.diff, "diff", false, "show what changes")
	cmd.Flags().BoolVar(&f.recursive, "recursive", false, "folders below too")
	cmd.Flags().BoolVar(&f.list, "list", true, "list the files that change")
	cmd.Flags().BoolVar(&f.write, "write", true, "write the files")
	return cmd
}

func (f *formatter) run(paths []string) error {
	if len(paths) == 0 {
		paths = []string{"."}
	}
	for _, path := range paths {
		if path == "-" {
			if err := f.stdin(); err != nil {
				return err
			}
			continue
		}
		if err := f.path(path); err != nil {
			return err
		}
	}
	if f.diags.HasErrors() {
		return failed(f.diags, f.sources)
	}
	if f.check && f.changed {
		return errReported
	}
	return nil
}

func (f *formatter) path(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("nothing to format: %w", err)
	}
	if !info.IsDir() {
		if !isConfiguration(path) {
			return fmt.Errorf("%s: gwctl fmt takes *.hcl and *.gwvars files, and folders", path)
		}
		return f.file(path)
	}
	return filepath.WalkDir(path, func(p string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && p != path && (!f.recursive || strings.HasPrefix(entry.Name(), ".")):
			return fs.SkipDir
		case entry.Type().IsRegular() && isConfiguration(p):
			return f.file(p)
		}
		return nil
	})
}

func isConfiguration(path string) bool {
	return slices.Contains([]string{".hcl", ".gwvars"}, filepath.Ext(path))
}

func (f *formatter) file(path string) error {
	src, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	formatted, changed := f.format(src, path)
	if !changed {
		return nil
	}
	if f.list {
		fmt.Fprintln(f.cli.Out, path)
	}
	if f.diff {
		if err := f.showDiff(path, src, formatted); err != nil {
			return err
		}
	}
	if f.check || !f.write {
		return nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	return writeFile(path, formatted, info.Mode().Perm())
}

func (f *formatter) stdin() error {
	src, err := io.ReadAll(f.cli.In)
	if err != nil {
		return err
	}
	const name = "<standard input>"
	formatted, changed := f.format(src, name)
	switch {
	case f.diags.HasErrors():
		return nil
	case f.diff:
		if changed {
			return f.showDiff(name, src, formatted)
		}
		return nil
	case f.check:
		return nil
	}
	_, err = f.cli.Out.Write(formatted)
	return err
}

// format returns the formatted text; of what cannot be parsed, nothing.
func (f *formatter) format(src []byte, name string) ([]byte, bool) {
	f.sources[name] = &hcl.File{Bytes: src}
	formatted, diags := config.Format(src, name)
	f.diags = append(f.diags, diags...)
	if diags.HasErrors() {
		return nil, false
	}
	changed := !bytes.Equal(src, formatted)
	f.changed = f.changed || changed
	return formatted, changed
}

func (f *formatter) showDiff(path string, before, after []byte) error {
	return difflib.WriteUnifiedDiff(f.cli.Out, difflib.UnifiedDiff{
		A:        difflib.SplitLines(string(before)),
		B:        difflib.SplitLines(string(after)),
		FromFile: "old/" + path,
		ToFile:   "new/" + path,
		Context:  3,
	})
}
