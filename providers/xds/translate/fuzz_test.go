package translate_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers/xds/translate"
	"github.com/rogpeppe/go-internal/txtar"
)

// FuzzTranslate puts any JSON, or any text, in two places of good objects.
func FuzzTranslate(f *testing.F) {
	seeds := fuzzSeeds(f)
	values := []string{`null`, `[]`, `{}`, `0`, `-1`, `1e300`, `1.5`, `true`, `"\ufffd"`, `[[[]]]`, `{"a":{"b":[1]}}`, "/a\x00", "*.", "%", "\xff", "/a(", "99999999999"}
	for i, v := range values {
		f.Add(uint16(i), uint16(7*i), v, uint16(11*i), values[len(values)-1-i])
	}
	f.Fuzz(func(t *testing.T, seed, at uint16, value string, at2 uint16, value2 string) {
		var objects []translate.Object
		var list []any
		if err := json.Unmarshal(seeds[int(seed)%len(seeds)], &list); err != nil {
			t.Fatal(err)
		}
		for _, change := range []struct {
			at    uint16
			value string
		}{{at, value}, {at2, value2}} {
			places := places(list)
			places[int(change.at)%len(places)](parsedOrText(change.value))
		}
		for _, o := range list {
			if o, ok := o.(map[string]any); ok {
				objects = append(objects, translate.Object{Object: &resource.Object{Object: o}})
			}
		}
		result := translate.Translate(objects)
		for _, s := range result.Gateways {
			if err := checkSnapshot(s); err != nil {
				t.Error(err)
			}
			for _, resources := range s.Resources {
				for _, r := range resources {
					translate.Blame(value, []*translate.Resource{r}, translate.Edits(nil, objects[0].Object))
				}
			}
		}
		slices.Reverse(objects)
		if !reflect.DeepEqual(allOf(result), allOf(translate.Translate(objects))) {
			t.Errorf("the order of the objects matters: %s\n%s", shown(result), shown(translate.Translate(objects)))
		}
	})
}

func fuzzSeeds(f *testing.F) [][]byte {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	texts := [][]byte{[]byte(blamed)}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		texts = append(texts, archive.Files[0].Data)
	}
	semantics, err := os.ReadFile("testdata/semantics.yaml")
	if err != nil {
		f.Fatal(err)
	}
	var out [][]byte
	for _, text := range append(texts, semantics) {
		var list []any
		for _, o := range parse(f, text) {
			list = append(list, o.Object.Object)
		}
		b, err := json.Marshal(list)
		if err != nil {
			f.Fatal(err)
		}
		out = append(out, b)
	}
	return out
}

// places returns a setter for each value inside of v, in a fixed order.
func places(v any) []func(any) {
	var out []func(any)
	switch v := v.(type) {
	case []any:
		for i, e := range v {
			out = append(out, func(n any) { v[i] = n })
			out = append(out, places(e)...)
		}
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			out = append(out, func(n any) { v[k] = n })
			out = append(out, places(v[k])...)
		}
	}
	return out
}

func parsedOrText(s string) any {
	var v any
	if json.Unmarshal([]byte(s), &v) != nil {
		return s
	}
	return v
}
