package kinds

import (
	"fmt"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/internal/split"
	"github.com/hashicorp/hcl/v2"
)

// Compose fills the Objects of resources: it encodes each block and folds what
// several contribute to one object. Scopes are keyed by Resource.Provider.
// What is wrong in a block leaves out the field concerned, so that Validate can
// report the rest in the same run.
func Compose(rs []*resource.Resource, scopes map[string]Scope) hcl.Diagnostics {
	return compose(rs, scopes, ByName)
}

// target is an object on the target of one provider.
type target struct {
	provider string
	id       resource.ID
}

// part is what one resource contributes to an object.
type part struct {
	r *resource.Resource
	k *Kind
	f *Fragment
}

func compose(rs []*resource.Resource, scopes map[string]Scope, byName func(string) (*Kind, bool)) hcl.Diagnostics {
	routes, diags := divide(rs, scopes)
	blocks := make(map[resource.Address]*resource.Block, len(rs))
	for _, r := range rs {
		blocks[r.Address] = r.Block
	}
	siblings := func(a resource.Address) (*resource.Block, bool) {
		b, ok := blocks[a]
		return b, ok && b != nil
	}
	made := make(map[target][]part, len(rs))
	for _, r := range rs {
		k, ok := byName(r.Address.Kind)
		if !ok || r.Block == nil {
			continue
		}
		r.Objects = nil
		f := encode(k, r, scopes[r.Provider], nil)
		if pairs := routes[r.Address]; pairs != nil {
			f.annotate(split.Annotation, split.Encode(pairs), within(r.Block))
		}
		if k.Check != nil {
			k.Check(r.Block, siblings, f)
		}
		diags = append(diags, f.diags...)
		if f.none {
			continue
		}
		t := target{r.Provider, f.ID}
		first, taken := made[t]
		if !taken {
			r.Objects = []*resource.Object{{Object: f.root}}
			made[t] = []part{{r, k, f}}
			continue
		}
		problems := join(first, part{r, k, f})
		diags = append(diags, problems...)
		if !problems.HasErrors() {
			made[t] = append(first, part{r, k, f})
			r.Objects = first[0].r.Objects
		}
	}
	diags = append(diags, checkRivals(rs, siblings)...)
	return append(diags, checkPolicies(rs)...)
}

// encode turns the block of a resource into a fragment.
func encode(k *Kind, r *resource.Resource, in Scope, tr *trace) *Fragment {
	f := &Fragment{Address: r.Address, Scope: in, ID: k.identify(r.Block, r.Address, in), root: make(map[string]any, 4), trace: tr}
	k.Encode(r.Block, f)
	if !f.none && !k.makesAny() {
		checkName(r.Block, f)
		encodeMetadata(k, r.Block, f)
	}
	return f
}

// join folds one more part into an object that others have begun.
func join(first []part, next part) hcl.Diagnostics {
	owner := first[0]
	if next.k.Shared == nil || owner.k.Shared == nil {
		return hcl.Diagnostics{{
			Severity: hcl.DiagError,
			Summary:  "Two blocks make one object",
			Detail: fmt.Sprintf("%s and %s (%s) both make %s. %s",
				next.r.Address, owner.r.Address, place(owner.r.Block.Range), next.f.ID, tellApart(owner, next)),
			Subject: next.r.Block.Range.Ptr(),
		}}
	}
	var diags hcl.Diagnostics
	for _, path := range fold(owner.f.root, next.f.root, "", next.k.Shared.Appends) {
		other, before := owner, owner.r.Block.Range
		for _, p := range first {
			if at, ok := p.setter(path); ok {
				other, before = p, at
			}
		}
		at, ok := next.setter(path)
		if !ok {
			at, _ = next.sources().Find(path)
		}
		diags = append(diags, &hcl.Diagnostic{
			Severity: hcl.DiagError,
			Summary:  "Two blocks set one field",
			Detail: fmt.Sprintf("%s and %s (%s) share %s, and both set its %s, to different values. Keep one of them.",
				next.r.Address, other.r.Address, place(before), next.f.ID, path),
			Subject: at.Ptr(),
		})
	}
	return diags
}

// setter returns where a field is set, or the first of its elements.
func (p part) setter(path string) (hcl.Range, bool) {
	sources := p.sources()
	at, ok := sources[path+"[0]"]
	if !ok {
		at, ok = sources[path]
	}
	return at, ok
}

func (p part) sources() resource.Sources { return retrace(p.k, p.r, p.f.Scope).sources }
