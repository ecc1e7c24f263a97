package server

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers/xds/api"
	"github.com/gwctl/gwctl/providers/xds/fleet"
)

// getStatus shows the gateways with their conditions and Envoys, those of
// gateways that nobody applied included.
func (s *Server) getStatus(w http.ResponseWriter, r *http.Request) {
	c := s.current()
	nodes := s.fleet.Status()
	envoys := map[string][]api.Envoy{}
	for _, n := range nodes {
		envoys[n.Gateway] = append(envoys[n.Gateway], envoyOf(n))
	}
	names := map[string]bool{}
	for name := range c.snapshots {
		names[name] = true
	}
	for name := range envoys {
		names[name] = true
	}
	delete(names, fleet.Limiters)
	answer := api.Status{Identity: s.identity(), Gateways: []api.GatewayStatus{}}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		g := api.GatewayStatus{Name: name, Applied: c.snapshots[name] != nil, Envoys: envoys[name]}
		if g.Envoys == nil {
			g.Envoys = []api.Envoy{}
		}
		g.Conditions = conditionsOf(c.status.Of(gatewayID(name)))
		answer.Gateways = append(answer.Gateways, g)
	}
	answer.Certificates = s.certificates()
	answer.RateLimits = s.rateLimits(r.Context(), nodes)
	writeJSON(w, answer)
}

// certificates shows what is known of the files that objects name.
func (s *Server) certificates() []api.CertificateStatus {
	var out []api.CertificateStatus
	materials := s.materials.Load()
	for source, ids := range materials.users {
		status := api.CertificateStatus{Files: source.Paths(), Problem: s.faults.of(source)}
		if content := materials.good[source]; content != nil {
			status.Expires = content.Expires
			if status.Problem == "" && time.Now().After(content.Expires) {
				status.Problem = "it expired, and clients refuse it"
			}
		}
		for _, id := range ids {
			status.ID = id
			out = append(out, status)
		}
	}
	slices.SortFunc(out, func(a, b api.CertificateStatus) int { return a.ID.Compare(b.ID) })
	return out
}

// gatewayID is that of the Gateway object that Envoys and snapshots name so.
func gatewayID(name string) resource.ID {
	namespace, name, _ := strings.Cut(name, "/")
	return resource.ID{Group: gatewayv1.GroupName, Kind: "Gateway", Namespace: namespace, Name: name}
}

func envoyOf(n fleet.Node) api.Envoy {
	return api.Envoy{Node: n.ID, Version: n.Version, Connected: n.Connected, Delta: n.Delta, Types: typesOf(n)}
}

func typesOf(n fleet.Node) []api.TypeStatus {
	out := []api.TypeStatus{}
	for _, t := range n.Types {
		out = append(out, api.TypeStatus{
			Type: string(t.Type), Sent: t.Sent, Acknowledged: t.Acked, Waiting: t.Waiting, Refusal: t.Refusal, RefusedAt: t.RefusedAt,
		})
	}
	return out
}
