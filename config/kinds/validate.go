package kinds

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gwctl/gwctl/internal/crd"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/hashicorp/hcl/v2"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Validate reports what the API server would refuse in the objects of the
// resources, at the lines that set it. It looks at resources that Compose has
// filled; a nil cache remembers nothing.
func Validate(ctx context.Context, rs []*resource.Resource, cache *crd.Cache) hcl.Diagnostics {
	var objects []*resource.Object
	var owners []*resource.Resource
	seen := make(map[*resource.Object]bool, len(rs))
	for _, r := range rs {
		for _, o := range r.Objects {
			if !seen[o] && crd.Known(o.GroupVersionKind()) {
				seen[o] = true
				objects, owners = append(objects, o), append(owners, r)
			}
		}
	}
	found, err := cache.Validate(ctx, objects...)
	if err != nil {
		return hcl.Diagnostics{{
			Severity: hcl.DiagError, Summary: "Validation interrupted",
			Detail: fmt.Sprintf("Not all objects were validated: %s.", err),
		}}
	}
	var diags hcl.Diagnostics
	for i, problems := range found {
		if len(problems) > 0 {
			diags = append(diags, explainAll(problems, objects[i], authors(rs, owners[i], objects[i]))...)
		}
	}
	return gather(diags)
}

// authors returns the resources that share an object.
func authors(rs []*resource.Resource, owner *resource.Resource, o *resource.Object) []*resource.Resource {
	k, ok := ByName(owner.Address.Kind)
	if !ok || !k.Shared {
		return []*resource.Resource{owner}
	}
	var out []*resource.Resource
	for _, r := range rs {
		for _, have := range r.Objects {
			if have == o {
				out = append(out, r)
			}
		}
	}
	return out
}

func explainAll(problems field.ErrorList, o *resource.Object, authors []*resource.Resource) hcl.Diagnostics {
	tr := traced(o, authors)
	var diags hcl.Diagnostics
	for _, problem := range problems {
		d := explain(problem, o, tr, authors[0].Address)
		if d.Subject != nil && slices.Contains(tr.known, *d.Subject) {
			continue // Compose has said so, in better words
		}
		diags = append(diags, d)
	}
	return diags
}

// traced finds out where the fields of an object were written.
func traced(o *resource.Object, authors []*resource.Resource) *trace {
	tr := &trace{sources: resource.Sources{}, words: map[string]string{}}
	for _, r := range authors {
		part := &trace{sources: resource.Sources{"": r.Range}}
		if k, ok := ByName(r.Address.Kind); ok && r.Block != nil {
			part = retrace(k, r, scopeOf(r, o))
		}
		maps.Copy(tr.sources, part.sources)
		maps.Copy(tr.words, part.words)
		tr.known = append(tr.known, part.known...)
	}
	return tr
}

// scopeOf is the scope that an object was made in, as far as encoding it again
// depends on it.
func scopeOf(r *resource.Resource, o *resource.Object) Scope {
	typ, _, _ := strings.Cut(r.Provider, ".")
	return Scope{Namespace: o.GetNamespace(), Provider: typ, Class: "any"}
}

// Finding is what somebody else than the schema found wrong with an object.
type Finding struct {
	Object   *resource.Object
	Path     string // of the field, "" for the object as a whole
	Severity hcl.DiagnosticSeverity
	Summary  string
	Text     string
}

// Explain reports findings in HCL's words, each at the line that set the field,
// unless Compose has said already what is wrong there. The objects are those of
// the resources.
func Explain(rs []*resource.Resource, findings []Finding) hcl.Diagnostics {
	if len(findings) == 0 {
		return nil
	}
	owners := make(map[*resource.Object]*resource.Resource, len(rs))
	for _, r := range rs {
		for _, o := range r.Objects {
			if owners[o] == nil {
				owners[o] = r
			}
		}
	}
	traces := map[*resource.Object]*trace{}
	var diags hcl.Diagnostics
	for _, f := range findings {
		owner := owners[f.Object]
		if owner == nil {
			continue
		}
		if traces[f.Object] == nil {
			traces[f.Object] = traced(f.Object, authors(rs, owner, f.Object))
		}
		d := explainFinding(f, traces[f.Object], owner.Address)
		if d.Subject == nil || !slices.Contains(traces[f.Object].known, *d.Subject) {
			diags = append(diags, d)
		}
	}
	return gather(diags)
}

// gather says once what is wrong at one line in the objects of many instances.
func gather(diags hcl.Diagnostics) hcl.Diagnostics {
	type problem struct {
		at   hcl.Range
		what string
	}
	first := make(map[problem]*hcl.Diagnostic, len(diags))
	more := make(map[*hcl.Diagnostic]int)
	var out hcl.Diagnostics
	for _, d := range diags {
		if d.Subject == nil {
			out = append(out, d)
			continue
		}
		what, _, _ := strings.Cut(d.Detail, "\n")
		key := problem{*d.Subject, what}
		if known, ok := first[key]; ok {
			more[known]++
			continue
		}
		first[key] = d
		out = append(out, d)
	}
	for d, n := range more {
		d.Detail = fmt.Sprintf("%s, and in %d more places)", strings.TrimSuffix(d.Detail, ")"), n)
	}
	return out
}
