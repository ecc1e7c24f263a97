package fleet

import (
	"maps"
	"slices"
	"time"

	subscription "github.com/envoyproxy/go-control-plane/pkg/server/stream/v3"
)

// stream is one connected Envoy. Two of them may have the same node id.
type stream struct {
	delta     bool
	connected time.Time
	node      string
	version   string   // Envoy's
	gateway   *gateway // nil until the first request
	first     bool     // to be reported as the gateway's first
	closed    bool
	nonces    uint64
	types     []typeState // as kinds
	// recast are clusters whose definition was sent before their endpoints
	// were subscribed to on this stream: Envoy, which may have the endpoints,
	// waits for them anew.
	recast map[string]struct{}
	// held are endpoints that are gone, of clusters that are not taken away yet.
	held map[string]*entry
	// kept are secrets that are gone, which a cluster on its way may name.
	kept map[string]*entry
	wake chan struct{} // holds one token when there may be something to send
}

func newStream(delta bool) *stream {
	s := &stream{
		delta:     delta,
		connected: time.Now(),
		types:     make([]typeState, len(kinds)),
		recast:    map[string]struct{}{},
		held:      map[string]*entry{},
		kept:      map[string]*entry{},
		wake:      make(chan struct{}, 1),
	}
	for i := range s.types {
		s.types[i] = typeState{kind: &kinds[i], pending: map[string]struct{}{}, removals: map[string]removal{}}
	}
	return s
}

// poke has the stream look for something to send.
func (s *stream) poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// typeState is where a stream stands with one type.
type typeState struct {
	kind    *kind
	sub     *subscription.Subscription // what is wanted, and the versions sent; nil until the first request
	full    bool                       // all that is wanted is to be looked at
	owed    bool                       // an answer is owed, even an empty one
	blind   bool                       // what it has from before is not known
	served  bool                       // the Envoy had something of it before what is in flight
	pending map[string]struct{}        // names to be looked at
	// removals are clusters that are gone from the set, and not yet taken
	// from this Envoy.
	removals map[string]removal
	inflight []response // without an answer, oldest first
	last     response   // the last one that was answered
	acked    string     // version of the last one that was acknowledged
	refusal  refusal
}

// removal is a cluster to be taken away.
type removal struct {
	entry    *entry // nil on delta streams where the Envoy told us that it has it
	due      time.Time
	unrouted bool // no route ever named it: it goes at once
}

// response is one that was sent.
type response struct {
	nonce   string
	at      time.Time
	version string              // of the set
	epoch   uint64              // of the gateway
	names   []string            // new, changed or removed
	fresh   map[string]struct{} // clusters that were new
}

// refusal is the last NACK, until the next ACK.
type refusal struct {
	text string
	at   time.Time
}

// maxInflight bounds the responses of one type that have no answer. Envoy
// answers in order, and late while clusters warm; what is newer is kept
// together until it does.
const maxInflight = 32

// wants reports whether the Envoy subscribed to the name.
func (t *typeState) wants(name string) bool {
	if t.sub == nil {
		return false
	}
	if t.sub.IsWildcard() {
		return true
	}
	_, ok := t.sub.SubscribedResources()[name]
	return ok
}

// changed notes that the set has another version of a resource.
func (t *typeState) changed(name string) {
	if !t.wants(name) {
		return
	}
	delete(t.removals, name)
	t.pending[name] = struct{}{}
}

// removed notes that a resource is gone from the set. Envoy drops routes and
// endpoints with what named them; to be told of it would make a warming cluster
// go on without endpoints.
func (s *stream) removed(i int, name string, r removal) {
	t := &s.types[i]
	switch {
	case i == endpoints:
		// A cluster that is still warming must get through it, to be taken
		// away in its turn.
		if sub := s.types[clusters].sub; sub != nil {
			if _, sent := sub.ReturnedResources()[name]; sent {
				s.held[name] = r.entry
			}
		}
	case i == secrets:
		s.kept[name] = r.entry // the same goes for what it warms with
	case !t.kind.wildcard || !t.wants(name):
	case t.kind.routing:
		t.pending[name] = struct{}{}
	default:
		delete(t.pending, name)
		if _, sent := t.sub.ReturnedResources()[name]; sent {
			// No route that names it goes out before its acknowledgement.
			r.unrouted = r.unrouted || t.unacknowledged(name)
			t.removals[name] = r
		}
	}
}

// unacknowledged reports whether a resource is on its way to an Envoy that had
// it not before.
func (t *typeState) unacknowledged(name string) bool {
	return slices.ContainsFunc(t.inflight, func(r response) bool {
		_, ok := r.fresh[name]
		return ok
	})
}

// available returns a resource as this stream is to have it, nil for none.
func (s *stream) available(i int, name string) *entry {
	e := s.gateway.sets[i].entries[name]
	switch {
	case e != nil:
		return e
	case i == endpoints:
		return s.held[name]
	case i == secrets:
		return s.kept[name]
	}
	return nil
}

// release lets go of the secrets that nothing names any more: what could name
// them was acknowledged, and the Envoy does not ask for them.
func (s *stream) release() {
	if len(s.kept) == 0 || s.types[clusters].sub != nil && !s.types[clusters].settled() {
		return
	}
	for name := range s.kept {
		if s.gateway.sets[secrets].entries[name] != nil || !s.types[secrets].wants(name) {
			delete(s.kept, name)
		}
	}
}

// settled reports whether all was sent and answered, for what is not removed
// later.
func (t *typeState) settled() bool {
	return len(t.inflight) == 0 && len(t.pending) == 0 && !t.owed && !t.full
}

// candidates returns the names to look at, in order, and clears them. On a
// full look, clusters that the Envoy has and the set has not are noted as
// removals.
func (s *stream) candidates(i int, due time.Time) []string {
	t, set := &s.types[i], &s.gateway.sets[i]
	names := t.pending
	t.pending = map[string]struct{}{}
	if t.full {
		t.full = false
		if t.sub.IsWildcard() {
			for name := range set.entries {
				names[name] = struct{}{}
			}
		}
		for name := range t.sub.SubscribedResources() {
			names[name] = struct{}{}
		}
		for name := range t.sub.ReturnedResources() {
			if set.entries[name] != nil || !t.kind.wildcard {
				continue
			}
			if t.kind.routing || !s.delta {
				names[name] = struct{}{}
			} else {
				t.removals[name] = removal{due: due}
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// next returns the next message to send, nil for none, and when to look again
// where only time is missing.
func (f *Fleet) next(s *stream) (msg any, again time.Time) {
	g := s.gateway
	if g == nil {
		return nil, again
	}
	now := time.Now()
	s.release()
	for i := range s.types {
		t := &s.types[i]
		switch {
		case t.sub == nil || len(t.inflight) >= maxInflight:
		case t.full && !g.known: // it waits for its gateway
		case t.kind.routing && s.warming():
		case t.full || t.owed || len(t.pending) > 0:
			if msg := s.collect(i, now.Add(f.opts.Grace)); msg != nil {
				return msg, again
			}
			f.changed(g) // it has all there is, without a word
		}
	}
	return s.takeAway(now)
}

// warming reports whether clusters or endpoints on their way have no answer
// yet: Envoy acknowledges clusters once they are warm.
func (s *stream) warming() bool {
	for i := range s.types {
		if t := &s.types[i]; !t.kind.routing && len(t.inflight) > 0 {
			return true
		}
	}
	return false
}

// takeAway returns the message that removes the clusters that are due, once no
// routes are on their way that take their place.
func (s *stream) takeAway(now time.Time) (msg any, again time.Time) {
	t := &s.types[clusters]
	if len(t.removals) == 0 || len(t.inflight) >= maxInflight {
		return nil, again
	}
	routed := true
	for i := range s.types {
		if other := &s.types[i]; other.kind.routing && other.sub != nil && !other.settled() {
			routed = false
		}
	}
	var names []string
	for name, r := range t.removals {
		switch {
		case r.unrouted || routed && !r.due.After(now):
			names = append(names, name)
		case routed && (again.IsZero() || r.due.Before(again)):
			again = r.due
		}
	}
	if len(names) == 0 {
		return nil, again
	}
	slices.Sort(names)
	known := t.sub.ReturnedResources()
	for _, name := range names {
		delete(t.removals, name)
		delete(known, name)
		delete(s.held, name)
	}
	return s.respond(clusters, nil, response{names: names}, names), again
}

// collect returns the message with what is to be sent of one type, nil where
// it turns out that nothing is.
func (s *stream) collect(i int, due time.Time) any {
	t := &s.types[i]
	known := t.sub.ReturnedResources()
	var put []*entry
	var removed, names []string
	fresh := map[string]struct{}{}
	for _, name := range s.candidates(i, due) {
		if !t.wants(name) {
			continue
		}
		e := s.available(i, name)
		version, sent := known[name]
		_, later := t.removals[name]
		switch {
		case e != nil && sent && version == e.version:
			delete(t.removals, name)
		case e != nil:
			delete(t.removals, name)
			known[name] = e.version
			put, names = append(put, e), append(names, name)
			if i == clusters {
				delete(s.held, name)
				s.recastEndpoints(name, sent)
				if !sent && !t.blind {
					fresh[name] = struct{}{}
				}
			}
		case t.kind.wildcard && !later:
			// Asked for by name, or a listener that is no more.
			if _, asked := t.sub.SubscribedResources()[name]; sent || asked && s.delta {
				delete(known, name)
				removed, names = append(removed, name), append(names, name)
			}
		}
	}
	if len(names) == 0 && !t.owed {
		return nil
	}
	t.owed = false
	return s.respond(i, put, response{names: names, fresh: fresh}, removed)
}

// recastEndpoints has the endpoints of a cluster that is sent go along, also
// where the Envoy has them: a cluster that changes under its name warms anew,
// and until it gets endpoints.
func (s *stream) recastEndpoints(name string, changed bool) {
	t := &s.types[endpoints]
	if t.sub == nil {
		if changed {
			s.recast[name] = struct{}{}
		}
		return
	}
	if _, sent := t.sub.ReturnedResources()[name]; sent {
		delete(t.sub.ReturnedResources(), name)
		t.pending[name] = struct{}{}
	}
}
