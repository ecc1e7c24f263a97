package planner

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/gwctl/gwctl/internal/hostname"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/hashicorp/hcl/v2"
)

// routed is a block whose traffic may change, as it was and as it becomes.
type routed struct {
	address       resource.Address
	provider      string
	before, after *resource.Block // nil where there is none
	was, becomes  resource.ID     // the objects that they make
}

// served is a flow, and the route that serves it.
type served struct {
	resource.ServedFlow
	route *routed
	id    resource.ID
	order int // within the route
}

// place is what requests of one kind have in common where they come in: one
// route alone gets them.
type place struct {
	provider string
	gateway  resource.ID
	port     int64
	match    string
}

// routing is where requests go, by the place where they come in; the first of
// several routes wins.
type routing map[place][]served

// traffic compares where requests went and will go: a match that moves from one
// route to another is no change. Only what a changed object can have an effect
// on is looked at, so that cost follows the change.
func (pl *planning) traffic(changes []ResourceChange) []TrafficChange {
	if pl.in.Mode == RefreshOnly {
		return nil
	}
	affected, others := pl.affected(changes)
	if len(affected) == 0 {
		return nil
	}
	before, after := routing{}, routing{}
	claimed := map[string]bool{}
	var problems []foundProblem
	for i := range affected {
		pl.route(before, &affected[i], false, claimed)
		problems = append(problems, pl.route(after, &affected[i], true, claimed)...)
	}
	for i := range others {
		o := &others[i]
		if slices.ContainsFunc(pl.in.Codec.Claims(o.after), func(c string) bool { return claimed[c] }) {
			pl.route(before, o, false, nil)
			pl.route(after, o, true, nil)
		}
	}
	pl.settle(before)
	pl.settle(after)
	pl.warnOfProblems(problems)
	pl.warnOfRivals(after, affected)
	return trafficLines(before, after)
}

// affected splits the blocks that are or were live into those that the plan's
// changes have an effect on, and all others.
func (pl *planning) affected(changes []ResourceChange) (affected, others []routed) {
	changed := map[key]bool{}
	for k, oc := range pl.objects {
		if oc.Action != NoOp {
			changed[k] = true
		}
	}
	if len(changed) == 0 {
		return nil, nil
	}
	sort := func(r routed, isChanged bool) {
		refers := false
		for _, b := range []*resource.Block{r.before, r.after} {
			if refers || isChanged || b == nil {
				continue
			}
			b.EachRef(func(ref resource.Ref) { refers = refers || changed[key{r.provider, ref.ID}] })
		}
		if isChanged || refers {
			affected = append(affected, r)
		} else {
			others = append(others, r)
		}
	}
	seen := make(map[resource.Address]bool, len(changes))
	for i := range changes {
		c := &changes[i]
		seen[c.Address] = true
		if c.Action == Forget || len(c.Objects) == 0 {
			continue
		}
		r := routed{address: c.Address, provider: c.Provider, before: c.Before, after: c.After, was: c.Objects[0], becomes: c.Objects[0]}
		if rec := pl.prior[c.Address]; rec != nil && len(rec.objects) > 0 && (c.Action == Replace || c.Action == Delete) {
			r.was = rec.objects[0].key.id
		}
		still := c.Action == NoOp || c.Action == Move
		if still && r.after == nil { // gone back to, so that nobody wrote it
			r.after = pl.words(r.provider, r.address, pl.live[key{r.provider, r.becomes}].Object)
			r.before = r.after
		}
		if r.before != nil || r.after != nil {
			sort(r, !still)
		}
	}
	for _, a := range pl.addresses { // what -target and -exclude leave as it is
		rec := pl.prior[a]
		if seen[a] || rec == nil || len(rec.objects) == 0 {
			continue
		}
		k := rec.objects[0].key
		if b := pl.words(k.provider, a, pl.live[k].Object); b != nil {
			sort(routed{address: a, provider: k.provider, before: b, after: b, was: k.id, becomes: k.id}, false)
		}
	}
	return affected, others
}

// foundProblem is why requests do not go where a block says.
type foundProblem struct {
	route *routed
	resource.TrafficProblem
}

// route adds the flows of a block to where requests go, and their claims to
// claimed.
func (pl *planning) route(into routing, r *routed, after bool, claimed map[string]bool) []foundProblem {
	b, id, find := r.before, r.was, pl.findBefore(r.provider)
	if after {
		b, id, find = r.after, r.becomes, pl.findAfter(r.provider)
	}
	if b == nil {
		return nil
	}
	t := pl.in.Codec.Traffic(r.address, id, b, find)
	for i, f := range t.Flows {
		for _, share := range f.To {
			if math.IsNaN(share) || math.IsInf(share, 0) {
				f.To = nil // all weights are 0
				break
			}
		}
		if claimed != nil {
			for _, c := range f.Claims {
				claimed[c] = true
			}
		}
		p := place{r.provider, f.Gateway, f.Port, f.Match}
		into[p] = append(into[p], served{ServedFlow: f, route: r, id: id, order: i})
	}
	var problems []foundProblem
	for _, p := range t.Problems {
		problems = append(problems, foundProblem{r, p})
	}
	return problems
}

// findBefore finds objects as they are live.
func (pl *planning) findBefore(provider string) resource.Find {
	return func(id resource.ID) (*resource.Object, bool) {
		k := key{provider, id}
		if l, ok := pl.live[k]; ok {
			return l.Object, true
		}
		return nil, pl.wasRead(k)
	}
}

// findAfter finds objects as they will be when the plan is applied.
func (pl *planning) findAfter(provider string) resource.Find {
	before := pl.findBefore(provider)
	return func(id resource.ID) (*resource.Object, bool) {
		if oc := pl.objects[key{provider, id}]; oc != nil && oc.Action != NoOp {
			return oc.After, true
		}
		return before(id)
	}
}

// wasRead reports whether an object that is not live would have been read: it
// is this configuration's, or is referred to as another one's.
func (pl *planning) wasRead(k key) bool {
	if !pl.in.Refreshed || pl.in.Unreadable[k.provider][k.id] != nil {
		return false
	}
	if pl.wanted[k] != nil || pl.last[k] != nil {
		return true
	}
	if pl.asked == nil {
		pl.asked = map[key]bool{}
		for provider, ids := range pl.in.Looked {
			for _, id := range ids {
				pl.asked[key{provider, id}] = true
			}
		}
	}
	return pl.asked[k]
}

// settle puts those first who win, as the Gateway API says: the more specific
// hostname, the older route, the first by name.
func (pl *planning) settle(r routing) {
	for _, all := range r {
		if len(all) > 1 {
			slices.SortStableFunc(all, func(a, b served) int {
				c, _ := pl.precedence(a, b)
				return c
			})
		}
	}
}

// precedence orders flows that meet, and says why.
func (pl *planning) precedence(a, b served) (order int, why string) {
	if a.Own != b.Own {
		return hostname.MoreSpecific(a.Own, b.Own), "its hostname is more specific"
	}
	if c := strings.Compare(pl.created(a), pl.created(b)); c != 0 {
		return c, "it is older"
	}
	return cmp.Or(
		a.id.CompareNames(b.id),
		cmp.Compare(a.order, b.order),
	), "none is older, and its name comes first"
}

// created returns when a route came to be, as text that sorts.
func (pl *planning) created(s served) string {
	if l, ok := pl.live[key{s.route.provider, s.id}]; ok {
		at, _ := metadataOf(l.Object)["creationTimestamp"].(string)
		return at
	}
	return "~" // is still to be made
}

// warnOfProblems tells why requests will not go where blocks say, once for all
// blocks that say the same.
func (pl *planning) warnOfProblems(problems []foundProblem) {
	addresses := map[resource.TrafficProblem][]resource.Address{}
	var order []foundProblem
	for _, p := range problems {
		if addresses[p.TrafficProblem] == nil {
			order = append(order, p)
		}
		addresses[p.TrafficProblem] = append(addresses[p.TrafficProblem], p.route.address)
	}
	for _, p := range order {
		pl.warn("Requests do not arrive", fmt.Sprintf("%s: %s.", someOf(addresses[p.TrafficProblem]), p.Text), pl.placeOf(p.route.address, p.Of))
	}
}

// placeOf returns where a block refers to an object, or the block.
func (pl *planning) placeOf(a resource.Address, id resource.ID) *hcl.Range {
	r := pl.desired[a]
	if r == nil {
		return nil
	}
	if at := refRange(r.Block, id); at != nil {
		return at
	}
	return r.Range.Ptr()
}

func refRange(b *resource.Block, id resource.ID) *hcl.Range {
	for i := range b.Attrs {
		if ref, ok := b.Attrs[i].Value.(resource.Ref); ok && ref.ID == id {
			return b.Attrs[i].Range.Ptr()
		}
	}
	for _, n := range b.Blocks {
		if at := refRange(n, id); at != nil {
			return at
		}
	}
	return nil
}

// warnOfRivals tells of routes that get no requests of a kind since another one
// gets them.
func (pl *planning) warnOfRivals(after routing, affected []routed) {
	type pair struct{ winner, loser resource.Address }
	type conflict struct {
		matches       []string
		why           string
		winner, loser string // the parts of the blocks that the first match comes from
	}
	mine := make(map[resource.Address]bool, len(affected))
	for i := range affected {
		mine[affected[i].address] = true
	}
	conflicts := map[pair]*conflict{}
	for _, all := range after {
		for _, s := range all[1:] {
			p := pair{all[0].route.address, s.route.address}
			if p.winner == p.loser || !mine[p.winner] && !mine[p.loser] {
				continue
			}
			c := conflicts[p]
			if c == nil {
				_, why := pl.precedence(all[0], s)
				c = &conflict{why: why}
				conflicts[p] = c
			}
			if slices.Contains(c.matches, s.Match) {
				continue
			}
			if len(c.matches) == 0 || s.Match < slices.Min(c.matches) {
				c.winner, c.loser = all[0].Part, s.Part
			}
			c.matches = append(c.matches, s.Match)
		}
	}
	pairs := slices.SortedFunc(maps.Keys(conflicts), func(a, b pair) int {
		return cmp.Or(a.winner.Compare(b.winner), a.loser.Compare(b.loser))
	})
	for _, p := range pairs {
		c := conflicts[p]
		slices.Sort(c.matches)
		matches := c.matches[0]
		if more := len(c.matches) - 1; more > 0 {
			matches += fmt.Sprintf(" and %d more", more)
		}
		at, other := pl.lineOf(p.loser, c.loser), pl.lineOf(p.winner, c.winner)
		if at.Filename == "" { // nobody wrote it here
			at, other = other, at
		}
		gets := p.winner.String()
		if other.Filename != "" {
			gets = fmt.Sprintf("%s (%s line %d)", gets, other.Filename, other.Start.Line)
		}
		pl.warn("Two routes for the same requests", fmt.Sprintf("%s and %s both match %s. %s gets the requests: %s.", p.winner, p.loser, matches, gets, c.why), at.Ptr())
	}
}

// lineOf returns where a part of a block is written, or the block; zero where it
// is not in the configuration.
func (pl *planning) lineOf(a resource.Address, part string) hcl.Range {
	r := pl.desired[a]
	if r == nil {
		return hcl.Range{}
	}
	for _, b := range r.Block.Blocks {
		if b.Label == part && b.Range.Filename != "" {
			return b.Range
		}
	}
	return r.Range
}
