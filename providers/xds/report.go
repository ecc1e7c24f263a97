package xds

import (
	"fmt"
	"strings"
	"time"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
	"github.com/gwctl/gwctl/providers"
	"github.com/gwctl/gwctl/providers/xds/api"
)

// reporter tells of an apply's progress, by resource and by phase.
type reporter struct {
	plan   *planner.Plan
	key    string
	events func(providers.Event)
	last   string
}

func (r *reporter) send(e providers.Event) {
	if r.events != nil {
		e.Time = time.Now()
		r.events(e)
	}
}

// end tells once of each resource that is changed.
func (r *reporter) end() {
	actions := make(map[resource.Address]planner.Action, len(r.plan.Changes))
	for i := range r.plan.Changes {
		actions[r.plan.Changes[i].Address] = r.plan.Changes[i].Action
	}
	told := map[resource.Address]bool{}
	for i := range r.plan.Objects {
		ch := &r.plan.Objects[i]
		if ch.Provider != r.key || ch.Action == planner.NoOp {
			continue
		}
		for _, a := range ch.Addresses {
			if !told[a] {
				told[a] = true
				// A resource that moves has an object that is updated.
				action, ok := actions[a]
				if !ok {
					action = ch.Action
				}
				r.send(providers.Event{Address: a, Phase: string(action), Message: providers.Completed(action), Done: true})
			}
		}
	}
}

// patience is how long a phase may last before people are told that it does.
const patience = time.Second

// progress tells of a phase. The phase before it is finished.
func (r *reporter) progress(p *api.Progress) {
	e := providers.Event{Phase: p.Phase, Done: p.Acked == p.Connected}
	e.Brief = !e.Done && time.Duration(p.ElapsedMS)*time.Millisecond < patience
	switch {
	case p.Phase == "queued":
		e.Message, e.Done, e.Brief = "Waiting for another apply to finish", false, false
	case p.Phase == "committed", p.Connected == 0:
		return // the summary says so
	case p.Limiters:
		e.Message = fmt.Sprintf("rate limits: %s: %d of %s acknowledged", p.Phase, p.Acked, limiters(p.Connected))
	default:
		e.Message = fmt.Sprintf("%s: %s: %d of %s acknowledged", shortName(p.Gateway), p.Phase, p.Acked, envoys(p.Connected))
	}
	if e.Message == r.last {
		return
	}
	r.last = e.Message
	r.send(e)
}

// summary is a line about one gateway: "public: revision 42: 3 of 3 Envoys
// acknowledged in 18 ms".
func summary(revision uint64, g api.Gateway, waitFor string) string {
	head := fmt.Sprintf("%s: revision %d: ", shortName(g.Name), revision)
	switch {
	case waitFor == api.WaitForNone:
		return head + fmt.Sprintf("sent to %s, not waited for", envoys(g.Connected))
	case g.Connected == 0:
		return head + "no Envoy is connected yet"
	}
	return head + fmt.Sprintf("%d of %s acknowledged in %d ms", g.Acked, envoys(g.Connected), max(1, g.ElapsedMS))
}

// limitsSummary is the line about limiters.
func limitsSummary(revision uint64, l *api.Limiters, waitFor string) string {
	head := fmt.Sprintf("rate limits: revision %d: ", revision)
	switch {
	case waitFor == api.WaitForNone:
		return head + fmt.Sprintf("sent to %s, not waited for", limiters(l.Connected))
	case l.Connected == 0:
		return head + "no limiter is connected"
	}
	return head + fmt.Sprintf("%d of %s acknowledged in %d ms", l.Acked, limiters(l.Connected), max(1, l.ElapsedMS))
}

func limiters(n int) string {
	if n == 1 {
		return "1 limiter"
	}
	return fmt.Sprintf("%d limiters", n)
}

func envoys(n int) string {
	if n == 1 {
		return "1 Envoy"
	}
	return fmt.Sprintf("%d Envoys", n)
}

// shortName leaves out the namespace that everybody means.
func shortName(gateway string) string { return strings.TrimPrefix(gateway, "default/") }
