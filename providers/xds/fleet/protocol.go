package fleet

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	rpc "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/anypb"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	subscription "github.com/envoyproxy/go-control-plane/pkg/server/stream/v3"
)

const (
	maxNames  = 100_000 // subscribed to, of one type on one stream
	maxReason = 8 << 10 // bytes of a refusal's text; Envoy's end at half of it
)

// respond makes the message for changes of one type, and notes it as sent.
func (s *stream) respond(i int, put []*entry, r response, removed []string) any {
	t, set := &s.types[i], &s.gateway.sets[i]
	s.nonces++
	r.nonce = strconv.FormatUint(s.nonces, 10)
	r.at = time.Now()
	r.version = set.sum.String()
	r.epoch = s.gateway.epoch
	t.inflight = append(t.inflight, r)
	if !s.delta {
		return &discovery.DiscoveryResponse{
			VersionInfo: r.version,
			TypeUrl:     t.kind.url,
			Nonce:       r.nonce,
			Resources:   s.state(i, put),
		}
	}
	m := &discovery.DeltaDiscoveryResponse{
		SystemVersionInfo: r.version,
		TypeUrl:           t.kind.url,
		Nonce:             r.nonce,
		RemovedResources:  removed,
	}
	for _, e := range put {
		m.Resources = append(m.Resources, e.wire)
	}
	return m
}

// state returns what a state-of-the-world response carries: of the types that
// are subscribed to as a whole all there is, with the clusters that are not to
// be taken away yet; of the others what changed.
func (s *stream) state(i int, put []*entry) []*anypb.Any {
	t, set := &s.types[i], &s.gateway.sets[i]
	if !t.kind.wildcard {
		bodies := make([]*anypb.Any, len(put))
		for i, e := range put {
			bodies[i] = e.wire.GetResource()
		}
		return bodies
	}
	if t.sub.IsWildcard() && len(t.removals) == 0 {
		return set.bodies()
	}
	all := map[string]*anypb.Any{}
	for name, e := range set.entries {
		if t.wants(name) {
			all[name] = e.wire.GetResource()
		}
	}
	for name, r := range t.removals {
		all[name] = r.entry.wire.GetResource()
		if known := t.sub.ReturnedResources(); known[name] != r.entry.version {
			// It was to change when it went: what the Envoy has is not kept.
			known[name] = r.entry.version
			s.recastEndpoints(name, true)
		}
	}
	bodies := make([]*anypb.Any, 0, len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		bodies = append(bodies, all[name])
	}
	return bodies
}

// bodies returns all resources in the order of their names; it is shared.
func (s *set) bodies() []*anypb.Any {
	if s.sorted == nil {
		s.sorted = make([]*anypb.Any, 0, len(s.entries))
		for _, name := range slices.Sorted(maps.Keys(s.entries)) {
			s.sorted = append(s.sorted, s.entries[name].wire.GetResource())
		}
	}
	return s.sorted
}

// deltaRequest takes in one message of a delta stream.
func (f *Fleet) deltaRequest(s *stream, m *discovery.DeltaDiscoveryRequest) error {
	i, ok := s.kindOf(m.GetTypeUrl())
	if !ok {
		return nil // a type that is not served
	}
	t := &s.types[i]
	f.answered(s, i, m.GetResponseNonce(), m.GetErrorDetail())
	if t.sub == nil {
		known := m.GetInitialResourceVersions()
		if known == nil || s.gateway.sets[i].distrust {
			known = map[string]string{}
		}
		sub := subscription.NewDeltaSubscription(m.GetResourceNamesSubscribe(), m.GetResourceNamesUnsubscribe(), known, t.kind.wildcard)
		t.sub, t.full, t.owed = &sub, true, sub.IsWildcard() && len(known) == 0
		t.served, t.blind = len(known) > 0, s.gateway.sets[i].distrust
		f.doubt(s, i)
		return s.bounded(t)
	}
	whole := t.sub.IsWildcard()
	t.sub.UpdateResourceSubscriptions(m.GetResourceNamesSubscribe(), m.GetResourceNamesUnsubscribe())
	t.full = t.full || !whole && t.sub.IsWildcard()
	for _, name := range m.GetResourceNamesSubscribe() {
		// Envoy may have dropped it since: it is sent again.
		delete(t.sub.ReturnedResources(), name)
		t.pending[name] = struct{}{}
	}
	for _, name := range m.GetResourceNamesUnsubscribe() {
		t.pending[name] = struct{}{}
	}
	delete(t.pending, "*")
	return s.bounded(t)
}

// doubt forgets what the Envoy said to have of names that it may have in
// another version, or may have without knowing. A stream of before may not have
// ended yet.
func (f *Fleet) doubt(s *stream, i int) {
	if f.nodes[s.node] > 1 {
		for other := range s.gateway.streams {
			if other != s && other.node == s.node {
				s.gateway.sets[i].suspectAll(other.types[i].unanswered())
			}
		}
	}
	t := &s.types[i]
	known := t.sub.ReturnedResources()
	for name := range s.gateway.sets[i].suspects {
		if _, has := known[name]; has || t.sub.IsWildcard() {
			known[name] = ""
		}
	}
	if i == endpoints {
		for name := range s.recast {
			delete(known, name)
		}
		clear(s.recast)
	}
}

// unanswered names what was sent and not answered: had the Envoy refused it,
// nobody would know. What comes first, before the Envoy has anything, is no
// matter: it would not say to have it.
func (t *typeState) unanswered() []string {
	open := t.inflight
	if !t.served && len(open) > 0 {
		open = open[1:]
	}
	var names []string
	for _, r := range open {
		names = append(names, r.names...)
	}
	return names
}

// stateRequest takes in one message of a state-of-the-world stream.
func (f *Fleet) stateRequest(s *stream, m *discovery.DiscoveryRequest) error {
	i, ok := s.kindOf(m.GetTypeUrl())
	if !ok {
		return nil
	}
	t := &s.types[i]
	if t.sub == nil {
		sub := subscription.NewSotwSubscription(m.GetResourceNames(), t.kind.wildcard)
		t.sub, t.full, t.owed, t.blind = &sub, true, sub.IsWildcard(), true
		clear(s.recast)
		return s.bounded(t)
	}
	// The names of a message count only when it answers the latest response:
	// another one, with the names as they are now, follows otherwise.
	nonce := m.GetResponseNonce()
	stale := nonce != "" && nonce != t.latest()
	f.answered(s, i, nonce, m.GetErrorDetail())
	if stale {
		return nil
	}
	whole := t.sub.IsWildcard()
	t.sub.SetResourceSubscription(m.GetResourceNames())
	t.full = t.full || !whole && t.sub.IsWildcard()
	for name := range t.sub.SubscribedResources() {
		if _, sent := t.sub.ReturnedResources()[name]; !sent {
			t.pending[name] = struct{}{}
		}
	}
	return s.bounded(t)
}

// bounded refuses an Envoy that subscribes to too many names.
func (s *stream) bounded(t *typeState) error {
	if n := len(t.sub.SubscribedResources()); n > maxNames {
		return status.Errorf(codes.ResourceExhausted, "%d names of %s are subscribed to; at most %d are served to one Envoy", n, t.kind.typ, maxNames)
	}
	return nil
}

// latest returns the nonce of the response sent last.
func (t *typeState) latest() string {
	if n := len(t.inflight); n > 0 {
		return t.inflight[n-1].nonce
	}
	return t.last.nonce
}

// reasonOf is Envoy's text, short and without the contents of files, which it
// might quote with the message that it refuses.
func reasonOf(reason *rpc.Status) string {
	text, _, quoted := strings.Cut(reason.GetMessage(), "-----BEGIN ")
	if quoted {
		text += "..."
	}
	return text[:min(len(text), maxReason)]
}

// answered takes in the answer to a response: an acknowledgement, or a refusal
// with its reason. Answers to nothing that was sent are ignored. A refusal of
// what was acknowledged before counts: a listener may fail late.
func (f *Fleet) answered(s *stream, i int, nonce string, reason *rpc.Status) {
	if nonce == "" {
		return
	}
	t := &s.types[i]
	at := slices.IndexFunc(t.inflight, func(r response) bool { return r.nonce == nonce })
	switch {
	case at >= 0:
		t.last = t.inflight[at]
		t.last.fresh = nil
		t.inflight = slices.Delete(t.inflight, 0, at+1)
	case reason == nil || nonce != t.last.nonce || !t.refusal.at.IsZero():
		return
	}
	t.served, t.blind = true, false
	if reason == nil {
		t.acked, t.refusal = t.last.version, refusal{}
		f.changed(s.gateway)
		return
	}
	t.refusal = refusal{text: reasonOf(reason), at: time.Now()}
	s.gateway.sets[i].suspectAll(t.last.names)
	f.refused(s, t)
}
