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

// words of an action, for those who watch.
var words = map[planner.Action][2]string{
	planner.Create: {"Creating...", "Creation complete"},
	planner.Update: {"Updating...", "Update complete"},
	planner.Delete: {"Destroying...", "Destruction complete"},
}

func (r *reporter) send(e providers.Event) {
	if r.events != nil {
		e.Time = time.Now()
		r.events(e)
	}
}

func (r *reporter) begin() { r.each(0, false) }
func (r *reporter) end()   { r.each(1, true) }

// each tells once of each resource that is changed.
func (r *reporter) each(word int, done bool) {
	told := map[resource.Address]bool{}
	for i := range r.plan.Objects {
		ch := &r.plan.Objects[i]
		if ch.Provider != r.key || ch.Action == planner.NoOp {
			continue
		}
		for _, a := range ch.Addresses {
			if !told[a] {
				told[a] = true
				r.send(providers.Event{Address: a, Phase: string(ch.Action), Message: words[ch.Action][word], Done: done})
			}
		}
	}
}

// patience is how long a phase may take before its beginning is worth a line.
const patience = time.Second

// progress tells of a phase when it is finished, or takes long.
func (r *reporter) progress(p *api.Progress) {
	e := providers.Event{Phase: p.Phase, Done: p.Acked == p.Connected}
	switch {
	case p.Phase == "queued":
		e.Message = "Waiting for another apply to finish"
	case p.Phase == "committed", p.Connected == 0:
		return // the summary says so
	case p.Acked == 0 && time.Duration(p.ElapsedMS)*time.Millisecond < patience:
		return
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

func envoys(n int) string {
	if n == 1 {
		return "1 Envoy"
	}
	return fmt.Sprintf("%d Envoys", n)
}

// shortName leaves out the namespace that everybody means.
func shortName(gateway string) string { return strings.TrimPrefix(gateway, "default/") }
