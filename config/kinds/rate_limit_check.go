package kinds

import (
	"encoding/json"
	"fmt"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/hashicorp/hcl/v2"
)

// givenLimits are the rules of a policy, by all that they say but how many
// requests pass.
type givenLimits map[string]givenLimit

type givenLimit struct {
	r    *resource.Resource
	rule *resource.Block
}

// check reports rules that count the same requests in the same unit as another:
// they contradict each other, or say one thing twice.
func (given givenLimits) check(r *resource.Resource) hcl.Diagnostics {
	if r.Address.Kind != rateLimit.Name {
		return nil
	}
	var diags hcl.Diagnostics
	scope, _ := valueOf(r.Block, "scope").(string)
	for _, rule := range r.Block.BlocksOf("rule") {
		f := &Fragment{root: map[string]any{}}
		encodeLimitRule(rule, f.Root(), scope)
		if f.diags.HasErrors() {
			continue
		}
		for _, v := range f.root["rules"].([]any) {
			said := v.(map[string]any)
			delete(said, "xRateLimitHeaders")
			limit, _ := said["limit"].(map[string]any)
			delete(limit, "requests")
			key, err := json.Marshal(said)
			if err != nil {
				continue // of no type that objects have, which is reported elsewhere
			}
			other, twice := given[scope+string(key)]
			if !twice {
				given[scope+string(key)] = givenLimit{r, rule}
				continue
			}
			diags = append(diags, twoLimits(r, rule, other))
			break
		}
	}
	return diags
}

func twoLimits(r *resource.Resource, rule *resource.Block, other givenLimit) *hcl.Diagnostic {
	d := &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Two limits that contradict", Subject: rule.Range.Ptr()}
	if a := argument(rule, "limit"); a != nil {
		d.Subject = a.Range.Ptr()
	}
	mine, its := valueOf(rule, "limit"), valueOf(other.rule, "limit")
	if mine == its {
		d.Summary = "Limit given twice"
	}
	d.Detail = fmt.Sprintf("%s of %s and %s of %s (%s) count the same requests: here %v pass, and there %v. Keep one of them.",
		title(rule), r.Address, title(other.rule), other.r.Address, place(other.rule.Range), mine, its)
	return d
}
