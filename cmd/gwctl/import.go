package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/spf13/cobra"

	"github.com/gwctl/gwctl/config"
	"github.com/gwctl/gwctl/config/generate"
	"github.com/gwctl/gwctl/config/kinds"
	"github.com/gwctl/gwctl/internal/diag"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/views"
)

// importFlags are the flags of gwctl import.
type importFlags struct {
	look     lookFlags
	generate string // file, or "-"
	files    []string
	force    bool
	input    bool
	json     bool
}

func (c *cli) importCommand() *cobra.Command {
	var f importFlags
	cmd := &cobra.Command{
		Use:   "import [flags] -generate=FILE [-f=SOURCE]... [TYPE [NAME]...]",
		Short: "Write blocks for objects that are live, or that YAML describes",
		Long: `Turns objects that others wrote into HCL that makes the same ones: those of the
YAML files, folders or standard input (-) given with -f, or live ones, named as
for gwctl get. References between them become references between blocks. Each
block gets an import block beside it, by which gwctl apply takes the live object
over; gwctl plan shows that nothing of it changes.

What kubectl, controllers and the API server have added is left out. Secrets are
refused: their values would stand in the configuration. What has no kind of its
own becomes a manifest block. FILE is never overwritten unless -force says so.`,
		RunE: func(cmd *cobra.Command, arguments []string) error {
			switch {
			case f.generate == "":
				return &usageError{cmd, "-generate=FILE is missing; -generate=- prints the blocks."}
			case len(f.files) == 0 && len(arguments) == 0:
				return &usageError{cmd, "There is nothing to import: give YAML with -f=FILE, or say which live objects, as in gateways,httproutes."}
			case len(f.files) > 0 && len(arguments) > 0:
				return &usageError{cmd, fmt.Sprintf("Give YAML with -f, or live objects such as %s, not both.", arguments[0])}
			case f.generate == "-" && f.json:
				return &usageError{cmd, "-generate=- prints HCL: leave -json out."}
			}
			return c.importObjects(cmd.Context(), &f, arguments)
		},
	}
	f.look.register(cmd.Flags())
	cmd.Flags().StringVar(&f.generate, "generate", "", "write the blocks to this `file`; - prints them")
	cmd.Flags().StringArrayVarP(&f.files, "filename", "f", nil, "-f: read YAML from this `source`: a file, a folder with all below it, or - for standard input; may be repeated")
	cmd.Flags().BoolVar(&f.force, "force", false, "overwrite the file, all but its gwctl and provider blocks")
	cmd.Flags().BoolVar(&f.input, "input", true, "ask for what is missing")
	cmd.Flags().BoolVar(&f.json, "json", false, "print JSON")
	return cmd
}

func (c *cli) importObjects(ctx context.Context, f *importFlags, arguments []string) error {
	if err := f.checkTarget(); err != nil {
		return err
	}
	home, err := c.homeOf(ctx, f)
	if err != nil {
		return err
	}
	var found originals
	if len(arguments) > 0 {
		found, err = c.liveOriginals(ctx, f, arguments)
	} else {
		found, err = c.yamlOriginals(ctx, f.files)
	}
	if err != nil {
		return err
	}
	if len(found.sources) == 0 {
		return errors.New("there is nothing to import: no object was found")
	}
	result, err := generate.Blocks(ctx, found.sources, home.options)
	if err != nil {
		return err
	}
	diags := importDiagnostics(result, found)
	if err := failed(diags, found.files); err != nil {
		return err
	}
	text := home.header + result.Text
	options := c.viewOptions(f.json, false)
	if f.generate == "-" {
		if err := views.Diagnostics(options, diags, found.files); err != nil {
			return err
		}
		_, err := c.Out.Write([]byte(text))
		return err
	}
	if err := f.write(text); err != nil {
		return err
	}
	return views.NewImport(options).Import(views.Generated{File: f.generate, Blocks: result.Blocks}, diags, found.files)
}

// checkTarget refuses a file that is there already, before anything is asked or
// read.
func (f *importFlags) checkTarget() error {
	if f.generate == "-" {
		return nil
	}
	switch info, err := os.Stat(f.generate); {
	case err == nil && info.IsDir():
		return fmt.Errorf("%s is a folder, and the blocks are written to a file, such as %s", f.generate, filepath.Join(f.generate, "imported.hcl"))
	case err == nil && !f.force:
		return fmt.Errorf("%s exists, and is not overwritten: choose another name, or say -force", f.generate)
	case filepath.Ext(f.generate) != ".hcl":
		return fmt.Errorf("%s is no *.hcl file, so that gwctl would not read it", f.generate)
	}
	return nil
}

// write writes the file at once. Without -force it never takes the place of
// another one, even of one that has appeared meanwhile.
func (f *importFlags) write(text string) error {
	if f.force {
		return writeFile(f.generate, []byte(text), 0o644)
	}
	file, err := os.OpenFile(f.generate, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return fmt.Errorf("the blocks cannot be written: %w", err)
	}
	_, err = file.WriteString(text)
	if err := errors.Join(err, file.Close()); err != nil {
		os.Remove(f.generate)
		return fmt.Errorf("the blocks cannot be written: %w", err)
	}
	return nil
}

// home is where the blocks will stand.
type home struct {
	options generate.Options
	header  string // what the file needs besides them
}

// homeOf finds out what the blocks may leave out, refer to and must not be
// called. In a folder without a configuration they begin one, for a cluster.
func (c *cli) homeOf(ctx context.Context, f *importFlags) (home, error) {
	if !config.Present(".") {
		options := generate.Options{Scope: kinds.Scope{Provider: "kubernetes", Namespace: "default"}, Import: true}
		return home{options, "provider \"kubernetes\" {}\n\n"}, nil
	}
	cfg, diags := c.loadConfig(ctx, f.look.variables, f.input && !f.json)
	if err := failed(diags, cfg.Sources); err != nil {
		return home{}, err
	}
	provider, word, err := homeProvider(cfg, f.look.provider)
	if err != nil {
		return home{}, err
	}
	h := home{options: generate.Options{Scope: config.ScopeOf(provider.Target), Provider: word, Import: provider.Type == "kubernetes"}}
	if f.force {
		h.header = settingsIn(cfg, f.generate)
	}
	made := map[resource.ID]resource.Address{}
	taken := map[resource.Address]bool{}
	for _, r := range cfg.Resources {
		if f.force && sameFile(r.Range.Filename, f.generate) {
			continue // its file is about to be overwritten
		}
		block := r.Address
		block.Key = ""
		taken[block] = true
		if r.Provider == provider.Key {
			for _, o := range r.Objects {
				made[resource.IDOf(o)] = r.Address
			}
		}
	}
	h.options.Known = func(id resource.ID) (resource.Address, bool) {
		a, ok := made[id]
		return a, ok
	}
	h.options.Taken = func(a resource.Address) bool { return taken[a] }
	return h, nil
}

// settingsIn are the gwctl and provider blocks of a file that is about to be
// overwritten: the blocks that come would have no provider without them.
func settingsIn(cfg *config.Config, path string) string {
	var text strings.Builder
	for name, file := range cfg.Sources {
		body, ok := file.Body.(*hclsyntax.Body)
		if !ok || !sameFile(name, path) {
			continue
		}
		for _, b := range body.Blocks {
			if b.Type == "gwctl" || b.Type == "provider" {
				text.Write(b.Range().SliceBytes(file.Bytes))
				text.WriteString("\n\n")
			}
		}
	}
	return text.String()
}

// homeProvider returns the provider block that will apply the blocks, and what
// they have to say for that: nothing where it is the only one that it can be.
func homeProvider(cfg *config.Config, key string) (config.Provider, string, error) {
	var plain []config.Provider
	for _, p := range cfg.Providers {
		if p.Key == key {
			if len(cfg.Providers) == 1 || p.Alias == "" && countPlain(cfg) == 1 {
				return p, "", nil
			}
			return p, p.Key, nil
		}
		if p.Alias == "" {
			plain = append(plain, p)
		}
	}
	switch {
	case key != "":
		return config.Provider{}, "", checkProvider(cfg, key)
	case len(cfg.Providers) == 1:
		return cfg.Providers[0], "", nil
	case len(plain) == 1:
		return plain[0], "", nil
	case len(cfg.Providers) == 0:
		return config.Provider{}, "", errors.New("the configuration has no provider block, which says where its objects are: add provider \"kubernetes\" {}")
	}
	keys := make([]string, len(cfg.Providers))
	for i, p := range cfg.Providers {
		keys[i] = p.Key
	}
	return config.Provider{}, "", fmt.Errorf("the configuration has several providers: say with -provider which one applies the blocks: %s", strings.Join(keys, ", "))
}

func countPlain(cfg *config.Config) int {
	n := 0
	for _, p := range cfg.Providers {
		if p.Alias == "" {
			n++
		}
	}
	return n
}

// importDiagnostics says what was found wrong, and what is worth knowing.
func importDiagnostics(result *generate.Result, from originals) hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, p := range result.Errors {
		d := &hcl.Diagnostic{Severity: hcl.DiagError, Summary: p.Summary, Detail: p.Text, Subject: from.rangeOf(p.At)}
		if p.Secret {
			d.Extra = diag.Hidden{}
		}
		diags = append(diags, d)
	}
	for _, n := range result.Notes {
		diags = append(diags, &hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: n.Summary, Detail: n.Text, Subject: from.rangeOf(n.At)})
	}
	return diags
}
