package main

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/gwctl/gwctl/config"
	"github.com/gwctl/gwctl/config/kinds"
	"github.com/gwctl/gwctl/internal/referencegrant"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/internal/topology"
)

// warnUnpermitted tells of references from one block to another in a namespace
// where no ReferenceGrant of the configuration permits them. Somebody else may
// have one there, so that it is no error.
func warnUnpermitted(cfg *config.Config) hcl.Diagnostics {
	grants := map[string][]*referencegrant.Grant{} // by provider
	for _, r := range cfg.Resources {
		for _, o := range r.Objects {
			if g := grantOf(o); g != nil {
				grants[r.Provider] = append(grants[r.Provider], g)
			}
		}
	}
	var found []kinds.Finding
	for _, r := range cfg.Resources {
		for _, o := range r.Objects {
			found = append(found, unpermitted(r, o, grants[r.Provider])...)
		}
	}
	return kinds.Explain(cfg.Resources, found)
}

func unpermitted(r *resource.Resource, o *resource.Object, grants []*referencegrant.Grant) []kinds.Finding {
	from := resource.IDOf(o)
	var away map[resource.ID]resource.Address // what blocks elsewhere make or name
	r.Block.EachRef(func(ref resource.Ref) {
		if !ref.Address.IsZero() && ref.ID.Namespace != "" && ref.ID.Namespace != from.Namespace && !referencegrant.Permits(grants, from, ref.ID) {
			if away == nil {
				away = map[resource.ID]resource.Address{}
			}
			away[ref.ID] = ref.Address
		}
	})
	if away == nil {
		return nil
	}
	var found []kinds.Finding
	for _, ref := range topology.References(o) {
		a, ok := away[ref.To]
		if !ok || ref.To.Group == topology.Gateway.Group {
			continue // parents say themselves which routes they take
		}
		found = append(found, kinds.Finding{
			Object: o, Path: ref.Path, Severity: hcl.DiagWarning, Summary: "Reference that nothing permits",
			Text: fmt.Sprintf("%s is in namespace %s, and no ReferenceGrant there that the configuration makes lets %ss of namespace %s refer to it. Unless somebody else makes one, the reference leads nowhere", a, ref.To.Namespace, from.Kind, from.Namespace),
		})
	}
	return found
}

// grantOf reads a ReferenceGrant of any version; nil for other objects.
func grantOf(o *resource.Object) *referencegrant.Grant {
	if id := resource.IDOf(o); id.Group != topology.Gateway.Group || id.Kind != "ReferenceGrant" {
		return nil
	}
	g := &referencegrant.Grant{Namespace: o.GetNamespace()}
	spec, _ := o.Object["spec"].(map[string]any)
	if runtime.DefaultUnstructuredConverter.FromUnstructured(spec, &g.ReferenceGrantSpec) != nil {
		return nil // its schema says what is wrong with it
	}
	return g
}
