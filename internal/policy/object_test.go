package policy_test

import (
	"reflect"
	"testing"

	"github.com/gwctl/gwctl/internal/policy"
	"github.com/gwctl/gwctl/internal/resource"
	"sigs.k8s.io/yaml"
)

func object(t *testing.T, text string) *resource.Object {
	t.Helper()
	o := &resource.Object{}
	if err := yaml.Unmarshal([]byte(text), &o.Object); err != nil {
		t.Fatal(err)
	}
	return o
}

func TestObjectsSayWhatTheyAreAttachedTo(t *testing.T) {
	got, err := policy.Of(object(t, `
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: BackendTrafficPolicy
metadata: {name: limits, namespace: shop, creationTimestamp: "2026-01-01T00:00:00Z"}
spec:
  mergeType: StrategicMerge
  targetRef: {group: gateway.networking.k8s.io, kind: Gateway, name: public, sectionName: https}
  targetRefs:
  - {group: gateway.networking.k8s.io, kind: HTTPRoute, name: orders}
`))
	want := policy.Attached{ID: id("limits"), Merges: true, Created: start, Targets: []policy.Target{targets["route"], targets["listener"]}}
	if err != nil || !got.Created.Equal(start) {
		t.Fatal(got, err)
	}
	got.Created = start
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	if _, err := policy.Of(object(t, `{kind: BackendTrafficPolicy, metadata: {name: x}, spec: {targetRefs: 7}}`)); err == nil {
		t.Error("a number was read as targets")
	}
}

func TestRulesHaveTheNamesOfTheirBlocks(t *testing.T) {
	o := object(t, `
kind: BackendTrafficPolicy
metadata:
  name: limits
  annotations:
    gwctl.dev/rate-limits: |-
      global rate_limit.orders key
      local rate_limit.burst all
      global module.eu.rate_limit.each["a b"] address
      not a line
`)
	each := resource.Address{Module: "module.eu", Kind: "rate_limit", Name: "each", Key: `["a b"]`}
	want := []policy.Origin{
		{Scope: policy.Global, Address: resource.Address{Kind: "rate_limit", Name: "orders"}, Rule: "key"},
		{Scope: policy.Global, Address: each, Rule: "address"},
	}
	if got := policy.Origins(o, policy.Global); !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
	if line := want[1].String(); line != `global module.eu.rate_limit.each["a b"] address` {
		t.Errorf("the line is %s", line)
	}
	moved := policy.MoveOrigins("global rate_limit.a b\nlocal rate_limit.c d", resource.Address{Kind: "rate_limit", Name: "a"}, each)
	if moved != "global module.eu.rate_limit.each[\"a b\"] b\nlocal rate_limit.c d" {
		t.Errorf("moved: %s", moved)
	}
	if got := policy.Origins(o, policy.Local); len(got) != 1 || got[0].Rule != "all" {
		t.Errorf("%v", got)
	}
	if got := policy.Origins(object(t, `{kind: BackendTrafficPolicy}`), policy.Global); got != nil {
		t.Errorf("%v", got)
	}
}
