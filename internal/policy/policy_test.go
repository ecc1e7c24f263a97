package policy_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gwctl/gwctl/internal/policy"
	"github.com/gwctl/gwctl/internal/resource"
	"pgregory.net/rapid"
)

const group = "gateway.networking.k8s.io"

var (
	gateway = resource.ID{Group: group, Kind: "Gateway", Namespace: "shop", Name: "public"}
	set     = resource.ID{Group: group, Kind: "ListenerSet", Namespace: "shop", Name: "team"}
	route   = resource.ID{Group: group, Kind: "HTTPRoute", Namespace: "shop", Name: "orders"}

	start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
)

// targets are what policies can be attached to, by the names that tests use.
var targets = map[string]policy.Target{
	"gateway":       {ID: gateway},
	"listener":      {ID: gateway, Section: "https"},
	"set":           {ID: set},
	"set's":         {ID: set, Section: "https"},
	"route":         {ID: route},
	"rule":          {ID: route, Section: "api"},
	"another-route": {ID: resource.ID{Group: group, Kind: "HTTPRoute", Namespace: "shop", Name: "other"}},
	"namesake":      {ID: resource.ID{Group: group, Kind: "GRPCRoute", Namespace: "shop", Name: "orders"}},
	"elsewhere":     {ID: resource.ID{Group: group, Kind: "HTTPRoute", Namespace: "blog", Name: "orders"}},
}

func id(name string) resource.ID {
	return resource.ID{Group: "gateway.envoyproxy.io", Kind: "BackendTrafficPolicy", Namespace: "shop", Name: name}
}

// on is a policy with the name of its target; "+rule" merges.
func on(target string) policy.Attached {
	name, merges := strings.CutPrefix(target, "+")
	return policy.Attached{ID: id(name), Targets: []policy.Target{targets[name]}, Merges: merges, Created: start}
}

func namesOf(ids []resource.ID) string {
	var names []string
	for _, id := range ids {
		names = append(names, id.Name)
	}
	return strings.Join(names, ", ")
}

func TestTheMostSpecificPolicyHolds(t *testing.T) {
	own := policy.Place{Gateway: gateway, Listener: "https", Route: route, Rule: "api"}
	ofSet := own
	ofSet.Set = set
	unnamed := own
	unnamed.Rule = ""
	bare := policy.Place{Gateway: gateway, Listener: "https"}
	tests := []struct {
		policies string
		place    policy.Place
		want     string
	}{
		{"", own, ""},
		{"gateway", own, "gateway"},
		{"gateway listener", own, "listener"},
		{"gateway listener route", own, "route"},
		{"gateway listener route rule", own, "rule"},
		{"another-route", own, ""},
		{"namesake", own, ""},
		{"elsewhere", own, ""},
		{"set", own, ""},
		{"set's", own, ""},
		{"gateway rule", unnamed, "gateway"},
		{"route rule", unnamed, "route"},
		{"gateway route", bare, "gateway"},
		{"gateway listener route", bare, "listener"},

		{"gateway set", ofSet, "set"},
		{"gateway set set's", ofSet, "set's"},
		{"gateway listener", ofSet, "gateway"}, // a listener of the Gateway is beside those of the set
		{"listener", ofSet, ""},
		{"set set's route", ofSet, "route"},

		{"gateway +route", own, "gateway, route"},
		{"gateway listener +route", own, "listener, route"},
		{"+route", own, "route"},
		{"gateway set +route", ofSet, "set, route"},
		{"gateway set set's +rule", ofSet, "set's, rule"},
		{"gateway listener +route", ofSet, "gateway, route"},
		{"gateway +route rule", own, "rule"},
		{"gateway route +rule", own, "gateway, rule"}, // a rule's is added to what is above routes
		{"+gateway", own, "gateway"},
		{"gateway +listener", own, "listener"}, // what is above routes is never merged
	}
	for _, tt := range tests {
		t.Run(tt.policies+" gives "+tt.want, func(t *testing.T) {
			var policies []policy.Attached
			for _, target := range strings.Fields(tt.policies) {
				policies = append(policies, on(target))
			}
			if got := namesOf(policy.Resolve(policies).At(tt.place)); got != tt.want {
				t.Errorf("holds: %q, not %q", got, tt.want)
			}
		})
	}
}

func TestOfTwoOnOneTargetTheOlderHolds(t *testing.T) {
	target := []policy.Target{targets["route"]}
	young := policy.Attached{ID: id("a"), Targets: target, Created: start.Add(time.Second)}
	old := policy.Attached{ID: id("b"), Targets: []policy.Target{targets["route"], targets["gateway"]}, Created: start}
	twin := policy.Attached{ID: id("c"), Targets: target, Created: start}
	r := policy.Resolve([]policy.Attached{young, twin, old})
	if got := namesOf(r.At(policy.Place{Gateway: gateway, Listener: "https", Route: route})); got != "b" {
		t.Errorf("%q holds", got)
	}
	lost := []policy.Conflict{{Target: targets["route"], By: id("b")}}
	want := map[resource.ID][]policy.Conflict{id("a"): lost, id("c"): lost}
	if got := r.Conflicts(); !reflect.DeepEqual(got, want) {
		t.Errorf("the conflicts are %v", got)
	}
	if holder, ok := r.On(targets["gateway"]); !ok || holder != id("b") {
		t.Errorf("the gateway has %v", holder)
	}
	if holder, ok := r.On(targets["rule"]); ok {
		t.Errorf("the rule has %v", holder)
	}
}

// What holds does not depend on the order in which policies are listed, each
// target has at most one, and every policy holds at its targets or is told why
// not.
func TestAttachmentIsSettled(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all []policy.Target
		for _, target := range targets {
			all = append(all, target)
		}
		slices.SortFunc(all, policy.Target.Compare)
		var policies []policy.Attached
		for i := range rapid.IntRange(0, 8).Draw(t, "policies") {
			policies = append(policies, policy.Attached{
				ID:      id(fmt.Sprintf("p%d", i)),
				Targets: rapid.SliceOfN(rapid.SampledFrom(all), 1, 3).Draw(t, "targets"),
				Merges:  rapid.Bool().Draw(t, "merges"),
				Created: start.Add(time.Duration(rapid.IntRange(0, 2).Draw(t, "age")) * time.Second),
			})
		}
		r, shuffled := policy.Resolve(policies), policy.Resolve(rapid.Permutation(policies).Draw(t, "order"))
		if !reflect.DeepEqual(r.Conflicts(), shuffled.Conflicts()) {
			t.Fatalf("the order matters: %v, %v", r.Conflicts(), shuffled.Conflicts())
		}
		for _, p := range policies {
			for _, target := range p.Targets {
				holder, ok := r.On(target)
				lost := slices.ContainsFunc(r.Conflicts()[p.ID], func(c policy.Conflict) bool { return c.Target == target && c.By == holder })
				if !ok || (holder == p.ID) == lost {
					t.Fatalf("%s has %v; %s is told %v", target, holder, p.ID, r.Conflicts()[p.ID])
				}
			}
		}
		for _, place := range []policy.Place{
			{Gateway: gateway, Listener: "https", Route: route, Rule: "api"},
			{Gateway: gateway, Set: set, Listener: "https", Route: route},
		} {
			at := r.At(place)
			if !slices.Equal(at, shuffled.At(place)) || len(at) > 2 || len(at) == 2 && at[0] == at[1] {
				t.Fatalf("at %v hold %v, and in another order %v", place, at, shuffled.At(place))
			}
		}
	})
}
