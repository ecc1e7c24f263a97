package translate_test

import (
	"fmt"
	"testing"

	"github.com/gwctl/gwctl/providers/xds/translate"
)

func TestListenersTellTheKindsThatTheyTake(t *testing.T) {
	result := translate.Translate(parse(t, []byte(`
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: public, namespace: default}
spec:
  gatewayClassName: gwctl
  listeners:
  - {name: all, port: 80, protocol: HTTP}
  - {name: some, port: 81, protocol: HTTP, allowedRoutes: {kinds: [{kind: HTTPRoute}, {kind: Unknown}]}}
  - {name: none, port: 82, protocol: HTTP, allowedRoutes: {kinds: [{kind: Unknown}]}}
  - {name: unknown, port: 83, protocol: INVALID}
`)))
	want := map[string]string{
		"all":  "[HTTPRoute.gateway.networking.k8s.io GRPCRoute.gateway.networking.k8s.io]",
		"some": "[HTTPRoute.gateway.networking.k8s.io]",
		"none": "[]", "unknown": "[]",
	}
	for _, s := range result.Status.All() {
		for _, l := range s.Listeners {
			if got := fmt.Sprint(l.SupportedKinds); got != want[l.Name] {
				t.Errorf("listener %s takes %s and not %s", l.Name, got, want[l.Name])
			}
		}
	}
}

func TestAGatewayMayLeaveItsAddressOpen(t *testing.T) {
	result := translate.Translate(parse(t, []byte(`
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: public, namespace: default}
spec:
  gatewayClassName: gwctl
  addresses: [{type: IPAddress}]
  listeners: [{name: http, port: 80, protocol: HTTP}]
`)))
	if len(result.Problems) > 0 {
		t.Errorf("problems: %v", result.Problems)
	}
	if listeners := sortedKeys(result.Gateways["default/public"].Of(translate.Listener)); fmt.Sprint(listeners) != "[default/public/80]" {
		t.Errorf("the listeners are %v", listeners)
	}
}

func TestAGatewayWithParametersIsNotAccepted(t *testing.T) {
	result := translate.Translate(parse(t, []byte(`
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: public, namespace: default}
spec:
  gatewayClassName: gwctl
  infrastructure: {parametersRef: {group: example.com, kind: Parameters, name: public}}
  listeners: [{name: http, port: 80, protocol: HTTP}]
`)))
	for _, s := range result.Status.All() {
		if got := fmt.Sprintf("%s %t %s", s.Conditions[0].Type, s.Conditions[0].Status, s.Conditions[0].Reason); got != "Accepted false InvalidParameters" {
			t.Errorf("the condition is %s", got)
		}
	}
	if len(result.Problems) != 1 || result.Problems[0].Path != "spec.infrastructure" {
		t.Errorf("the problems are %v", result.Problems)
	}
}
