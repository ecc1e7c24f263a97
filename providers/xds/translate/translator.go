package translate

import (
	"cmp"
	"maps"
	"slices"

	"github.com/gwctl/gwctl/internal/resource"
)

// Translator remembers what it translated, so that a change of one route costs
// little beside thousands that stay. Its results are those of Translate. It is
// for one goroutine at a time; results may be shared.
//
// What it keeps is of two kinds. Of objects it knows what they say, and of
// routes what they are in Envoy's words, as long as they stay. All that follows
// from several objects at once is kept as long as an inventory, and is brought
// up to date by which routes came and went.
type Translator struct {
	// Services makes Service and EndpointSlice objects a source of endpoints;
	// without it they are refused, and references to Services lead nowhere.
	// It is set before the first translation.
	Services bool
	// Limiter is where Envoys reach the service that counts requests for all of
	// them, as host:port; "" is nowhere, and global rate limits are refused. It
	// is set before the first translation.
	Limiter string

	trees treeBounds

	turn     uint64 // counts translations
	known    map[resource.ID]*decoded
	byObject map[*resource.Object]*decoded
	faulty   []*decoded // those with problems, ordered by ID

	inventory *inventory
	places    []*place // of all routes, ordered by ID
	at        attachments
	traffic   map[resource.ID]*Status // of the policies on it
	limiter   *backend                // for Limiter
}

// NewTranslator returns a Translator that knows nothing.
func NewTranslator() *Translator {
	return &Translator{known: map[resource.ID]*decoded{}, byObject: map[*resource.Object]*decoded{}, trees: usualTrees}
}

// Translate returns what the Envoys of each gateway are served for these
// objects, and what is to be said of the objects. It never fails as a whole:
// what cannot be translated is a problem, and traffic for it is refused rather
// than let through.
func (t *Translator) Translate(objects []Object) Result {
	ch := t.take(objects)
	t.faulty = replaced(t.faulty, withProblems(ch.gone), withProblems(ch.come), (*decoded).compare)
	t.follow(ch)
	result := Result{
		Gateways: make(map[string]*Snapshot, len(t.inventory.gateways)),
		Limits:   t.inventory.traffic.limits,
		Status:   newStatuses(t.inventory, t.traffic, t.places, t.at),
		Problems: t.problems(ch),
	}
	for _, s := range t.inventory.snapshots {
		result.Gateways[s.gateway.key] = s.update(t.at)
	}
	return result
}

// follow finds out where routes stand: those that came, or all where another
// object changed.
func (t *Translator) follow(ch change) {
	gone, onlyRoutes := routesIn(ch.gone)
	come, alsoOnlyRoutes := routesIn(ch.come)
	if t.inventory == nil || !onlyRoutes || !alsoOnlyRoutes {
		all := slices.SortedFunc(maps.Values(t.known), (*decoded).compare)
		t.inventory, t.places, t.at, t.traffic = t.newInventory(all), nil, nil, nil
		gone = nil
		come, _ = routesIn(all)
	}
	leaving, arriving := make([]*place, len(gone)), make([]*place, len(come))
	for i, r := range gone {
		leaving[i] = r.place
	}
	for i, r := range come {
		r.place = t.inventory.placeOf(r)
		arriving[i] = r.place
	}
	t.places = replaced(t.places, leaving, arriving, (*place).compare)
	t.at = t.at.replaced(leaving, arriving)
	t.traffic = t.inventory.trafficStatuses(t.traffic, t.places, slices.Concat(gone, come))
}

func (t *Translator) problems(ch change) []Problem {
	out := slices.Clone(t.inventory.problems)
	for _, known := range t.faulty {
		out = append(out, known.problems...)
	}
	for _, id := range ch.twice {
		out = append(out, Problem{Origin{ID: id}, "the object is there twice"})
	}
	slices.SortFunc(out, func(a, b Problem) int {
		return cmp.Or(a.ID.Compare(b.ID), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Message, b.Message))
	})
	return out
}
