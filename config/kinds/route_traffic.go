package kinds

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gwctl/gwctl/internal/resource"
)

// routeTraffic is how traffic notices a kind of route.
type routeTraffic struct {
	flows   func(rule *resource.Block) []string // behind the host: "GET /api"
	claims  func(rule *resource.Block) []string // behind the host; nil: the flows
	opaque  string                              // what there is without a host: "tcp", "udp"
	refusal refusal
}

// refusal is what becomes of what leads nowhere.
type refusal struct{ answer, missing string }

// flows returns one flow for each place, hostname and match:
// "shop.example.com GET /api [x-env=prod]", or "tcp port 5432".
func (r route) flows(_ resource.Address, id resource.ID, b *resource.Block, find resource.Find) resource.Traffic {
	spots, problems := spotsOf(id, b, find)
	t := resource.Traffic{Problems: problems}
	for _, rule := range b.BlocksOf("rule") {
		to, answer, missing := r.traffic.outcome(rule, find)
		for _, p := range missing {
			if !slices.Contains(t.Problems, p) {
				t.Problems = append(t.Problems, p)
			}
		}
		flow := resource.Flow{To: to, Answer: answer}
		if r.traffic.opaque != "" {
			t.Flows = append(t.Flows, r.traffic.opaqueFlows(spots, flow, rule.Label)...)
			continue
		}
		matches, claimed := r.traffic.flows(rule), r.traffic.claimed(rule)
		for _, s := range spots {
			host := hostText(s.host)
			var claims []string
			for _, c := range claimed {
				claims = append(claims, host+" "+c, "* "+c)
			}
			for _, match := range matches {
				flow.Match = host + " " + match
				t.Flows = append(t.Flows, resource.ServedFlow{
					Flow: flow, Gateway: s.gateway, Port: s.port, Ports: s.ports, Host: host, Own: s.own, Claims: claims, Part: rule.Label,
				})
			}
		}
	}
	return t
}

// opaqueFlows are those of protocols without hosts and matches: ports alone tell
// them apart, so that the match says which.
func (t routeTraffic) opaqueFlows(spots []spot, flow resource.Flow, rule string) []resource.ServedFlow {
	var out []resource.ServedFlow
	for _, s := range spots {
		flow.Match = t.opaque
		if s.port != 0 {
			flow.Match += fmt.Sprintf(" port %d", s.port)
		}
		if s.host != "" {
			flow.Match += " for " + hostText(s.host)
		}
		out = append(out, resource.ServedFlow{
			Flow: flow, Gateway: s.gateway, Port: s.port, Ports: 1, Host: t.opaque, Claims: []string{t.opaque}, Part: rule,
		})
	}
	return out
}

func (t routeTraffic) claimed(rule *resource.Block) []string {
	if t.claims != nil {
		return t.claims(rule)
	}
	return t.flows(rule)
}

// claims lists the hosts and matches of a route, without a look at its
// gateways: routes whose flows meet have a claim in common.
func (r route) claims(b *resource.Block) []string {
	if r.traffic.opaque != "" {
		return []string{r.traffic.opaque}
	}
	hosts := stringsOf(b.Attr("hostnames"))
	if len(hosts) == 0 {
		hosts = []string{""}
	}
	var claims []string
	for _, rule := range b.Blocks {
		if rule.Type != "rule" {
			continue
		}
		for _, c := range r.traffic.claimed(rule) {
			for _, h := range hosts {
				claims = append(claims, hostText(h)+" "+c)
			}
		}
	}
	return claims
}

// outcome says what happens to the requests of a rule, and which of its
// backends do not exist.
func (t routeTraffic) outcome(rule *resource.Block, find resource.Find) (to map[string]float64, answer string, missing []resource.TrafficProblem) {
	for _, r := range rule.BlocksOf("redirect") {
		return nil, describeRedirect(r), nil
	}
	missing = missingMirrors(rule, find)
	weights := make(map[string]float64)
	var sum float64
	for _, f := range rule.BlocksOf("forward") {
		weight := int64(1)
		if a := argument(f, "weight"); a != nil {
			weight, _ = whole(a.Value)
		}
		if weight <= 0 {
			continue
		}
		name := backendName(f)
		if id, known := missingBackend(f, find); known {
			missing = append(missing, resource.TrafficProblem{Of: id, Text: fmt.Sprintf("%s %s/%s does not exist, so %s", strings.ToLower(id.Kind), id.Namespace, id.Name, t.refusal.missing)})
			name = t.refusal.answer + " (no backend " + name + ")"
		}
		missing = append(missing, missingMirrors(f, find)...)
		weights[name] += float64(weight)
		sum += float64(weight)
	}
	if sum == 0 {
		return nil, t.refusal.answer, missing // as the Gateway API says of a rule that leads nowhere
	}
	for name := range weights {
		weights[name] /= sum
	}
	return weights, "", missing
}

// missingMirrors says which backends that copies go to do not exist.
func missingMirrors(b *resource.Block, find resource.Find) (missing []resource.TrafficProblem) {
	for _, m := range b.BlocksOf("mirror") {
		if id, known := missingBackend(m, find); known {
			missing = append(missing, resource.TrafficProblem{Of: id, Text: fmt.Sprintf("%s %s/%s does not exist, so it gets no copies of requests", strings.ToLower(id.Kind), id.Namespace, id.Name)})
		}
	}
	return missing
}

// missingBackend returns what a forward or a mirror leads to, and whether it is known not
// to exist.
func missingBackend(forward *resource.Block, find resource.Find) (resource.ID, bool) {
	a := argument(forward, "to")
	if a == nil {
		return resource.ID{}, false
	}
	ref, ok := a.Value.(resource.Ref)
	if !ok {
		return resource.ID{}, false
	}
	o, known := find(ref.ID)
	return ref.ID, known && o == nil
}

// backendName returns the name that users gave the backend of a forward, behind
// those of the modules that it is in.
func backendName(forward *resource.Block) string {
	if a := argument(forward, "to"); a != nil {
		if ref, ok := a.Value.(resource.Ref); ok {
			if to := ref.Address; !to.IsZero() {
				return shortName(to)
			}
			return ref.String()
		}
	}
	return forward.Key
}

func stringsOf(a *resource.Attr) []string {
	if a == nil {
		return nil
	}
	list, _ := a.Value.([]any)
	out := make([]string, 0, len(list))
	for _, v := range list {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}
