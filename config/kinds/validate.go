package kinds

import (
	"context"
	"fmt"
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
	if !ok || k.Shared == nil {
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
