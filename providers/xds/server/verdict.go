package server

import (
	"fmt"
	"strings"
	"time"

	"github.com/gwctl/gwctl/providers/xds/api"
	"github.com/gwctl/gwctl/providers/xds/fleet"
	"github.com/gwctl/gwctl/providers/xds/rollout"
	"github.com/gwctl/gwctl/providers/xds/translate"
)

// maxRefusals bounds an answer; they mostly say the same.
const maxRefusals = 100

// deserted names the gateways that have no Envoy and had one: nobody can say
// whether the change is one that Envoys take. Limiters are among them where none
// is there to take new limits. Without an outcome it tells of now.
func (s *Server) deserted(r *request, moves []rollout.Change, outcome *rollout.Outcome) []string {
	if r.WaitFor == api.WaitForNone {
		return nil
	}
	standings := make(map[string]fleet.Standing, len(moves))
	for _, m := range moves {
		standings[m.Gateway] = s.fleet.Standing(m.Gateway, nil)
	}
	if outcome != nil {
		for _, g := range outcome.Gateways {
			standings[g.Gateway] = fleet.Standing{Connected: g.Connected, EverConnected: g.EverConnected}
		}
	}
	var names []string
	for _, m := range moves {
		st := standings[m.Gateway]
		wanted := st.EverConnected
		if m.Gateway == fleet.Limiters {
			wanted = wantsLimiter(m, standings)
		}
		if wanted && st.Connected == 0 {
			names = append(names, m.Gateway)
		}
	}
	return names
}

func (c *committed) refusedDeserted(names []string) *api.Verdict {
	v := &api.Verdict{Revision: c.revision, Restored: true}
	var gateways, sentences []string
	for _, name := range names {
		if name == fleet.Limiters {
			v.Limiters = &api.Limiters{}
			sentences = append(sentences, noLimiter)
			continue
		}
		gateways = append(gateways, shortName(name))
		v.Gateways = append(v.Gateways, api.Gateway{Name: name, EverConnected: true})
	}
	if gateways != nil {
		sentences = append(sentences, fmt.Sprintf("No Envoy of gateway %s is connected, and there was one before: nobody can tell whether it takes the change. "+
			"Nothing was changed. Start an Envoy, or apply with -wait-for none.", strings.Join(gateways, ", ")))
	}
	v.Detail = strings.Join(sentences, " ")
	return v
}

// stillServed says what is live after a change that did not succeed.
func (s *Server) stillServed(revision uint64, moves []rollout.Change) string {
	var envoys, limiters crowd
	gateways := false
	for _, m := range moves {
		st := s.fleet.Standing(m.Gateway, nil)
		if m.Gateway == fleet.Limiters {
			limiters = crowd{"limiter", "limiters", st.Connected, len(st.Behind)}
			continue
		}
		gateways = true
		envoys = crowd{"Envoy", "Envoys", envoys.connected + st.Connected, envoys.behind + len(st.Behind)}
	}
	what := fmt.Sprintf("revision %d, as before", revision)
	if revision == 0 {
		what = "nothing of this server, as before"
	}
	switch {
	case !gateways:
		return limiters.still(what)
	case limiters.behind > 0:
		return envoys.still(what) + " " + limiters.still(what)
	}
	return envoys.still(what)
}

// crowd counts those of one sort.
type crowd struct {
	one, many         string // "Envoy", "Envoys"
	connected, behind int
}

func (c crowd) still(what string) string {
	switch {
	case c.connected == 0:
		return fmt.Sprintf("No %s is connected any more; who connects is served %s.", c.one, what)
	case c.behind == 1 && c.connected == 1:
		return fmt.Sprintf("The %s has not confirmed yet that it serves %s; `gwctl xds status` shows where it stands.", c.one, what)
	case c.behind > 0:
		return fmt.Sprintf("%d of %d %s have not confirmed yet that they serve %s; `gwctl xds status` shows which.", c.behind, c.connected, c.many, what)
	case c.connected == 1:
		return fmt.Sprintf("The %s serves %s.", c.one, what)
	case c.connected == 2:
		return fmt.Sprintf("Both %s serve %s.", c.many, what)
	}
	return fmt.Sprintf("All %d %s serve %s.", c.connected, c.many, what)
}

func gatewaysOf(o *rollout.Outcome) []api.Gateway {
	list := make([]api.Gateway, 0, len(o.Gateways))
	for _, g := range o.Gateways {
		if g.Gateway == fleet.Limiters {
			continue
		}
		list = append(list, api.Gateway{
			Name: g.Gateway, Acked: g.Acked, Connected: g.Connected, EverConnected: g.EverConnected,
			ElapsedMS: g.Elapsed.Milliseconds(),
		})
	}
	return list
}

// refusals tells what Envoys said, with the fields that they may mean.
func refusals(o *rollout.Outcome, wait time.Duration, c *committed, ch *change) []api.Refusal {
	var list []api.Refusal
	edits := c.edits(ch)
	for _, r := range o.Refusals[:min(len(o.Refusals), maxRefusals)] {
		list = append(list, api.Refusal{
			By: by(r.Node, r.Gateway), What: what(r.Type), Text: r.Text, Fields: blame(r, ch, edits),
		})
	}
	for _, l := range o.Late[:min(len(o.Late), maxRefusals)] {
		list = append(list, api.Refusal{By: by(l.Node, l.Gateway), What: what(l.Type), Text: fmt.Sprintf("no answer within %v", wait), Silent: true})
	}
	if o.Err != nil {
		list = append(list, api.Refusal{By: "the server", What: "the change", Text: "it is stopping", Silent: true})
	}
	return list
}

func by(node, gateway string) string {
	if gateway == fleet.Limiters {
		return "limiter " + node
	}
	return fmt.Sprintf("%s of gateway %s", node, shortName(gateway))
}

// shortName leaves out the namespace that everybody means.
func shortName(gateway string) string { return strings.TrimPrefix(gateway, "default/") }

func what(typ translate.Type) string {
	switch typ {
	case translate.RateLimit:
		return "the rate limits"
	case translate.Secret:
		return "the certificates"
	case translate.Cluster:
		return "the clusters"
	case translate.Endpoint:
		return "the endpoints"
	case translate.Listener:
		return "the listener"
	case translate.Route, translate.Extension:
		return "the routes"
	}
	return "the " + string(typ)
}
