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

// TestTranslatorIsTranslate applies random edits to a set of objects: after
// each, a Translator that knew the objects before says what one says that did
// not, whatever the order, and nothing that Envoy would refuse.
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
		warm, objects := fresh(), store{}
		revision, changes := uint64(0), rapid.IntRange(20, 60).Draw(t, "objects")
		for range rapid.IntRange(1, 6).Draw(t, "edits") {
			for range changes {
				revision++
				objects.edit(d, revision)
			}
			changes = rapid.IntRange(1, 3).Draw(t, "changes")

			list := objects.list()
			got := warm.Translate(rapid.Permutation(list).Draw(t, "order"))
			if want := fresh().Translate(list); !reflect.DeepEqual(got, want) {
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

// edit writes an object, removes one, or changes what decides beside what one
// says, and is no other revision: its age, and whether its files can be used.
func (s store) edit(d draw, revision uint64) {
	o := translate.Object{Object: anyObject(d.T), Revision: revision}
	edit := d.of("edit", "write", "write", "about", "write", "about", "remove")
	if len(s) > 0 && edit != "write" {
		o = s[rapid.SampledFrom(s.ids()).Draw(d.T, "known")]
	}
	if edit == "remove" {
		delete(s, resource.IDOf(o.Object))
		return
	}
	if edit == "write" && d.odds("compared", 2) {
		o.Revision = 0
	}
	o.Created = time.Unix(int64(rapid.IntRange(0, 2).Draw(d.T, "created")), 0)
	o.Unusable = d.of("unusable", "", "", "it expired")
	s[resource.IDOf(o.Object)] = o
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
