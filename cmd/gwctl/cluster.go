package main

import (
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/gwctl/gwctl/config"
	"github.com/gwctl/gwctl/config/kinds"
	cluster "github.com/gwctl/gwctl/internal/kubernetes"
	"github.com/gwctl/gwctl/providers"
	"github.com/gwctl/gwctl/providers/kubernetes"
)

// openCluster makes the client of a provider "kubernetes" block.
func (c *cli) openCluster(p config.Provider) (providers.Provider, error) {
	at, err := cluster.Connect(c.clusterOptions(p.Target))
	if err != nil {
		return nil, err
	}
	var types []schema.GroupVersionKind
	for _, k := range kinds.All() {
		if k.Object.Kind != "" {
			types = append(types, k.Object)
		}
	}
	return kubernetes.New(at, kubernetes.Options{Key: p.Key, Namespace: p.Text("namespace"), Types: types}), nil
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

// labelsOf are the labels that the conventions of each target ask for.
func labelsOf(cfg *config.Config) map[string]map[string]string {
	out := map[string]map[string]string{}
	for _, p := range cfg.Providers {
		if p.Type == "kubernetes" {
			out[p.Key] = kubernetes.Labels(cfg.Owner, p.Text("namespace"))
		}
	}
	return out
}

// isCluster reports whether a provider block is a cluster's.
func isCluster(cfg *config.Config, key string) bool {
	return slices.ContainsFunc(cfg.Providers, func(p config.Provider) bool { return p.Key == key && p.Type == "kubernetes" })
}
