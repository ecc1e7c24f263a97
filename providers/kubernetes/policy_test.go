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
