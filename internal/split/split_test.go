package split_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/internal/split"
)

func service(name string) split.Backend {
	return split.Backend{ID: resource.ID{Kind: "Service", Namespace: "shop", Name: name}, Port: 80}
}

// route is one whose rules forward so: "api v2=1 v1=9" are the backends of a
// rule, with their weights where they have any.
func route(pairs []split.Pair, rules ...string) *resource.Object {
	var list []any
	for _, text := range rules {
		words := strings.Fields(text)
		rule := map[string]any{"name": words[0]}
		if words[0] == "-" {
			delete(rule, "name")
		}
		var refs []any
		for _, w := range words[1:] {
			name, weight, weighted := strings.Cut(w, "=")
			ref := map[string]any{"name": name, "port": int64(80)}
			if weighted {
				var n int64
				if _, err := fmt.Sscan(weight, &n); err != nil {
					panic(err)
				}
				ref["weight"] = n
			}
			refs = append(refs, ref)
		}
		rule["backendRefs"] = refs
		list = append(list, rule)
	}
	o := &resource.Object{Object: map[string]any{
		"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
		"metadata": map[string]any{"name": "checkout", "namespace": "shop"}, "spec": map[string]any{"rules": list},
	}}
	if pairs != nil {
		o.SetAnnotations(map[string]string{split.Annotation: split.Encode(pairs)})
	}
	return o
}

func TestWeightsOfCanariesAreKept(t *testing.T) {
	v2 := []split.Pair{{Stable: service("v1"), Candidate: service("v2")}}
	v3 := []split.Pair{{Stable: service("v2"), Candidate: service("v3")}}
	tests := []struct {
		name         string
		pairs        []split.Pair
		wanted, live string
		want         string
	}{
		{"before the first run stable has everything", v2, "api v2=0 v1=1000000", "api v1", "api v2=0 v1=1000000"},
		{"in the middle of a run", v2, "api v2=0 v1=1000000", "api v2=250000 v1=750000", "api v2=250000 v1=750000"},
		{"after the promotion", v2, "api v2=0 v1=1000000", "api v2=1000000 v1=0", "api v2=1000000 v1=0"},
		{"what was promoted is stable now", v3, "api v3=0 v2=1000000", "api v2=1000000 v1=0", "api v3=0 v2=1000000"},
		{"a split by variables becomes a canary's", v2, "api v2=0 v1=1000000", "api v1=90 v2=10", "api v2=100000 v1=900000"},
		{"weights that are not written are 1", v2, "api v2=0 v1=1000000", "api v1 v2", "api v2=500000 v1=500000"},
		{"nobody has a weight", v2, "api v2=0 v1=1000000", "api v2=0 v1=0", "api v2=0 v1=1000000"},
		{"weights that make no sense", v2, "api v2=0 v1=1000000", "api v2=-5 v1=9000000000", "api v2=0 v1=1000000"},
		{"another rule's weights are another's", v2, "api v2=0 v1=1000000", "old v2=250000 v1=750000", "api v2=0 v1=1000000"},
		{"rules without names go by their order", v2, "- v2=0 v1=1000000", "- v2=250000 v1=750000", "- v2=250000 v1=750000"},
		{"rules that no canary divides", v2, "help v2=3 v4=1", "help v2=1 v4=3", "help v2=3 v4=1"},
		{"routes that no canary divides", nil, "api v2=1 v1=9", "api v2=9 v1=1", "api v2=1 v1=9"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wanted, live := route(tt.pairs, tt.wanted), route(tt.pairs, tt.live)
			before := wanted.DeepCopy()
			got := split.Keep(wanted, live)
			if diff := cmp.Diff(route(tt.pairs, tt.want).Object, got.Object); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(before.Object, wanted.Object); diff != "" {
				t.Errorf("the wanted object was changed: %s", diff)
			}
		})
	}
}

func TestPairsAreTheSameInAnyOrder(t *testing.T) {
	a, b := split.Pair{Stable: service("v1"), Candidate: service("v2")}, split.Pair{Stable: service("w1"), Candidate: service("w2")}
	if one, other := split.Encode([]split.Pair{a, b, a}), split.Encode([]split.Pair{b, a}); one != other {
		t.Errorf("%s and %s", one, other)
	}
	if got := split.Of(route([]split.Pair{b, a}, "api v2")); len(got) != 2 || got[0] != a || got[1] != b {
		t.Errorf("%+v", got)
	}
}

func TestAnyLiveObjectCanBeLookedAt(t *testing.T) {
	wanted := route([]split.Pair{{Stable: service("v1"), Candidate: service("v2")}}, "api v2=0 v1=1000000")
	for _, text := range []string{`{}`, `{"spec":1}`, `{"spec":{"rules":[null,{"name":"api","backendRefs":[null,{"name":1,"weight":"x"}]}]}}`} {
		var live resource.Object
		if err := json.Unmarshal([]byte(text), &live.Object); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(wanted.Object, split.Keep(wanted, &live).Object); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
	wanted.SetAnnotations(map[string]string{split.Annotation: "no JSON"})
	if got := split.Keep(wanted, wanted); got != wanted {
		t.Error("what an annotation does not say was kept")
	}
}
