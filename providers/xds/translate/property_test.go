package translate_test

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers/xds/translate"
	"pgregory.net/rapid"
)

// TestTranslatorIsTranslate applies random edits to a set of objects, and takes
// some of them back: after each, a Translator that knew the objects before says
// what one says that did not, whatever the order, and nothing that Envoy would
// refuse.
func TestTranslatorIsTranslate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw{t}
		limiter := d.of("limiter", "10.0.0.1:8081", "limiter.internal:8081", "")
		services, trees := d.odds("services", 2), d.odds("in match trees", 2)
		fresh := func() *translate.Translator {
			translator := translate.NewTranslator().WithLists()
			if trees {
				translator = translator.WithTrees()
			}
			translator.Services, translator.Limiter = services, limiter
			return translator
		}
		warm, objects, before := fresh(), store{}, store{}
		changes := rapid.IntRange(20, 60).Draw(t, "objects")
		for range rapid.IntRange(1, 6).Draw(t, "edits") {
			if changes == 0 {
				objects, before = before, objects
			} else {
				before = maps.Clone(objects)
			}
			for range changes {
				objects.edit(d)
			}
			changes = rapid.IntRange(0, 3).Draw(t, "changes")

			list := objects.list()
			if len(list) > 0 && d.odds("twice", 10) {
				list = append(list, rapid.SampledFrom(list).Draw(t, "the same"))
			}
			got := warm.Translate(rapid.Permutation(list).Draw(t, "order"))
			if want := fresh().Translate(list); !reflect.DeepEqual(allOf(got), allOf(want)) {
				t.Fatalf("got %s\nwant %s", shown(got), shown(want))
			}
			for _, s := range got.Gateways {
				if err := checkSnapshot(s); err != nil {
					t.Fatal(err)
				}
				if _, err := checkCounted(s, got.Limits); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

// store holds objects as the server's does.
type store map[resource.ID]translate.Object

func (s store) list() []translate.Object {
	var out []translate.Object
	for _, id := range s.ids() {
		out = append(out, s[id])
	}
	return out
}

func (s store) ids() []resource.ID { return slices.SortedFunc(maps.Keys(s), resource.ID.Compare) }

// edit writes an object, anew or as it was, removes one, or changes what decides
// beside what one says: its age, and whether its files can be used.
func (s store) edit(d draw) {
	o := translate.Object{Object: anyObject(d.T)}
	edit := d.of("edit", "write", "write", "about", "write", "write again", "about", "remove")
	if len(s) > 0 && edit != "write" {
		o = s[rapid.SampledFrom(s.ids()).Draw(d.T, "known")]
	}
	switch edit {
	case "remove":
		delete(s, resource.IDOf(o.Object))
		return
	case "write again":
		o.Object = o.Object.DeepCopy()
		s[resource.IDOf(o.Object)] = o
		return
	}
	o.Created = time.Unix(int64(rapid.IntRange(0, 2).Draw(d.T, "created")), 0)
	o.Unusable = d.of("unusable", "", "", "it expired")
	s[resource.IDOf(o.Object)] = o
}

// everything is a result with all that is only told when asked for.
type everything struct {
	Problems  []translate.Problem
	Status    map[resource.ID]*translate.Status
	Resources map[string]told
}

// told is what a resource says.
type told struct {
	Version           string
	Body              []byte
	Clusters, Secrets []string
	Origins           []translate.Origin
}

func allOf(r translate.Result) everything {
	all := everything{Problems: r.Problems, Status: maps.Collect(r.Status.All()), Resources: map[string]told{}}
	tell := func(in string, resources map[string]*translate.Resource) {
		for name, r := range resources {
			all.Resources[in+" "+name] = told{r.Version, r.Body, r.Clusters, r.Secrets, r.Origins()}
		}
	}
	for gateway, s := range r.Gateways {
		all.Resources[gateway] = told{}
		for typ, resources := range s.Resources {
			tell(gateway+" "+string(typ), resources)
		}
	}
	tell("limiter", r.Limits)
	return all
}

func shown(r translate.Result) string {
	b, err := json.Marshal(struct {
		Problems []translate.Problem
		Gateways map[string]*translate.Snapshot
	}{r.Problems, r.Gateways})
	if err != nil {
		return err.Error()
	}
	return string(b)
}
