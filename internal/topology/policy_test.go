package topology_test

import (
	"strings"
	"testing"

	"github.com/gwctl/gwctl/internal/topology"
)

func TestWhatAPolicyRefersToAndWhereItMatters(t *testing.T) {
	all := objects(t, `
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: {name: orders, namespace: shop, generation: 2}
spec:
  targetRefs: [{group: "", kind: Service, name: orders, sectionName: https}, {group: gateway.envoyproxy.io, kind: Backend, name: archive}]
  validation: {hostname: orders.internal, caCertificateRefs: [{group: "", kind: ConfigMap, name: corp}]}
status:
  ancestors:
  - {ancestorRef: {name: public, namespace: infra}, controllerName: eg, conditions: [{type: Accepted, status: "True", reason: Accepted, observedGeneration: 1}]}
  - {ancestorRef: {name: own}, controllerName: eg, conditions: []}
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: Backend
metadata: {name: archive, namespace: shop}
spec: {tls: {caCertificateRefs: [{group: "", kind: ConfigMap, name: corp}], clientCertificateRef: {name: proxy}}}
`)
	var got []string
	for _, o := range all {
		for _, r := range topology.References(o) {
			got = append(got, r.Path+" "+r.To.String())
		}
	}
	for _, a := range topology.AncestorsOf(all[0]) {
		got = append(got, a.To.String()+" by "+a.Controller)
		for _, c := range a.Conditions {
			if !c.Stale {
				t.Errorf("what is said of an older generation holds: %+v", c)
			}
		}
	}
	want := `spec.targetRefs[0] Service shop/orders
spec.targetRefs[1] Backend shop/archive
spec.validation.caCertificateRefs[0] ConfigMap shop/corp
spec.tls.caCertificateRefs[0] ConfigMap shop/corp
spec.tls.clientCertificateRef Secret shop/proxy
Gateway infra/public by eg
Gateway shop/own by eg`
	if text := strings.Join(got, "\n"); text != want {
		t.Errorf("got\n%s", text)
	}
}
