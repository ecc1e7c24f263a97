package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gwctl/gwctl/config"
	"github.com/gwctl/gwctl/internal/diag"
	"github.com/gwctl/gwctl/internal/manifest"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/views"
)

// renderFlags are the flags of gwctl render.
type renderFlags struct {
	variables variableFlags
	out       string // folder, or "-"
	provider  string // key
	check     bool
	input     bool
	json      bool
}

func (c *cli) renderCommand() *cobra.Command {
	var f renderFlags
	cmd := &cobra.Command{
		Use:   "render [flags] -out=FOLDER",
		Short: "Write what the configuration makes as plain YAML, for Argo CD, Flux or kubectl",
		Long: `Writes each object of the configuration to FOLDER/NAMESPACE/KIND-NAME.yaml, and
kustomization.yaml, which lists them. It reads no state and asks no cluster, and
the same configuration makes the same bytes. Nothing in them speaks of gwctl but
a comment, by which a later render knows the files that it may change or remove;
all others in the folder stay as they are.`,
		Args: args(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case f.out == "":
				return &usageError{cmd, "-out=FOLDER is missing; -out=- prints the objects."}
			case f.out == "-" && f.json:
				return &usageError{cmd, "-out=- prints YAML: leave -json out."}
			case f.out == "-" && f.check:
				return &usageError{cmd, "-check compares with a folder: name it with -out."}
			}
			return c.render(cmd.Context(), &f)
		},
	}
	f.variables.register(cmd.Flags())
	cmd.Flags().StringVar(&f.out, "out", "", "write into this `folder`; - prints one YAML stream")
	cmd.Flags().StringVar(&f.provider, "provider", "", "only what this provider applies: its `key`, as in kubernetes.eu")
	cmd.Flags().BoolVar(&f.check, "check", false, "write nothing; exit 1 when the folder is not up to date")
	cmd.Flags().BoolVar(&f.input, "input", true, "ask for what is missing")
	cmd.Flags().BoolVar(&f.json, "json", false, "print JSON")
	return cmd
}

func (c *cli) render(ctx context.Context, f *renderFlags) error {
	cfg, diags := c.loadConfig(ctx, f.variables, f.input && !f.json)
	if err := failed(diags, cfg.Sources); err != nil {
		return err
	}
	made, err := madeBy(cfg, f.provider)
	if err != nil {
		return err
	}
	files, err := manifest.Render(made)
	if err != nil {
		return err
	}
	options := c.viewOptions(f.json, false)
	if f.out == "-" {
		if err := views.Diagnostics(options, diags, cfg.Sources); err != nil {
			return err
		}
		_, err := c.Out.Write(manifest.Stream(files))
		return err
	}
	update, err := manifest.Compare(f.out, files)
	if err != nil {
		return err
	}
	view := views.NewRender(options)
	shown := views.Rendering{Folder: f.out, Files: renderedViews(files, update), Checked: f.check}
	if f.check {
		if err := view.Render(shown, diags, cfg.Sources); err != nil || update.Empty() {
			return err
		}
		return errReported
	}
	if err := update.Write(ctx); err != nil {
		if ctx.Err() != nil {
			return errInterrupted
		}
		return fmt.Errorf("%s was not rendered whole: %w", f.out, err)
	}
	return view.Render(shown, diags, cfg.Sources)
}

// madeBy returns the objects that one provider would apply. Providers are
// targets of their own: what two of them apply belongs into two folders.
func madeBy(cfg *config.Config, provider string) ([]manifest.Made, error) {
	keys := map[string]bool{}
	for _, r := range cfg.Resources {
		if len(r.Objects) > 0 {
			keys[r.Provider] = true
		}
	}
	if provider != "" {
		if err := checkProvider(cfg, provider); err != nil {
			return nil, err
		}
	} else if len(keys) > 1 {
		return nil, fmt.Errorf("the configuration is for several targets: %s. What each of them gets belongs into a folder of its own: name one with -provider",
			strings.Join(slices.Sorted(maps.Keys(keys)), ", "))
	}
	var made []manifest.Made
	at := map[*resource.Object]int{}
	for _, r := range cfg.Resources {
		if provider != "" && r.Provider != provider {
			continue
		}
		for _, o := range r.Objects {
			i, shared := at[o]
			if !shared {
				i = len(made)
				at[o] = i
				made = append(made, manifest.Made{Object: o})
			}
			made[i].By = append(made[i].By, r.Address)
		}
	}
	return made, nil
}

func checkProvider(cfg *config.Config, key string) error {
	var keys []string
	for _, p := range cfg.Providers {
		if p.Key == key {
			return nil
		}
		keys = append(keys, p.Key)
	}
	return fmt.Errorf("-provider: the configuration has no provider %q.%s", key, diag.Allowed(key, keys))
}

// renderedViews are the files of a folder with what was done to them, sorted by
// path.
func renderedViews(files []manifest.File, update *manifest.Update) []views.Rendered {
	known := map[string]manifest.File{}
	for _, f := range files {
		known[f.Path] = f
	}
	out := make([]views.Rendered, 0, len(update.Actions))
	for _, path := range slices.Sorted(maps.Keys(update.Actions)) {
		f := known[path]
		out = append(out, views.Rendered{File: path, Action: string(update.Actions[path]), By: f.By, ID: f.ID})
	}
	return out
}
