package translate

import (
	"reflect"
	"slices"

	"github.com/gwctl/gwctl/internal/resource"
)

// decoded is what an object was found to say.
type decoded struct {
	id       resource.ID
	from     Object
	value    any
	problems []Problem
	came     uint64 // the translation that it is new in
	seen     uint64 // the last one that had it
}

func (known *decoded) compare(other *decoded) int { return known.id.Compare(other.id) }

// says reports whether it is what o says as well.
func (known *decoded) says(o Object) bool {
	return known.from.Created.Equal(o.Created) && known.from.Unusable == o.Unusable &&
		(known.from.Object == o.Object || reflect.DeepEqual(known.from.Object.Object, o.Object.Object))
}

// change is what is another than in the translation before, sorted.
type change struct {
	gone, come []*decoded
	// twice are objects that are there twice, and left out: the order of the
	// input must not decide.
	twice []resource.ID
}

// take decodes the objects that are not known yet, and forgets those that are
// gone.
func (t *Translator) take(objects []Object) change {
	t.turn++
	var ch change
	there := 0
	for _, o := range objects {
		if o.Object == nil {
			continue
		}
		known := t.byObject[o.Object]
		if known == nil || known.from != o {
			known = t.meet(o, &ch)
		}
		if known.seen == t.turn {
			ch.twice = append(ch.twice, known.id)
			continue
		}
		known.seen = t.turn
		there++
	}
	if there < len(t.known) || ch.twice != nil {
		for _, id := range ch.twice {
			t.known[id].seen = 0
		}
		for _, known := range t.known {
			if known.seen != t.turn {
				t.forget(known, &ch)
			}
		}
		ch.come = slices.DeleteFunc(ch.come, func(known *decoded) bool { return known.seen != t.turn })
	}
	slices.SortFunc(ch.gone, (*decoded).compare)
	slices.SortFunc(ch.come, (*decoded).compare)
	slices.SortFunc(ch.twice, resource.ID.Compare)
	ch.twice = slices.Compact(ch.twice)
	return ch
}

// meet finds or decodes an object that is not known by itself.
func (t *Translator) meet(o Object, ch *change) *decoded {
	id := resource.IDOf(o.Object)
	known := t.known[id]
	switch {
	case known != nil && known.seen == t.turn:
		return known
	case known != nil && known.says(o):
		delete(t.byObject, known.from.Object)
		known.from = o
	default:
		if known != nil {
			t.forget(known, ch)
		}
		known = t.decode(id, o)
		ch.come = append(ch.come, known)
		t.known[id] = known
	}
	t.byObject[o.Object] = known
	return known
}

func (t *Translator) forget(known *decoded, ch *change) {
	delete(t.known, known.id)
	delete(t.byObject, known.from.Object)
	if known.came != t.turn {
		ch.gone = append(ch.gone, known)
	}
}

// routes returns the routes of what came or went, and whether that is all.
func routesIn(list []*decoded) (routes []*route, all bool) {
	for _, known := range list {
		if r, ok := known.value.(*route); ok {
			routes = append(routes, r)
		}
	}
	return routes, len(routes) == len(list)
}

// withProblems returns those that something is wrong with.
func withProblems(list []*decoded) []*decoded {
	return slices.DeleteFunc(slices.Clone(list), func(known *decoded) bool { return len(known.problems) == 0 })
}
