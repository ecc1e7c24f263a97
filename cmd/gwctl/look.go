package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/pflag"
	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/gwctl/gwctl/config"
	"github.com/gwctl/gwctl/internal/diag"
	cluster "github.com/gwctl/gwctl/internal/kubernetes"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers"
	"github.com/gwctl/gwctl/providers/kubernetes"
	"github.com/gwctl/gwctl/providers/xds"
	"github.com/gwctl/gwctl/views"
)

// lookFlags say where to look, and at what.
type lookFlags struct {
	variables     variableFlags
	namespace     string
	allNamespaces bool
	selector      string
	provider      string
	context       string
	kubeconfig    string
	server        string
}

func (f *lookFlags) register(flags *pflag.FlagSet) {
	flags.StringVarP(&f.namespace, "namespace", "n", "", "-n: look in this `namespace` (default: the provider's)")
	flags.BoolVarP(&f.allNamespaces, "all-namespaces", "A", false, "-A: look in all namespaces")
	flags.StringVarP(&f.selector, "selector", "l", "", "-l: only objects with these `labels`: team=shop,tier!=test")
	flags.StringVar(&f.provider, "provider", "", "only the target of this provider `block`, such as kubernetes.eu (default: all of the configuration)")
	flags.StringVar(&f.context, "context", "", "look at this `context` of the kubeconfig, whatever the configuration says")
	flags.StringVar(&f.kubeconfig, "kubeconfig", "", "`path` of another kubeconfig, whatever the configuration says")
	flags.StringVar(&f.server, "server", "", "look at the xDS server with this `URL`, whatever the configuration says")
	f.variables.register(flags)
}

// place is one target that is looked at.
type place struct {
	key       string // of the provider block; "" where there is only one place
	namespace string // "" is all of them
	labels    labels.Selector
	target    providers.Inspector
}

// places finds the targets: those of the configuration's provider blocks, or
// the one that flags or, without a configuration, the kubeconfig name. Of the
// configuration it reads nothing else: whoever looks at what is live may be
// looking for what is wrong.
func (c *cli) places(ctx context.Context, f *lookFlags) ([]place, error) {
	selector, err := labels.Parse(f.selector)
	if err != nil {
		return nil, fmt.Errorf("-selector: %w", err)
	}
	var blocks []config.Provider
	cfg := &config.Config{}
	switch {
	case f.server != "" && (f.context != "" || f.kubeconfig != ""):
		return nil, errors.New("-server is an xDS server's, and -context and -kubeconfig a cluster's: give one of them")
	case f.server != "" || f.context != "" || f.kubeconfig != "":
		if f.provider != "" {
			return nil, errors.New("-provider names a block of the configuration, which -context, -kubeconfig and -server set aside: give one of them")
		}
	case config.Present("."):
		var err error
		if cfg, blocks, err = c.providerBlocks(ctx, f); err != nil {
			return nil, err
		}
	}
	if len(blocks) == 0 {
		target, err := c.inspectorOf(f)
		if err != nil {
			return nil, err
		}
		return []place{f.at(target, "", "", selector)}, nil
	}
	var out []place
	for _, b := range blocks {
		p, err := c.openTarget(b)
		if err != nil {
			return nil, failed(hcl.Diagnostics{providerError(b, err)}, cfg.Sources)
		}
		target, ok := p.(providers.Inspector)
		if !ok {
			return nil, fmt.Errorf("the target of provider %s cannot be looked at", b.Key)
		}
		key := b.Key
		if len(blocks) == 1 {
			key = ""
		}
		out = append(out, f.at(target, key, b.Text("namespace"), selector))
	}
	return out, nil
}

// at is a target with what the flags ask of it.
func (f *lookFlags) at(target providers.Inspector, key, namespace string, selector labels.Selector) place {
	p := place{key: key, labels: selector, target: target}
	if !f.allNamespaces {
		p.namespace = cmp.Or(f.namespace, namespace, target.Namespace())
	}
	return p
}

// providerBlocks are those of the configuration that are to be looked at.
func (c *cli) providerBlocks(ctx context.Context, f *lookFlags) (*config.Config, []config.Provider, error) {
	cfg, diags := c.loadSettings(ctx, f.variables)
	if diags.HasErrors() {
		return nil, nil, failed(diags, cfg.Sources)
	}
	if len(cfg.Providers) == 0 {
		return nil, nil, errors.New("the configuration has no provider block: say what to look at with -context, -kubeconfig or -server")
	}
	if f.provider == "" {
		return cfg, cfg.Providers, nil
	}
	var keys []string
	for _, p := range cfg.Providers {
		if p.Key == f.provider {
			return cfg, []config.Provider{p}, nil
		}
		keys = append(keys, p.Key)
	}
	return nil, nil, fmt.Errorf("the configuration has no provider %q.%s", f.provider, diag.Declared(f.provider, keys))
}

// inspectorOf returns the target that flags name, else the current context's.
func (c *cli) inspectorOf(f *lookFlags) (providers.Inspector, error) {
	if f.server != "" {
		return xds.New(f.server)
	}
	at, err := cluster.Connect(cluster.Options{Kubeconfig: f.kubeconfig, Context: f.context, Environ: c.Env, Agent: "gwctl/" + version})
	if errors.Is(err, cluster.ErrNoCluster) {
		return nil, fmt.Errorf("there is no configuration in this folder, and no kubeconfig to look at a cluster with: use -chdir, -kubeconfig or, for an xDS server, -server: %w", err)
	}
	if err != nil {
		return nil, err
	}
	return kubernetes.New(at, kubernetes.Options{Namespace: at.Namespace}), nil
}

// look finds what is wanted at all places, at all of them at once.
func look(ctx context.Context, places []place, all []wanted) ([][]views.FoundTypes, error) {
	found := make([][]views.FoundTypes, len(places))
	g, ctx := errgroup.WithContext(ctx)
	for i, p := range places {
		g.Go(func() error {
			for _, w := range all {
				objects, err := p.find(ctx, w)
				if err != nil {
					return p.explain(err)
				}
				at := views.FoundTypes{Types: w.types}
				for _, o := range objects {
					at.Objects = append(at.Objects, views.Found{Provider: p.key, Object: o})
				}
				found[i] = append(found[i], at)
			}
			return nil
		})
	}
	return found, g.Wait()
}

// explain says of several targets which one an error is of.
func (p place) explain(err error) error {
	if p.key == "" {
		return err
	}
	return fmt.Errorf("provider %s (-provider looks at one alone): %w", p.key, err)
}

// find returns the objects of a place that are wanted. Names are looked up one
// by one, for accounts that may not list.
func (p place) find(ctx context.Context, w wanted) ([]*resource.Object, error) {
	if len(w.names) == 0 || p.namespace == "" && !w.clusterWide {
		all, err := p.list(ctx, w)
		if err != nil || len(w.names) == 0 {
			return all, err
		}
		return slices.DeleteFunc(all, func(o *resource.Object) bool { return !slices.Contains(w.names, o.GetName()) }), nil
	}
	var ids []resource.ID
	for _, name := range w.names {
		for _, typ := range w.types {
			ids = append(ids, p.id(w.noun, typ, name))
		}
	}
	looked, err := p.target.Look(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if err := looked.Unreadable[id]; err != nil {
			return nil, err
		}
	}
	return looked.Objects, nil
}

func (p place) id(n noun, typ schema.GroupKind, name string) resource.ID {
	id := resource.ID{Group: typ.Group, Kind: typ.Kind, Name: name}
	if !n.clusterWide {
		id.Namespace = p.namespace
	}
	return id
}

// list returns all objects of a noun. Of several types, those that the target
// does not know are left out, unless it knows none.
func (p place) list(ctx context.Context, w wanted) ([]*resource.Object, error) {
	var out []*resource.Object
	var unserved error
	served := false
	for _, typ := range w.types {
		s := providers.Selection{Type: typ, Labels: p.labels}
		if !w.clusterWide {
			s.Namespace = p.namespace
		}
		objects, err := p.target.List(ctx, s)
		if _, ok := errors.AsType[*providers.UnservedError](err); ok {
			unserved = errors.Join(unserved, err)
			continue
		}
		if err != nil {
			return nil, err
		}
		served = true
		out = append(out, objects...)
	}
	if !served {
		return nil, unserved
	}
	return out, nil
}

// missing says which names were found nowhere, and which ones there are.
func missing(ctx context.Context, places []place, all []wanted, found [][]views.FoundTypes) error {
	var errs []error
	for i, w := range all {
		for _, name := range w.names {
			if !slices.ContainsFunc(found, func(at []views.FoundTypes) bool {
				return slices.ContainsFunc(at[i].Objects, func(f views.Found) bool { return f.Object.GetName() == name })
			}) {
				errs = append(errs, notFound(ctx, places, w, name))
			}
		}
	}
	return errors.Join(errs...)
}

func notFound(ctx context.Context, places []place, w wanted, name string) error {
	var names []string
	for _, p := range places {
		p.labels = nil
		if all, err := p.list(ctx, wanted{noun: w.noun}); err == nil { // else there is nothing to suggest
			for _, o := range all {
				names = append(names, o.GetName())
			}
		}
	}
	text := fmt.Sprintf("there is no %s %q%s.", w.singular, name, whereText(places, w.noun))
	if near := diag.Nearest(name, names); near != "" {
		text += fmt.Sprintf(" Did you mean %q?", near)
	}
	switch {
	case len(names) > 0:
		text += " There are: " + diag.List(names) + "."
	case !w.clusterWide && places[0].namespace != "":
		text += " -A looks in all namespaces."
	}
	return errors.New(text)
}

// whereText says where was looked: " in namespace default".
func whereText(places []place, n noun) string {
	if n.clusterWide {
		return ""
	}
	var names []string
	for _, p := range places {
		if p.namespace == "" {
			return " in any namespace"
		}
		if !slices.Contains(names, p.namespace) {
			names = append(names, p.namespace)
		}
	}
	return " in namespace " + strings.Join(names, " or ")
}
