package kinds

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/hashicorp/hcl/v2"
)

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

// explainFinding says what others found as explain says what the schema did.
func explainFinding(f Finding, tr *trace, a resource.Address) *hcl.Diagnostic {
	d := &hcl.Diagnostic{Severity: f.Severity, Summary: f.Summary}
	if at, ok := tr.sources.Find(f.Path); ok {
		d.Subject = at.Ptr()
	}
	d.Detail = fmt.Sprintf("%s: %s.", subjectOf(f.Path, tr.words, a), strings.TrimSuffix(f.Text, "."))
	if f.Path == "" {
		d.Detail += fmt.Sprintf("\n(%s)", resource.IDOf(f.Object))
	} else {
		d.Detail += fmt.Sprintf("\n(%s of %s)", f.Path, resource.IDOf(f.Object))
	}
	return d
}
