package views

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/gwctl/gwctl/internal/policy"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
)

func TestAPlanShowsTheLimitsOfRoutes(t *testing.T) {
	all := policy.Limit{Text: "1000/second", Scope: policy.Local, Policy: resource.ID{Kind: "BackendTrafficPolicy", Namespace: "shop", Name: "theirs"}}
	key := policy.Limit{Text: "100/minute per x-api-key", Scope: policy.Global, Block: "rate_limit.orders", Rule: "key"}
	p := &planner.Plan{Limits: []planner.LimitChange{
		{Route: "http_route.cart", At: "rule api", Before: []policy.Limit{all}},
		{Route: "http_route.orders", Before: []policy.Limit{all}, After: []policy.Limit{all, key}},
	}}
	const want = `Rate limits that change:
  http_route.cart, rule api
    - 1000/second, local   BackendTrafficPolicy shop/theirs
      no limit any more
  http_route.orders
      1000/second, local   BackendTrafficPolicy shop/theirs
    + 100/minute per x-api-key, global   rate_limit.orders, rule "key"
`
	if got := planToText(Options{}, p); !strings.HasPrefix(got, want) {
		t.Errorf("it shows\n%s", got)
	}
	doc, err := json.Marshal(planDocument("0.1.0", p, nil, nil))
	if err != nil || !strings.Contains(string(doc), `"rate_limit_changes":[{"route":"http_route.cart","at":"rule api","before":[{"limit":"1000/second"`) || !strings.Contains(string(doc), `"after":[]`) {
		t.Errorf("%v: %s", err, doc)
	}
}
