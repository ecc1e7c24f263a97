package main

import (
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/gwctl/gwctl/config"
	"github.com/gwctl/gwctl/config/kinds"
	cluster "github.com/gwctl/gwctl/internal/kubernetes"
	"github.com/gwctl/gwctl/providers"
	"github.com/gwctl/gwctl/providers/kubernetes"
	"github.com/gwctl/gwctl/state"
	clusterstate "github.com/gwctl/gwctl/state/kubernetes"
)

// openCluster makes the client of a provider "kubernetes" block.
func (c *cli) openCluster(p config.Provider) (providers.Provider, error) {
	at, err := cluster.Connect(c.clusterOptions(p.Target))
	if err != nil {
		return nil, err
	}
	var types []schema.GroupVersionKind
	for _, k := range kinds.All() {
		if k.Object.Kind != "" && !k.Named {
			types = append(types, k.Object)
		}
	}
	return kubernetes.New(at, kubernetes.Options{Key: p.Key, Namespace: p.Text("namespace"), Types: types}), nil
}

// openClusterStore makes the client of a state "kubernetes" block.
func (c *cli) openClusterStore(t config.Target, opts state.Options) (state.Store, error) {
	at, err := cluster.Connect(c.clusterOptions(t))
	if err != nil {
		return nil, fmt.Errorf("the state is kept in a cluster, and that cannot be used: %w", err)
	}
	return clusterstate.New(at, clusterstate.Options{Options: opts, Namespace: t.Text("namespace"), Version: version})
}

// clusterOptions reads the arguments that say which cluster is meant.
func (c *cli) clusterOptions(t config.Target) cluster.Options {
	o := cluster.Options{
		Kubeconfig: t.Text("kubeconfig"),
		Context:    t.Text("context"),
		Server:     t.Text("server"),
		Token:      t.Text("token_file"),
		CA:         t.Text("ca_file"),
		As:         t.Text("as"),
		Environ:    c.Env,
		Agent:      "gwctl/" + version,
	}
	if a := t.Block.Attr("as_groups"); a != nil {
		groups, _ := a.Value.([]any)
		for _, g := range groups {
			if s, ok := g.(string); ok {
				o.AsGroups = append(o.AsGroups, s)
			}
		}
	}
	return o
}

// labelsOf are the labels that the conventions of each target ask for. The
// parent of an owner's objects is its state, if that is in a cluster.
func labelsOf(cfg *config.Config) map[string]map[string]string {
	out := map[string]map[string]string{}
	for _, p := range cfg.Providers {
		if p.Type != "kubernetes" {
			continue
		}
		namespace := p.Text("namespace")
		if cfg.State.Type == "kubernetes" {
			namespace = cfg.State.Text("namespace")
		}
		out[p.Key] = kubernetes.Labels(cfg.Owner, namespace)
	}
	return out
}

// isCluster reports whether a provider block is a cluster's.
func isCluster(cfg *config.Config, key string) bool {
	return slices.ContainsFunc(cfg.Providers, func(p config.Provider) bool { return p.Key == key && p.Type == "kubernetes" })
}
