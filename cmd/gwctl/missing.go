package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/gwctl/gwctl/config"
	"github.com/gwctl/gwctl/config/kinds"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/internal/topology"
	"github.com/gwctl/gwctl/planner"
)

// warnMissing tells of certificates, authorities and backends with policies, all
// of others, that an xDS server was asked for and has not. Of a cluster's nobody
// asks: gwctl reads no Secrets.
func warnMissing(cfg *config.Config, in *planner.Input) hcl.Diagnostics {
	there := map[string]map[resource.ID]bool{}
	note := func(provider string, id resource.ID) {
		if there[provider] == nil {
			there[provider] = map[resource.ID]bool{}
		}
		there[provider][id] = true
	}
	for provider, live := range in.Live {
		for _, l := range live {
			note(provider, resource.IDOf(l.Object))
		}
	}
	for _, r := range cfg.Resources {
		for _, o := range r.Objects {
			note(r.Provider, resource.IDOf(o))
		}
	}
	var found []kinds.Finding
	for _, r := range cfg.Resources {
		if typ, _, _ := strings.Cut(r.Provider, "."); typ != "xds" {
			continue
		}
		for _, o := range r.Objects {
			for _, ref := range topology.References(o) {
				consequence := withoutIt(o, ref.To)
				if consequence == "" || there[r.Provider][ref.To] || !slices.Contains(in.Looked[r.Provider], ref.To) {
					continue
				}
				found = append(found, kinds.Finding{
					Object: o, Path: ref.Path, Severity: hcl.DiagWarning, Summary: "Reference to nothing",
					Text: fmt.Sprintf("the xDS server has no %s: until somebody applies it, %s", ref.To, consequence),
				})
			}
		}
	}
	return kinds.Explain(cfg.Resources, found)
}

// withoutIt says what comes of an object without another one that it refers to;
// "" where that is told elsewhere.
func withoutIt(o *resource.Object, to resource.ID) string {
	from := resource.IDOf(o).GroupKind()
	switch {
	case from == topology.BackendTLS && (to.GroupKind() == topology.Backend || to.GroupKind() == topology.Service):
		return "the policy is for nothing"
	case from == topology.BackendTLS || from == topology.Backend:
		return "the backend is sent nothing"
	case to.Kind == "Secret":
		return "what refers to it has no certificate to show"
	case to.Kind == "ConfigMap":
		return "what refers to it trusts nobody, and serves nobody"
	}
	return ""
}
