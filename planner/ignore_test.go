package planner_test

import (
	"testing"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
)

// Paths of ignore_changes name blocks as people write them where they are.
func TestPathsNameForwards(t *testing.T) {
	for _, tc := range []struct{ forward, module, path string }{
		{`backend.orders`, "", `rule.api.forward.backend.orders.weight`},
		{`backend.orders["blue"]`, "", `rule.api.forward.backend.orders["blue"].weight`},
		{`module.shop.backend.orders`, "", `rule.api.forward.module.shop.backend.orders.weight`},
		{`module.shop.backend.orders`, "module.shop", `rule.api.forward.backend.orders.weight`},
		{`module.shop["eu"].backend.orders[0]`, `module.shop["eu"]`, `rule.api.forward.backend.orders[0].weight`},
		{`infra/orders:8080`, "", `rule.api.forward.infra/orders:8080.weight`},
	} {
		own, live := ruleWith(tc.forward, 90), ruleWith(tc.forward, 30)
		planner.TakePath(own, live, tc.path, tc.module)
		if weight := own.Blocks[0].Blocks[1].Attr("weight").Value; weight != int64(30) {
			t.Errorf("%s does not name the forward to %s in %q", tc.path, tc.forward, tc.module)
		}
		if weight := own.Blocks[0].Blocks[0].Attr("weight").Value; weight != int64(90) {
			t.Errorf("%s names another forward than %s", tc.path, tc.forward)
		}
	}
}

func ruleWith(forward string, weight int64) *resource.Block {
	to := func(key string) *resource.Block {
		return &resource.Block{Type: "forward", Key: key, Attrs: []resource.Attr{{Name: "weight", Value: weight}}}
	}
	return &resource.Block{Type: "http_route", Blocks: []*resource.Block{
		{Type: "rule", Label: "api", Blocks: []*resource.Block{to("backend.other"), to(forward)}},
	}}
}
