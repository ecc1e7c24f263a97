package translate

import (
	"cmp"
	"iter"
	"slices"
	"sync"

	"github.com/gwctl/gwctl/internal/resource"
)

// Statuses is what translation can say of all objects. What takes a look at
// routes, which are many, is put together when somebody asks. It may be shared.
type Statuses struct {
	listeners map[resource.ID]*Status // of Gateways and ListenerSets
	traffic   map[resource.ID]*Status // of policies on it
	clients   map[resource.ID]*Status // of policies on clients
	tls       map[resource.ID]*Status // of policies, without ancestors, and of Backends
	ancestors func() map[resource.ID][]resource.ID
	places    []*place // ordered by route
	at        attachments
}

func newStatuses(inv *inventory, traffic map[resource.ID]*Status, places []*place, at attachments) Statuses {
	s := Statuses{
		listeners: make(map[resource.ID]*Status, len(inv.gateways)+len(inv.sets)), traffic: traffic, clients: inv.clients, tls: inv.tls,
		ancestors: sync.OnceValue(func() map[resource.ID][]resource.ID { return ancestorsOf(places) }),
		places:    places, at: at,
	}
	for _, g := range inv.gateways {
		s.listeners[g.id] = g.status(at)
	}
	for _, set := range inv.sets {
		s.listeners[set.id] = set.status(at)
	}
	return s
}

// Of returns the status of an object; nil where there is nothing to say.
func (s Statuses) Of(id resource.ID) *Status {
	if status := s.listeners[id]; status != nil {
		return status
	}
	if status := s.tls[id]; status != nil {
		return &Status{Conditions: status.Conditions, Ancestors: s.ancestors()[id]}
	}
	if status := s.clients[id]; status != nil {
		return status
	}
	if status := s.traffic[id]; status != nil {
		return status
	}
	if p := placeIn(s.places, id); p != nil {
		return p.statusAmong(s.at)
	}
	return nil
}

// All yields all that there are.
func (s Statuses) All() iter.Seq2[resource.ID, *Status] {
	return func(yield func(resource.ID, *Status) bool) {
		for _, known := range []map[resource.ID]*Status{s.listeners, s.traffic, s.clients, s.tls} {
			for id := range known {
				if !yield(id, s.Of(id)) {
					return
				}
			}
		}
		for _, p := range s.places {
			if !yield(p.route.id, p.statusAmong(s.at)) {
				return
			}
		}
	}
}

// statusAmong is the status of a route beside the others at its listeners. A
// parent is lost with the last of the listeners that it leads to.
func (p *place) statusAmong(at attachments) *Status {
	out := &Status{Parents: slices.Clone(p.status.Parents)}
	for i, through := range p.through {
		var lostTo *route
		lost := 0
		for _, a := range through {
			if winner := at.of(a.listener).lost[p.route]; winner != nil {
				lost++
				lostTo = cmp.Or(lostTo, winner)
			}
		}
		if lost > 0 && lost == len(through) {
			out.Parents[i] = out.Parents[i].lostTo(lostTo)
			continue
		}
		for _, a := range through {
			if message := at.of(a.listener).outdone(a); message != "" {
				out.Parents[i] = out.Parents[i].saying(message)
			}
		}
	}
	return out
}
