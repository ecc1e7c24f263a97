package translate_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers/xds/translate"
)

func (w *world) testListenerSets(t *testing.T) {
	for _, tc := range []struct {
		name, port, request string
		want                string // backend, or a status
	}{
		{"a listener beside the gateway's", "80", "GET a.team.test/set", "whole"},
		{"all listeners of the set", "80", "GET exact.team.test/set", "whole"},
		{"on a port of its own", "8083", "GET any.test/set", "whole"},
		{"one listener of the set", "80", "GET exact.team.test/section", "section"},
		{"and no other", "80", "GET a.team.test/section", "404"},
		{"nothing of the gateway's", "80", "GET whatever.test/set", "404"},
		{"not the gateway's routes", "80", "GET a.team.test/any", "404"},
		{"nor on its own port", "8083", "GET whatever.test/any", "404"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := w.ask(t, tc.port, tc.request)
			got := a.seen.Backend
			if got == "" {
				got = fmt.Sprint(a.status)
			}
			if got != tc.want {
				t.Errorf("%s on port %s is answered by %s, not by %s", tc.request, tc.port, got, tc.want)
			}
		})
	}
}

// TestWhoHasAPort gives listeners to a Gateway and to the ListenerSets a and b,
// of which a is older, and lists those that are served.
func TestWhoHasAPort(t *testing.T) {
	for _, tc := range []struct {
		name          string
		gateway, a, b string // "NAME PORT PROTOCOL [HOSTNAME], ..."
		want          string
	}{
		{"the gateway before its sets", "x 80 HTTP", "x 80 HTTP", "v 80 HTTP", "gateway/x"},
		{"the older set before the younger", "x 80 HTTP", "v 81 HTTP", "x 81 HTTP", "a/v gateway/x"},
		{"everybody with names of their own", "x 80 HTTP", "x 81 HTTP", "x 82 HTTP", "a/x b/x gateway/x"},
		{"everybody by hostname", "x 80 HTTP", "x 80 HTTP a.test", "x 80 HTTP b.test", "a/x b/x gateway/x"},
		{"neither of two in one object", "x 80 HTTP, v 81 HTTP, z 81 HTTP", "x 82 HTTP, v 82 TCP", "z 83 HTTP", "b/z gateway/x"},
		{"nobody beside two that exclude each other", "x 80 HTTP a.test, v 80 TCP, z 80 HTTP b.test, w 81 HTTP", "x 80 HTTP c.test", "x 82 HTTP", "b/x gateway/w"},
		{"nobody what one object wants twice", "x 80 HTTP, v 80 HTTP", "x 80 HTTP, z 81 HTTP", "z 82 HTTP", "a/z b/z"},
		{"the protocol that was there first", "x 80 HTTP", "x 80 TCP, v 81 TCP", "x 81 TCP", "a/v gateway/x"},
		{"HTTPS and TLS by hostname", "x 443 HTTPS a.test", "x 443 TLS b.test", "x 443 TLS a.test", "a/x gateway/x"},
		{"packets beside connections", "x 53 TCP", "x 53 UDP", "x 53 UDP", "a/x gateway/x"},
		{"the next, where the one before it lost", "x 80 HTTP a.test", "x 80 TCP", "x 80 HTTP", "b/x gateway/x"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			objects := []string{
				owning("Gateway", "gateway", "gatewayClassName: gwctl\n  allowedListeners: {namespaces: {from: All}}", tc.gateway),
				owning("ListenerSet", "a", "parentRef: {name: gateway}", tc.a),
				owning("ListenerSet", "b", "parentRef: {name: gateway}", tc.b),
				"apiVersion: v1\nkind: Secret\nmetadata: {name: any, namespace: default, annotations: {tls.gwctl.dev/cert-file: any.crt, tls.gwctl.dev/key-file: any.key}}",
			}
			result := translate.Translate(parse(t, []byte(strings.Join(objects, "\n---\n"))))
			var served []string
			for id, s := range result.Status.All() {
				for i, l := range s.Listeners {
					if l.Conditions[0].Status {
						served = append(served, id.Name+"/"+l.Name)
					} else if l.Conditions[1].Type != "Conflicted" || !l.Conditions[1].Status {
						t.Errorf("listener %d of %s is not served, and without a conflict: %v", i, id, l.Conditions)
					}
				}
			}
			slices.Sort(served)
			if got := strings.Join(served, " "); got != tc.want {
				t.Errorf("%s are served, and not %s", got, tc.want)
			}
			all := strings.Count(tc.gateway+","+tc.a+","+tc.b, ",") + 1
			if (len(served) < all) != (len(result.Problems) > 0) {
				t.Errorf("%d of %d listeners are served, and the problems are %v", len(served), all, result.Problems)
			}
		})
	}
}

// owning is a document with listeners in words: "NAME PORT PROTOCOL [HOSTNAME]",
// with commas between them.
func owning(kind, name, spec, listeners string) string {
	out := fmt.Sprintf("apiVersion: gateway.networking.k8s.io/v1\nkind: %s\nmetadata: {name: %s, namespace: default}\nspec:\n  %s\n  listeners:\n", kind, name, spec)
	for _, l := range strings.Split(listeners, ", ") {
		words := strings.Fields(l)
		out += fmt.Sprintf("  - {name: %s, port: %s, protocol: %s", words[0], words[1], words[2])
		if len(words) > 3 {
			out += fmt.Sprintf(", hostname: %q", words[3])
		}
		switch words[2] {
		case "HTTPS":
			out += ", tls: {certificateRefs: [{name: any}]}"
		case "TLS":
			out += ", tls: {mode: Passthrough}"
		}
		out += "}\n"
	}
	return out
}

func TestASetSaysWhyNoGatewayTakesIt(t *testing.T) {
	const set = `
apiVersion: gateway.networking.k8s.io/v1
kind: ListenerSet
metadata: {name: shop, namespace: shop}
spec:
  parentRef: {name: public, namespace: default}
  listeners: [{name: http, port: 81, protocol: HTTP}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: shop, namespace: shop}
spec: {parentRefs: [{kind: ListenerSet, name: shop}]}
---
`
	const namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {team: shop}}\n---\n"
	for _, tc := range []struct{ name, before, gateway, accepted, programmed, route string }{
		{"there is none", "", "", "ParentNotAccepted", "ParentNotAccepted", "NoMatchingParent"},
		{"it says nothing of sets", "", "listeners: [LISTENER]", "NotAllowed", "NotAllowed", "NoMatchingParent"},
		{"it takes those of its namespace", "", "allowedListeners: {namespaces: {from: Same}}\n  listeners: [LISTENER]", "NotAllowed", "NotAllowed", "NoMatchingParent"},
		{"it takes those of others", namespace, "allowedListeners: {namespaces: {from: Selector, selector: {matchLabels: {team: mail}}}}\n  listeners: [LISTENER]", "NotAllowed", "NotAllowed", "NoMatchingParent"},
		{"it does take it", namespace, "allowedListeners: {namespaces: {from: Selector, selector: {matchLabels: {team: shop}}}}\n  listeners: [LISTENER]", "true Accepted", "true Programmed", "true Accepted"},
		{"it is not accepted", "", "allowedListeners: {namespaces: {from: All}}\n  addresses: [{type: Hostname, value: a.test}]\n  listeners: [LISTENER]", "ParentNotAccepted", "ParentNotAccepted", "NoMatchingParent"},
		{"it is not programmed", "", "allowedListeners: {namespaces: {from: All}}\n  addresses: [{value: a.test}]\n  listeners: [LISTENER]", "true Accepted", "ParentNotProgrammed", "true Accepted"},
		{"its own listener is not valid", "", "allowedListeners: {namespaces: {from: All}}\n  listeners: [{name: x, port: 80, protocol: SMTP}]", "true Accepted", "true Programmed", "true Accepted"},
		{"it has the port", "", "allowedListeners: {namespaces: {from: All}}\n  listeners: [{name: x, port: 81, protocol: HTTP}]", "ListenersNotValid", "ListenersNotValid", "NoMatchingParent"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			objects := tc.before + set
			if tc.gateway != "" {
				objects += "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: public, namespace: default}\nspec:\n  gatewayClassName: gwctl\n  " +
					strings.ReplaceAll(tc.gateway, "LISTENER", "{name: http, port: 80, protocol: HTTP}")
			}
			result := translate.Translate(parse(t, []byte(strings.TrimSuffix(objects, "---\n"))))
			told := func(kind string) []translate.Condition {
				s := result.Status.Of(resource.ID{Group: "gateway.networking.k8s.io", Kind: kind, Namespace: "shop", Name: "shop"})
				if kind == "HTTPRoute" {
					return s.Parents[0].Conditions
				}
				return s.Conditions
			}
			for _, want := range []struct {
				is   translate.Condition
				want string
			}{{told("ListenerSet")[0], tc.accepted}, {told("ListenerSet")[1], tc.programmed}, {told("HTTPRoute")[0], tc.route}} {
				got := want.is.Reason
				if want.is.Status {
					got = "true " + got
				}
				if got != want.want {
					t.Errorf("%s is %s and not %s", want.is.Type, got, want.want)
				}
			}
		})
	}
}

// TestWhatAChangedSetTouches edits one of two sets of a gateway.
func TestWhatAChangedSetTouches(t *testing.T) {
	secret := "\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: any, namespace: default, annotations: {tls.gwctl.dev/cert-file: any.crt, tls.gwctl.dev/key-file: any.key}}"
	world := func(a, b string) []translate.Object {
		objects := owning("Gateway", "public", "gatewayClassName: gwctl\n  allowedListeners: {namespaces: {from: All}}", "http 80 HTTP, https 443 HTTPS a.test") + "\n---\n"
		if a != "" {
			objects += owning("ListenerSet", "a", "parentRef: {name: public}", a) + "\n---\n"
		}
		return parse(t, []byte(objects+owning("ListenerSet", "b", "parentRef: {name: public}", b)+secret))
	}
	const b = "http 80 HTTP b.test, https 443 HTTPS b.test, own 82 HTTP"
	for _, tc := range []struct{ name, before, after, want string }{
		{"nothing", "own 81 HTTP", "own 81 HTTP", ""},
		{"the first set on a port of its own", "", "own 81 HTTP", "+LDS default/public/81 +RDS default/public/81"},
		{"a listener's hostname", "own 81 HTTP", "own 81 HTTP x.test", "~RDS default/public/81"},
		{"a port", "own 81 HTTP", "own 83 HTTP", "+LDS default/public/83 +RDS default/public/83 -LDS default/public/81 -RDS default/public/81"},
		{"a host on the gateway's port", "own 81 HTTP", "own 81 HTTP, http 80 HTTP x.test", "~RDS default/public/80"},
		// Other listeners of HTTPS answer 421 for the new host.
		{
			"a certificate on the gateway's port", "own 81 HTTP", "own 81 HTTP, https 443 HTTPS x.test",
			"+RDS default/public/443/default/a/https ~LDS default/public/443 ~RDS default/public/443/default/b/https ~RDS default/public/443/https",
		},
		{"what somebody has", "own 81 HTTP", "own 81 HTTP, http 80 HTTP", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			translator := translate.NewTranslator()
			before := translator.Translate(world(tc.before, b)).Gateways["default/public"]
			after := translator.Translate(world(tc.after, b)).Gateways["default/public"]
			if got := strings.Join(changesOf(before, after), " "); got != tc.want {
				t.Errorf("changed is\n%s, not\n%s", got, tc.want)
			}
		})
	}
}
