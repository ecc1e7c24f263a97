package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"

	"github.com/gwctl/gwctl/internal/diag"
	"github.com/gwctl/gwctl/planner"
	"github.com/gwctl/gwctl/views"
)

func (c *cli) planCommand() *cobra.Command {
	var f planFlags
	var out string
	var detailed bool
	cmd := &cobra.Command{
		Use:   "plan [flags]",
		Short: "Show what apply would change",
		Long: `Compares the configuration with what is live, and shows what apply would do:
first what traffic notices, then every field, by name. It changes nothing.`,
		Args: args(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.check(cmd); err != nil {
				return err
			}
			if isConfiguration(out) {
				return &usageError{cmd, fmt.Sprintf("-out=%s would write over the configuration. A plan is a file of its own, such as %s.plan.", out, strings.TrimSuffix(out, filepath.Ext(out)))}
			}
			ctx := cmd.Context()
			f.onlyShown = out == ""
			w, plan, diags := c.openAndPlan(ctx, &f)
			view := views.NewPlan(c.viewOptions(f.json, f.concise))
			if diags = diag.Tidy(diags); diags.HasErrors() {
				if ctx.Err() != nil {
					diags = explainError(errInterrupted) // whatever it broke off
				}
				_ = view.Failed(plan, diags, w.config.Sources)
				return errReported
			}
			if out != "" {
				plan.Settings = settingsOf(w.config)
				if err := savePlan(w, out, plan); err != nil {
					_ = view.Failed(plan, explainError(err), w.config.Sources)
					return errReported
				}
			}
			if err := view.Plan(plan, diags, w.config.Sources, out); err != nil {
				return err
			}
			if detailed && !plan.Empty() {
				return exitCode(exitChanges)
			}
			return nil
		},
	}
	f.register(cmd.Flags())
	cmd.Flags().BoolVar(&f.destroy, "destroy", false, "plan to destroy everything")
	cmd.Flags().StringVar(&out, "out", "", "save the plan to this `file`, for gwctl apply FILE")
	cmd.Flags().BoolVar(&detailed, "detailed-exitcode", false, "exit with 2 when something would change, 0 when nothing would")
	return cmd
}

// openAndPlan loads the configuration, validates it while the state is read,
// and plans. (Planning meanwhile too would take the memory of both at once.)
func (c *cli) openAndPlan(ctx context.Context, f *planFlags) (*workspace, *planner.Plan, hcl.Diagnostics) {
	cfg, diags := c.parseConfig(ctx, f.variables, f.input && !f.json)
	var invalid hcl.Diagnostics
	var validation sync.WaitGroup
	validation.Go(func() { invalid = validate(ctx, cfg) })
	w := &workspace{config: cfg}
	var unread error
	if !diags.HasErrors() {
		unread = c.readStore(ctx, w)
	}
	validation.Wait()
	if diags = append(diags, invalid...); diags.HasErrors() {
		return w, nil, diags
	}
	if unread != nil {
		return w, nil, append(diags, explainError(unread)...)
	}
	plan, more := c.plan(ctx, w, f)
	return w, plan, append(diags, more...)
}

// savePlan writes a plan file; only its owner may read it. Neither configuration
// nor state are written over.
func savePlan(w *workspace, path string, plan *planner.Plan) error {
	if target, err := filepath.EvalSymlinks(path); err == nil && isConfiguration(target) {
		return fmt.Errorf("the plan cannot be saved as %s, which is a link to the configuration: %s", path, target)
	}
	if w.holdsState(path) {
		return fmt.Errorf("the plan cannot be saved as %s: that is the state", path)
	}
	if err := writeFile(path, planner.Encode(plan), 0o600); err != nil {
		return fmt.Errorf("the plan cannot be saved: %w", err)
	}
	return nil
}

// readPlan reads a plan file.
func readPlan(path string) (*planner.Plan, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, fmt.Errorf("there is no plan file %s: gwctl plan -out=%s writes it", path, path)
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, fmt.Errorf("%s is a folder, and a saved plan is a file. To use another folder: gwctl -chdir=%s", path, path)
	case info.Size() > planner.MaxPlanFile:
		return nil, fmt.Errorf("%s is larger than %d MB: that is no plan", path, planner.MaxPlanFile>>20)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	plan, err := planner.Decode(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return plan, nil
}
