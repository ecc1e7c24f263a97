package planner_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gwctl/gwctl/planner"
	"github.com/gwctl/gwctl/planner/plannertest"
)

// sharedBase is what the policies of the tests are for.
const sharedBase = `
provider "xds" {}
gateway "public" {
  listener "http" { port = 80 }
}
backend "orders" { endpoints = ["10.0.0.1:80"] }
http_route "orders" {
  gateway = gateway.public
  rule "all" {
    forward { to = backend.orders }
  }
}
`

// limit is a rate_limit block of one rule.
func limit(name, rule, limit string) string {
	return `
rate_limit "` + name + `" {
  target = http_route.orders
  scope  = "global"
  rule "` + rule + `" {
    per_header = "x-` + rule + `"
    limit      = "` + limit + `"
  }
}
`
}

// each is a rate_limit block with an instance for each name.
func each(names ...string) string {
	return `
rate_limit "each" {
  for_each = toset(["` + strings.Join(names, `", "`) + `"])
  target   = http_route.orders
  scope    = "global"
  rule "user" {
    per_header = each.key
    limit      = "5/minute"
  }
}
`
}

func TestBlocksOfOnePolicyChangeApart(t *testing.T) {
	moved := func(from, to string) string {
		return "\nmoved {\n  from = rate_limit." + from + "\n  to   = rate_limit." + to + "\n}\n"
	}
	tests := []struct {
		name          string
		before, after string
		want          string // of the policies
	}{
		{
			"one of two gets another limit",
			limit("a", "key", "1/hour") + limit("b", "user", "2/hour"),
			limit("a", "key", "1/hour") + limit("b", "user", "3/hour"), `
no-op rate_limit.a
update rate_limit.b: changed in the configuration
  ~ rule user
    ~ limit: 2/hour -> 3/hour
object: update BackendTrafficPolicy default/httproute-orders
plan: 0 to add, 1 to change, 0 to destroy`,
		},
		{
			"the rule of one gets another name",
			limit("a", "key", "1/hour") + limit("b", "user", "2/hour"),
			strings.Replace(limit("a", "key", "1/hour"), `rule "key"`, `rule "another"`, 1) + limit("b", "user", "2/hour"), `
update rate_limit.a: changed in the configuration
  + rule another
    + limit: <nil> -> 1/hour
    + per_header: <nil> -> x-key
  - rule key
    - limit: 1/hour -> <nil>
    - per_header: x-key -> <nil>
no-op rate_limit.b
object: update BackendTrafficPolicy default/httproute-orders
plan: 0 to add, 1 to change, 0 to destroy`,
		},
		{
			"a second one comes",
			limit("b", "key", "1/hour"),
			limit("b", "key", "1/hour") + limit("a", "user", "2/hour"), `
create rate_limit.a: others share its object, which is live
no-op rate_limit.b
object: update BackendTrafficPolicy default/httproute-orders
plan: 1 to add, 0 to change, 0 to destroy`,
		},
		{
			"one of two goes",
			limit("a", "key", "1/hour") + limit("b", "user", "2/hour"),
			limit("b", "user", "2/hour"), `
delete rate_limit.a: not in the configuration any more; others share its object, which stays
no-op rate_limit.b
object: update BackendTrafficPolicy default/httproute-orders
plan: 0 to add, 0 to change, 1 to destroy`,
		},
		{
			"the last one goes",
			limit("a", "key", "1/hour"), "", `
delete rate_limit.a: not in the configuration any more
object: delete BackendTrafficPolicy default/httproute-orders
plan: 0 to add, 0 to change, 1 to destroy`,
		},
		{
			"the only one is renamed",
			limit("a", "key", "1/hour"), limit("c", "key", "1/hour"), `
move rate_limit.c (was rate_limit.a): its object is the same
object: update BackendTrafficPolicy default/httproute-orders
plan: 0 to add, 0 to change, 0 to destroy`,
		},
		{
			"the only one is renamed, with another limit",
			limit("a", "key", "1/hour"), limit("c", "key", "2/hour"), `
update rate_limit.c (was rate_limit.a): changed in the configuration
  ~ rule key
    ~ limit: 1/hour -> 2/hour
object: update BackendTrafficPolicy default/httproute-orders
plan: 0 to add, 1 to change, 0 to destroy`,
		},
		{
			"one of two is moved",
			limit("a", "key", "1/hour") + limit("b", "user", "2/hour"),
			limit("b", "user", "2/hour") + limit("c", "key", "1/hour") + moved("a", "c"), `
no-op rate_limit.b
move rate_limit.c (was rate_limit.a): a moved block says so
object: update BackendTrafficPolicy default/httproute-orders
plan: 0 to add, 0 to change, 0 to destroy`,
		},
		{
			"one of two is moved, with another limit",
			limit("a", "key", "1/hour") + limit("b", "user", "2/hour"),
			limit("b", "user", "2/hour") + limit("c", "key", "3/hour") + moved("a", "c"), `
no-op rate_limit.b
update rate_limit.c (was rate_limit.a): changed in the configuration
  ~ rule key
    ~ limit: 1/hour -> 3/hour
object: update BackendTrafficPolicy default/httproute-orders
plan: 0 to add, 1 to change, 0 to destroy`,
		},
		{
			"an instance comes and one goes",
			each("x-a", "x-b"), each("x-b", "x-c"), `
delete rate_limit.each["x-a"]: not in the configuration any more; others share its object, which stays
no-op rate_limit.each["x-b"]
create rate_limit.each["x-c"]: others share its object, which is live
object: update BackendTrafficPolicy default/httproute-orders
plan: 1 to add, 0 to change, 1 to destroy`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := plannertest.NewWorld()
			w.Apply(t, mustPlan(t, limitsInput(t, w, tt.before)))
			if again := mustPlan(t, limitsInput(t, w, tt.before)); !again.Empty() {
				t.Errorf("a plan after the apply is not empty:\n%s", describe(again, nil))
			}
			p := mustPlan(t, limitsInput(t, w, tt.after))
			if got := ofPolicies(describe(p, nil), strings.Contains(tt.want, "\n  ")); got != strings.TrimPrefix(tt.want, "\n") {
				t.Errorf("another plan:\n%s", got)
			}
			w.Apply(t, p)
			if again := mustPlan(t, limitsInput(t, w, tt.after)); !again.Empty() {
				t.Errorf("a plan after the second apply is not empty:\n%s", describe(again, nil))
			}

			in := limitsInput(t, w, tt.after)
			in.Prior, in.StateSerial, in.Owner.Lineage, in.Adopt = nil, 0, "lineage-new", true
			found, diags := planner.Make(in)
			if c := found.Counts(); diags.HasErrors() || c.Add+c.Change+c.Destroy > 0 {
				t.Errorf("the state is not rebuilt:\n%s", describe(found, diags))
			}
		})
	}
}

// A plan says all limits of the routes for which any of them changes, whatever
// block they come from, and a saved one says the same.
func TestAPlanSaysTheLimitsOfRoutesThatChange(t *testing.T) {
	const gateway = `
rate_limit "public" {
  target = gateway.public
  scope  = "local"
  rule "all" { limit = "1000/second" }
}
`
	const merges = `
rate_limit "orders" {
  target = http_route.orders
  scope  = "global"
  merge  = true
  rule "key" {
    per_header = "x-api-key"
    limit      = "100/minute"
  }
}
`
	all := `{1000/second local BackendTrafficPolicy default/gateway-public rate_limit.public all}`
	key := `{100/minute per x-api-key global BackendTrafficPolicy default/httproute-orders rate_limit.orders key}`
	w := plannertest.NewWorld()
	for _, step := range []struct{ text, want string }{
		{"", ""},
		{gateway, "http_route.orders : [] -> [" + all + "]"},
		{gateway + merges, "http_route.orders : [" + all + "] -> [" + all + " " + key + "]"},
		{gateway + strings.Replace(merges, "  merge  = true\n", "", 1), "http_route.orders : [" + all + " " + key + "] -> [" + key + "]"},
		{gateway, "http_route.orders : [" + key + "] -> [" + all + "]"},
		{gateway, ""},
		{"", "http_route.orders : [" + all + "] -> []"},
	} {
		p := mustPlan(t, limitsInput(t, w, step.text))
		saved, err := planner.Decode(planner.Encode(p))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range []*planner.Plan{p, saved} {
			got := ""
			for _, l := range p.Limits {
				got += fmt.Sprintf("%s %s: %v -> %v", l.Route, l.At, l.Before, l.After)
			}
			if got != step.want {
				t.Errorf("the plan of%s\nsays\n%s, and not\n%s", step.text, got, step.want)
			}
		}
		w.Apply(t, p)
	}
}

func limitsInput(t testing.TB, w *plannertest.World, text string) planner.Input {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.hcl"), []byte(sharedBase+text), 0o600); err != nil {
		t.Fatal(err)
	}
	return examplesInput(t, w, dir)
}

// ofPolicies leaves of a plan's description what is about policies, with what
// changes in them or without.
func ofPolicies(text string, changes bool) string {
	var out []string
	mine := false
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if !strings.HasPrefix(line, " ") {
			mine = !strings.HasPrefix(line, "limits: ") && (strings.Contains(line, "rate_limit.") || strings.Contains(line, "BackendTrafficPolicy") || strings.HasPrefix(line, "plan: "))
		}
		line, _, _ = strings.Cut(line, " at ")
		line, _, _ = strings.Cut(line, ", after ")
		if mine && (changes || !strings.HasPrefix(line, " ")) {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}
