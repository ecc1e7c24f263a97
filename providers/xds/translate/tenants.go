package translate

import "maps"

// tenants are the routes at one listener. They are never changed.
type tenants struct {
	all      []*attachedRoute // all that attach, ordered by route
	attached []*attachedRoute // those that have not lost the listener to rivals
	lost     losses
	// winners get what the listener cannot tell apart, by hostname; nil where
	// it tells requests apart.
	winners map[string]*route
}

func newTenants(l *listener, all []*attachedRoute) *tenants {
	t := &tenants{all: all}
	t.attached, t.lost = settle(all)
	if l.scheme == "" {
		t.winners = winners(t.attached)
	}
	return t
}

// attachments says which routes are at each listener. They are never changed.
type attachments map[*listener]*tenants

// of returns the routes at a listener.
func (at attachments) of(l *listener) *tenants {
	if t := at[l]; t != nil {
		return t
	}
	return &tenants{}
}

// replaced returns what is so when places are gone and others have come, both
// ordered by route. Listeners that this does not concern keep their tenants.
func (at attachments) replaced(gone, come []*place) attachments {
	leaving, arriving := byListener(gone), byListener(come)
	concerned := maps.Clone(leaving)
	maps.Copy(concerned, arriving)
	out := make(attachments, len(at)+len(concerned))
	maps.Copy(out, at)
	for l := range concerned {
		out[l] = newTenants(l, replaced(at.of(l).all, leaving[l], arriving[l], (*attachedRoute).compare))
	}
	return out
}

func byListener(places []*place) map[*listener][]*attachedRoute {
	out := map[*listener][]*attachedRoute{}
	for _, p := range places {
		for _, a := range p.attachments {
			out[a.listener] = append(out[a.listener], a)
		}
	}
	return out
}
