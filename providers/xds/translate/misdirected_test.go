package translate_test

import (
	"fmt"
	"strings"
	"testing"

	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	"github.com/gwctl/gwctl/internal/hostname"
	"github.com/gwctl/gwctl/providers/xds/translate"
	"pgregory.net/rapid"
)

// TestMisdirectedRequests holds the table of each HTTPS listener to what the
// Gateway API says of requests that come over its connections (Listener,
// hostname): the most specific listener of the port has them. Over another
// one's connection the answer is 421, where no listener has them 404.
func TestMisdirectedRequests(t *testing.T) {
	hostnames := []string{"", "a.test", "*.test", "x.a.test", "*.a.test", "b.test", "*.b.test"}
	asked := []string{"a.test", "b.test", "x.a.test", "y.a.test", "z.y.a.test", "x.b.test", "other", "c.test"}
	rapid.Check(t, func(r *rapid.T) {
		listeners := rapid.SliceOfNDistinct(rapid.SampledFrom(hostnames), 1, 5, rapid.ID).Draw(r, "listeners")
		routed := rapid.SampledFrom(hostnames).Draw(r, "route")
		var specs []string
		for i, h := range listeners {
			spec := fmt.Sprintf("  - {name: l%d, port: 8443, protocol: HTTPS, tls: {certificateRefs: [{name: any}]}", i)
			if h != "" {
				spec += fmt.Sprintf(", hostname: %q", h)
			}
			specs = append(specs, spec+"}")
		}
		objects := fmt.Sprintf(secureWorld, strings.Join(specs, "\n"))
		if routed != "" {
			objects += fmt.Sprintf("  hostnames: [%q]\n", routed)
		}
		s := translate.Translate(parse(t, []byte(objects))).Gateways["default/public"]
		for i := range listeners {
			table := decodeResource(t, s.Resources[translate.Route][fmt.Sprintf("default/public/8443/l%d", i)]).(*routev3.RouteConfiguration)
			for _, host := range asked {
				owner := -1
				for j, h := range listeners {
					if hostname.Covers(h, host) && (owner < 0 || hostname.MoreSpecific(h, listeners[owner]) < 0) {
						owner = j
					}
				}
				want := "404"
				switch {
				case owner >= 0 && owner != i:
					want = "421"
				case owner == i && hostname.Covers(routed, host):
					want = "routed"
				}
				if got := answerOf(table, host); got != want {
					r.Fatalf("over a connection of %q, %s is answered %s, not %s; listeners %q, route %q", listeners[i], host, got, want, listeners, routed)
				}
			}
		}
	})
}

const secureWorld = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: public, namespace: default}
spec:
  gatewayClassName: gwctl
  listeners:
%s
---
apiVersion: v1
kind: Secret
metadata: {name: any, namespace: default, annotations: {tls.gwctl.dev/cert-file: any.crt, tls.gwctl.dev/key-file: any.key}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: any, namespace: default}
spec:
  parentRefs: [{name: public}]
  rules: [{backendRefs: [{group: gateway.envoyproxy.io, kind: Backend, name: nowhere}]}]
`

// answerOf chooses a virtual host as Envoy does: the exact domain, else the
// longest wildcard, else any.
func answerOf(table *routev3.RouteConfiguration, host string) string {
	var best *routev3.VirtualHost
	length := -1
	for _, v := range table.VirtualHosts {
		domain := v.Domains[0]
		switch suffix, wildcard := strings.CutPrefix(domain, "*"); {
		case domain == host:
			best, length = v, len(host)+1
		case wildcard && strings.HasSuffix(host, suffix) && len(host) > len(suffix) && len(suffix) > length:
			best, length = v, len(suffix)
		}
	}
	if best == nil || len(best.Routes) == 0 {
		return "404"
	}
	if best.Routes[0].GetDirectResponse().GetStatus() == 421 {
		return "421"
	}
	return "routed"
}
