package server

import (
	"fmt"
	"strings"
	"time"

	"github.com/gwctl/gwctl/providers/xds/api"
	"github.com/gwctl/gwctl/providers/xds/rollout"
	"github.com/gwctl/gwctl/providers/xds/translate"
)

// maxRefusals bounds an answer; they mostly say the same.
const maxRefusals = 100

// deserted names the gateways that have no Envoy and had one: nobody can say
// whether the change is one that Envoys take. Without an outcome it tells of
// now.
func (s *Server) deserted(r *request, moves []rollout.Change, outcome *rollout.Outcome) []string {
	if r.WaitFor == api.WaitForNone {
		return nil
	}
	var names []string
	if outcome != nil {
		for _, g := range outcome.Gateways {
			if g.Connected == 0 && g.EverConnected {
				names = append(names, g.Gateway)
			}
		}
		return names
	}
	for _, m := range moves {
		if st := s.fleet.Standing(m.Gateway, nil); st.Connected == 0 && st.EverConnected {
			names = append(names, m.Gateway)
		}
	}
	return names
}

func (c *committed) refusedDeserted(gateways []string) *api.Verdict {
	v := &api.Verdict{Revision: c.revision, Restored: true}
	short := make([]string, len(gateways))
	for i, name := range gateways {
		short[i] = shortName(name)
		v.Gateways = append(v.Gateways, api.Gateway{Name: name, EverConnected: true})
	}
	v.Detail = fmt.Sprintf("No Envoy of gateway %s is connected, and there was one before: nobody can tell whether it takes the change. "+
		"Nothing was changed. Start an Envoy, or apply with -wait-for none.", strings.Join(short, ", "))
	return v
}

// stillServed says what is live after a change that did not succeed.
func (s *Server) stillServed(revision uint64, moves []rollout.Change) string {
	connected, behind := 0, 0
	for _, m := range moves {
		st := s.fleet.Standing(m.Gateway, nil)
		connected += st.Connected
		behind += len(st.Behind)
	}
	what := fmt.Sprintf("revision %d, as before", revision)
	if revision == 0 {
		what = "nothing of this server, as before"
	}
	switch {
	case connected == 0:
		return fmt.Sprintf("No Envoy is connected any more; who connects is served %s.", what)
	case behind == 1 && connected == 1:
		return fmt.Sprintf("The Envoy has not confirmed yet that it serves %s; `gwctl xds status` shows where it stands.", what)
	case behind > 0:
		return fmt.Sprintf("%d of %d Envoys have not confirmed yet that they serve %s; `gwctl xds status` shows which.", behind, connected, what)
	case connected == 1:
		return fmt.Sprintf("The Envoy serves %s.", what)
	case connected == 2:
		return fmt.Sprintf("Both Envoys serve %s.", what)
	}
	return fmt.Sprintf("All %d Envoys serve %s.", connected, what)
}

func gatewaysOf(o *rollout.Outcome) []api.Gateway {
	list := make([]api.Gateway, 0, len(o.Gateways))
	for _, g := range o.Gateways {
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
	return fmt.Sprintf("%s of gateway %s", node, shortName(gateway))
}

// shortName leaves out the namespace that everybody means.
func shortName(gateway string) string { return strings.TrimPrefix(gateway, "default/") }

func what(typ translate.Type) string {
	switch typ {
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
