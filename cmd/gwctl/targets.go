package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"golang.org/x/sync/errgroup"

	"github.com/gwctl/gwctl/config"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
	"github.com/gwctl/gwctl/providers"
	"github.com/gwctl/gwctl/providers/xds"
	"github.com/gwctl/gwctl/state"
)

// defaultXDSServer is where `gwctl xds serve` listens unless told otherwise.
const defaultXDSServer = "http://127.0.0.1:18001"

// target is one provider block and what it stands for.
type target struct {
	key      string // "xds", "xds.eu"
	provider providers.Provider
	identity string
}

// openTarget makes the client of a provider block. A new provider is a case
// here and a schema in config.
func (c *cli) openTarget(p config.Provider) (providers.Provider, error) {
	switch p.Type {
	case "xds":
		return xds.New(c.xdsServer(p.Text("server")), xds.WithKey(p.Key))
	case "kubernetes":
		return c.openCluster(p)
	default:
		return nil, fmt.Errorf("provider %q is not supported: this version of gwctl has \"xds\" and \"kubernetes\"", p.Type)
	}
}

// xdsServer returns the first of: what was asked for, GWCTL_XDS_SERVER, the
// default.
func (c *cli) xdsServer(asked string) string {
	if asked != "" {
		return asked
	}
	if env := c.getenv("GWCTL_XDS_SERVER"); env != "" {
		return env
	}
	return defaultXDSServer
}

// keysInUse returns the providers that resources of configuration or state use.
func keysInUse(cfg *config.Config, st *state.State) map[string]bool {
	keys := map[string]bool{}
	for _, r := range cfg.Resources {
		keys[r.Provider] = true
	}
	if st != nil {
		for _, r := range st.Resources {
			keys[r.Provider] = true
		}
	}
	return keys
}

// openTargets opens the named providers, and checks that each is the target
// that it was before: of the state, or of a saved plan.
func (c *cli) openTargets(ctx context.Context, cfg *config.Config, before map[string]string, keys map[string]bool) ([]target, hcl.Diagnostics) {
	blocks := map[string]config.Provider{}
	for _, p := range cfg.Providers {
		blocks[p.Key] = p
	}

	var diags hcl.Diagnostics
	var targets []target
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		block, ok := blocks[key]
		if !ok {
			// The state has resources of a provider whose block is gone.
			typ, alias, _ := strings.Cut(key, ".")
			if alias != "" {
				diags = append(diags, &hcl.Diagnostic{
					Severity: hcl.DiagError,
					Summary:  "Provider configuration is missing",
					Detail:   fmt.Sprintf("The state has resources of provider %s, which the configuration does not define any more. Put the block back (provider %q { alias = %q ... }) until they are destroyed, or take them out of gwctl's care with `gwctl state rm`.", key, typ, alias),
				})
				continue
			}
			block = config.Provider{Target: config.Target{Type: typ, Block: &resource.Block{}}, Key: key}
		}
		p, err := c.openTarget(block)
		if err != nil {
			diags = append(diags, providerError(block, err))
			continue
		}
		targets = append(targets, target{key: key, provider: p})
	}
	if diags.HasErrors() {
		return nil, diags
	}

	errs := make([]error, len(targets))
	var g errgroup.Group
	for i := range targets {
		g.Go(func() error {
			targets[i].identity, errs[i] = targets[i].provider.Identity(ctx)
			return nil
		})
	}
	_ = g.Wait() // errors are kept per target: all of them are reported
	for i, t := range targets {
		if errs[i] != nil {
			diags = append(diags, providerError(blocks[t.key], errs[i]))
			continue
		}
		if before[t.key] == "" || before[t.key] == t.identity {
			continue
		}
		diags = append(diags, providerError(blocks[t.key], fmt.Errorf(
			"this is not the target that was applied to before: that was %s, and this one answers as %s. Point the provider block at the right one, or use another state for this target",
			before[t.key], t.identity)))
	}
	return targets, diags
}

func providerError(block config.Provider, err error) *hcl.Diagnostic {
	d := &hcl.Diagnostic{
		Severity: hcl.DiagError,
		Summary:  "Provider cannot be used",
		Detail:   sentence(err.Error()),
	}
	if block.Block != nil && block.Block.Range.Filename != "" {
		d.Subject = block.Block.Range.Ptr()
	}
	return d
}

// queries says what a plan needs to know of each target: the owner's objects,
// those that the configuration is about to create, those that the state
// remembers, and those of other owners that the configuration refers to.
func queries(cfg *config.Config, st *state.State) map[string]*providers.Query {
	out := map[string]*providers.Query{}
	of := func(key string) *providers.Query {
		if out[key] == nil {
			out[key] = &providers.Query{Owner: cfg.Owner}
		}
		return out[key]
	}
	for _, r := range cfg.Resources {
		q := of(r.Provider)
		q.Desired = append(q.Desired, r.Objects...)
		r.Block.EachRef(func(ref resource.Ref) {
			// A cluster has Services that a block stands for and does not make.
			if ref.Address.IsZero() || ref.ID.Kind == "Service" && isCluster(cfg, r.Provider) {
				q.Others = append(q.Others, ref.ID)
			}
		})
	}
	for _, d := range cfg.Data {
		q := of(d.Provider)
		q.Others = append(q.Others, d.ID)
	}
	if st != nil {
		for _, r := range st.Resources {
			q := of(r.Provider)
			q.Prior = append(q.Prior, r.Objects...)
		}
	}
	for _, q := range out {
		q.Desired, q.Prior = resource.Unique(q.Desired), resource.Unique(q.Prior)
	}
	return out
}

// readTargets reads the live objects into the input of a plan.
func readTargets(ctx context.Context, targets []target, cfg *config.Config, st *state.State, in *planner.Input) error {
	asked := queries(cfg, st)
	read := make([]*providers.Reading, len(targets))
	g, ctx := errgroup.WithContext(ctx)
	for i, t := range targets {
		g.Go(func() error {
			query := providers.Query{Owner: cfg.Owner}
			if q := asked[t.key]; q != nil {
				query = *q
			}
			var err error
			if read[i], err = t.provider.Read(ctx, query); err != nil {
				return fmt.Errorf("provider %s: %w", t.key, err)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	in.Live = map[string][]planner.Live{}
	in.Unreadable = map[string]map[resource.ID]error{}
	in.Looked = map[string][]resource.ID{}
	for i, t := range targets {
		if q := asked[t.key]; q != nil {
			in.Looked[t.key] = q.Others
		}
		in.Live[t.key] = read[i].Live
		in.Unreadable[t.key] = read[i].Unreadable
	}
	return nil
}
