package kubernetes

import (
	"slices"
	"strings"
	"testing"

	"github.com/gwctl/gwctl/internal/resource"
	"sigs.k8s.io/yaml"
)

// TestWhatIsSaidOfAPolicy reads the status of BackendTLSPolicies.
func TestWhatIsSaidOfAPolicy(t *testing.T) {
	const said = `
  ancestors:
  - ancestorRef: {name: public}
    conditions:
    - {type: Accepted, status: "True", reason: Accepted, observedGeneration: 2}
    - {type: ResolvedRefs, status: "True", reason: ResolvedRefs, observedGeneration: 2}
  - ancestorRef: {name: edge, namespace: infra}
    conditions:
    - {type: Accepted, status: "False", reason: NoValidCACertificate, message: no such ConfigMap, observedGeneration: %GENERATION%}
    - {type: ResolvedRefs, status: "True", reason: ResolvedRefs, observedGeneration: 2}
`
	for name, tt := range map[string]struct {
		status, observed string
		want             []string
	}{
		"a gateway refuses it":               {said, "2", []string{"gateway infra/edge: Accepted is False (NoValidCACertificate): no such ConfigMap"}},
		"a gateway has not looked at it":     {said, "1", []string{"gateway infra/edge: Accepted is not reported"}},
		"no gateway leads to what it is for": {" {}", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			o := &resource.Object{}
			text := "apiVersion: gateway.networking.k8s.io/v1\nkind: BackendTLSPolicy\nmetadata: {name: a, namespace: shop, generation: 2}\nstatus:" + tt.status
			text = strings.ReplaceAll(text, "%GENERATION%", tt.observed)
			json, err := yaml.YAMLToJSON([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			if err := o.UnmarshalJSON(json); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, u := range unmetOf(o) {
				if u.field != "spec.validation" {
					t.Errorf("it points at %s", u.field)
				}
				got = append(got, u.String())
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestWhatIsSaidOfATrafficPolicy reads the status of policies that Envoy Gateway
// always speaks of where their targets are there.
func TestWhatIsSaidOfATrafficPolicy(t *testing.T) {
	for name, tt := range map[string]struct {
		status string
		want   []string
	}{
		"it is taken, beside another one": {`
  ancestors:
  - ancestorRef: {name: public}
    conditions:
    - {type: Accepted, status: "True", reason: Accepted, observedGeneration: 2}
    - {type: Overridden, status: "True", reason: Overridden, observedGeneration: 2}`, nil},
		"it is added to another one": {`
  ancestors:
  - ancestorRef: {name: public}
    conditions:
    - {type: Accepted, status: "True", reason: Accepted, observedGeneration: 2}
  - ancestorRef: {name: public, sectionName: http}
    conditions:
    - {type: Merged, status: "True", reason: Merged, observedGeneration: 2}`, nil},
		"it was added to another one before": {
			`
  ancestors:
  - ancestorRef: {name: public, sectionName: http}
    conditions:
    - {type: Merged, status: "True", reason: Merged, observedGeneration: 1}`,
			[]string{"gateway shop/public, listener http: Accepted is not reported"},
		},
		"another one has its target": {
			`
  ancestors:
  - ancestorRef: {name: public}
    conditions:
    - {type: Accepted, status: "False", reason: Conflicted, message: Unable to target, observedGeneration: 2}`,
			[]string{"gateway shop/public: Accepted is False (Conflicted): Unable to target"},
		},
		"nobody has looked at it": {" {}", []string{"Accepted is not reported"}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, kind := range []string{"BackendTrafficPolicy", "ClientTrafficPolicy"} {
				o := &resource.Object{}
				text := "apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: " + kind + "\nmetadata: {name: a, namespace: shop, generation: 2}\nstatus:" + tt.status
				json, err := yaml.YAMLToJSON([]byte(text))
				if err != nil {
					t.Fatal(err)
				}
				if err := o.UnmarshalJSON(json); err != nil {
					t.Fatal(err)
				}
				var got []string
				for _, u := range unmetOf(o) {
					got = append(got, u.String())
				}
				if !slices.Equal(got, tt.want) {
					t.Errorf("%s: got %q, want %q", kind, got, tt.want)
				}
			}
		})
	}
}
