package fleet

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/gwctl/gwctl/providers/xds/translate"
)

// Refusal is one NACK.
type Refusal struct {
	Gateway, Node string
	Type          translate.Type
	Resources     []string // new, changed or removed in the response that was refused
	Text          string   // Envoy's
}

// Observer is told of what the Envoys of some gateways do, and keeps their
// refusals of what was sent since it began.
type Observer struct {
	// C has a token when an Envoy connected, answered or left.
	C chan struct{}

	fleet    *Fleet
	since    map[*gateway]uint64
	refusals []Refusal
}

// Observe begins to observe gateways, until Close.
func (f *Fleet) Observe(gateways ...string) *Observer {
	o := &Observer{C: make(chan struct{}, 1), fleet: f, since: map[*gateway]uint64{}}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, name := range gateways {
		g := f.gateway(name)
		g.observers++
		o.since[g] = g.epoch
	}
	f.observers[o] = struct{}{}
	return o
}

// Close ends the observation.
func (o *Observer) Close() {
	o.fleet.mu.Lock()
	defer o.fleet.mu.Unlock()
	delete(o.fleet.observers, o)
	for g := range o.since {
		g.observers--
		o.fleet.release(g)
	}
}

// Refusals returns what was refused since the observation began.
func (o *Observer) Refusals() []Refusal {
	o.fleet.mu.Lock()
	defer o.fleet.mu.Unlock()
	return slices.Clone(o.refusals)
}

// maxRefusals bounds an observer's memory.
const maxRefusals = 1_000

// refused tells observers of a NACK of the response that was answered last.
func (f *Fleet) refused(s *stream, t *typeState) {
	for o := range f.observers {
		since, ok := o.since[s.gateway]
		if !ok || t.last.epoch <= since || len(o.refusals) >= maxRefusals {
			continue
		}
		o.refusals = append(o.refusals, Refusal{
			Gateway: s.gateway.name, Node: s.node, Type: t.kind.typ,
			Resources: t.last.names, Text: t.refusal.text,
		})
	}
	f.changed(s.gateway)
}

// changed wakes the observers of a gateway.
func (f *Fleet) changed(g *gateway) {
	for o := range f.observers {
		if _, ok := o.since[g]; ok {
			select {
			case o.C <- struct{}{}:
			default:
			}
		}
	}
}

// Standing is how many of a gateway's Envoys are where they are to be.
type Standing struct {
	Connected     int
	Current       int      // have answered all that they were sent, and nothing is left to send
	Behind        []Behind // the others, by node
	EverConnected bool
}

// Behind is an Envoy that has not answered yet.
type Behind struct {
	Node string
	Type translate.Type // the first that is missing
}

// Standing says how a gateway's Envoys stand. With warm it counts those as
// behind, too, that did not take these resources yet: Envoy acknowledges a
// cluster before it asks for its endpoints and secrets, and in the end one whose
// endpoints never came.
func (f *Fleet) Standing(gateway string, warm []Key) Standing {
	f.mu.Lock()
	defer f.mu.Unlock()
	g := f.gateways[gateway]
	if g == nil {
		return Standing{}
	}
	st := Standing{Connected: len(g.streams), EverConnected: g.ever}
	for s := range g.streams {
		if typ, ok := s.current(warm); !ok {
			st.Behind = append(st.Behind, Behind{s.node, typ})
		}
	}
	st.Current = st.Connected - len(st.Behind)
	slices.SortFunc(st.Behind, func(a, b Behind) int {
		return cmp.Or(strings.Compare(a.Node, b.Node), strings.Compare(string(a.Type), string(b.Type)))
	})
	return st
}

// current reports whether the stream is up to date, and the first type that it
// is not with.
func (s *stream) current(warm []Key) (translate.Type, bool) {
	for i := range s.types {
		t := &s.types[i]
		if t.sub != nil && !t.settled() {
			return t.kind.typ, false
		}
		for _, key := range warm {
			if key.Type != t.kind.typ {
				continue
			}
			e := s.gateway.sets[i].entries[key.Name]
			if e != nil && (t.sub == nil || t.sub.ReturnedResources()[key.Name] != e.version) {
				return t.kind.typ, false
			}
		}
	}
	return "", true
}

// Node is one connected Envoy.
type Node struct {
	ID        string // node.id; two Envoys may have the same
	Gateway   string // node.cluster
	Known     bool   // there is such a gateway
	Version   string // Envoy's
	Delta     bool
	Connected time.Time
	Types     []TypeStatus // those that it subscribed to
}

// TypeStatus is where an Envoy stands with one type.
type TypeStatus struct {
	Type      translate.Type
	Sent      string // version of the whole set
	Acked     string
	Waiting   time.Time // since when an answer is missing, to this or to what must come before it; zero when none is
	Refusal   string    // the last one's text, until the next acknowledgement
	RefusedAt time.Time
}

// Status returns the connected Envoys, by gateway, id and age.
func (f *Fleet) Status() []Node {
	f.mu.Lock()
	defer f.mu.Unlock()
	var nodes []Node
	for _, g := range f.gateways {
		for s := range g.streams {
			nodes = append(nodes, s.status())
		}
	}
	slices.SortFunc(nodes, func(a, b Node) int {
		return cmp.Or(strings.Compare(a.Gateway, b.Gateway), strings.Compare(a.ID, b.ID), a.Connected.Compare(b.Connected))
	})
	return nodes
}

// unansweredSince returns when the oldest response without an answer was sent,
// of any type; zero when there is none.
func (s *stream) unansweredSince() time.Time {
	var since time.Time
	for i := range s.types {
		open := s.types[i].inflight
		if len(open) > 0 && (since.IsZero() || open[0].at.Before(since)) {
			since = open[0].at
		}
	}
	return since
}

func (s *stream) status() Node {
	g := s.gateway
	n := Node{
		ID: s.node, Gateway: g.name, Known: g.known, Version: s.version,
		Delta: s.delta, Connected: s.connected,
	}
	for i := range s.types {
		t := &s.types[i]
		if t.sub == nil {
			continue
		}
		st := TypeStatus{Type: t.kind.typ, Acked: t.acked, Refusal: t.refusal.text, RefusedAt: t.refusal.at}
		switch {
		case len(t.inflight) > 0:
			st.Sent = t.inflight[len(t.inflight)-1].version
			// The versions may be the same: a change that was taken back.
			st.Waiting = t.inflight[0].at
		case t.settled() && t.refusal.at.IsZero():
			// What changed since in the set is nothing that it asked for.
			st.Sent = g.sets[i].sum.String()
			st.Acked = st.Sent
		default:
			st.Sent = t.last.version
			if !t.settled() {
				st.Waiting = s.unansweredSince()
			}
		}
		n.Types = append(n.Types, st)
	}
	return n
}
