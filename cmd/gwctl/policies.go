package main

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/gwctl/gwctl/config"
	"github.com/gwctl/gwctl/config/kinds"
	"github.com/gwctl/gwctl/internal/resource"
)

// policyTarget is what a policy of a provider's target is for.
type policyTarget struct {
	provider string
	id       resource.ID
	section  string // "" for the whole of it
}

// conflictingPolicies reports BackendTLSPolicies for one target. The Gateway API
// has one of them in force: the older one, or of two that are equally old the
// first by name.
func conflictingPolicies(cfg *config.Config) hcl.Diagnostics {
	first := map[policyTarget]*resource.Resource{}
	var found []kinds.Finding
	for _, r := range cfg.Resources {
		for _, o := range r.Objects {
			for i, target := range policyTargets(r.Provider, o) {
				other, taken := first[target]
				if !taken {
					first[target] = r
					continue
				}
				found = append(found, kinds.Finding{
					Object: o, Path: fmt.Sprintf("spec.targetRefs[%d]", i), Severity: hcl.DiagError, Summary: "Two policies for one backend",
					Text: fmt.Sprintf("%s (%s line %d) is for it already, and one policy alone can be in force. Keep one of them, or give each a section of its own", other.Address, other.Range.Filename, other.Range.Start.Line),
				})
			}
		}
	}
	return kinds.Explain(cfg.Resources, found)
}

func policyTargets(provider string, o *resource.Object) []policyTarget {
	if o.GetKind() != "BackendTLSPolicy" {
		return nil
	}
	refs, _, _ := unstructured.NestedSlice(o.Object, "spec", "targetRefs")
	out := make([]policyTarget, len(refs))
	for i, ref := range refs {
		fields, _ := ref.(map[string]any)
		text := func(key string) string {
			s, _ := fields[key].(string)
			return s
		}
		out[i] = policyTarget{provider, resource.ID{Group: text("group"), Kind: text("kind"), Namespace: o.GetNamespace(), Name: text("name")}, text("sectionName")}
	}
	return out
}
