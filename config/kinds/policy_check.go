package kinds

import (
	"fmt"

	"github.com/gwctl/gwctl/internal/policy"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/hashicorp/hcl/v2"
)

// checkPolicies reports policies that speak against each other: two objects for
// one target, of which Envoy Gateway would take the older, and blocks of one
// object that want to hold in different ways.
func checkPolicies(rs []*resource.Resource) hcl.Diagnostics {
	var diags hcl.Diagnostics
	type place struct {
		provider string
		kind     string // of policies
		policy.Target
	}
	holders := map[place]*resource.Resource{}
	firsts := map[*resource.Object]*resource.Resource{}
	globals := map[*resource.Object]*resource.Resource{}
	limits := map[*resource.Object]givenLimits{}
	for _, r := range rs {
		if len(r.Objects) == 0 || r.Address.Kind == "manifest" || !isPolicy(r.Objects[0]) {
			continue
		}
		o := r.Objects[0]
		if firsts[o] == nil {
			firsts[o], limits[o] = r, givenLimits{}
		}
		if globals[o] == nil && valueOf(r.Block, "scope") == policy.Global {
			globals[o] = r
		}
		for _, t := range targetsOf(r.Block) {
			if t.ID.Namespace == "" {
				t.ID.Namespace = o.GetNamespace()
			}
			if t.ID.Namespace != o.GetNamespace() {
				continue // which is said of the block itself
			}
			at := place{r.Provider, o.GetKind(), t}
			if other := holders[at]; other != nil && other.Objects[0] != o {
				diags = append(diags, twoPolicies(r, other, t))
			} else {
				holders[at] = r
			}
		}
		if o.GetKind() != trafficPolicyObject.Kind {
			continue // a block has its object for itself
		}
		diags = append(diags, checkAgreement(r, firsts[o], "merge")...)
		if valueOf(r.Block, "scope") == policy.Global {
			diags = append(diags, checkAgreement(r, globals[o], "limiter_down")...)
		}
		diags = append(diags, limits[o].check(r)...)
	}
	return diags
}

// isPolicy reports whether an object is one that targets have one of.
func isPolicy(o *resource.Object) bool {
	gvk := o.GroupVersionKind()
	return gvk == trafficPolicyObject || gvk == clientPolicyObject
}

func twoPolicies(r, other *resource.Resource, t policy.Target) *hcl.Diagnostic {
	at := r.Range
	for _, g := range givenTargets(r.Block) {
		if g.ref.ID.Name == t.ID.Name && g.ref.ID.Kind == t.ID.Kind {
			at = g.by.at
		}
	}
	instead := "Blocks with the same target and section share an object: say the same in both, and leave out name."
	if k, ok := ByName(r.Address.Kind); ok && k.Shared == nil {
		instead = "Keep one of them."
	}
	return &hcl.Diagnostic{
		Severity: hcl.DiagError,
		Summary:  "Two policies on one target",
		Detail: fmt.Sprintf("%s and %s (%s) are both for %s, as two objects: %s and %s. A target has one policy, and the younger would not hold. %s",
			r.Address, other.Address, place(other.Block.Range), t, resource.IDOf(r.Objects[0]).Name, resource.IDOf(other.Objects[0]).Name, instead),
		Subject: at.Ptr(),
	}
}

// checkAgreement compares what two blocks of one object say of all of it.
func checkAgreement(r, first *resource.Resource, name string) hcl.Diagnostics {
	mine, its := said(r.Block, name), said(first.Block, name)
	if mine == its {
		return nil
	}
	at := r.Block.Range
	if a := argument(r.Block, name); a != nil {
		at = a.Range
	}
	return hcl.Diagnostics{{
		Severity: hcl.DiagError,
		Summary:  "Two blocks of one policy disagree",
		Detail: fmt.Sprintf("%s and %s (%s) share %s, and %s holds for all of it: here it is %s, and there %s. Say the same in both.",
			r.Address, first.Address, place(first.Block.Range), resource.IDOf(r.Objects[0]), name, mine, its),
		Subject: at.Ptr(),
	}}
}

// said writes what an argument says, or holds where it says nothing.
func said(b *resource.Block, name string) string {
	switch v := valueOf(b, name).(type) {
	case bool:
		return fmt.Sprint(v)
	case string:
		return fmt.Sprintf("%q", v)
	}
	if name == "merge" {
		return "false"
	}
	return `"open"`
}
