package crd

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gwctl/gwctl/internal/resource"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

func TestCacheRemembersValidObjectsAcrossRuns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cache", "validated")
	good, bad := object(t, route), object(t, strings.Replace(route, "/api", "api", 1))

	first := LoadCache(path)
	found, err := first.Validate(t.Context(), good, bad)
	if err != nil {
		t.Fatal(err)
	}
	if len(found[0]) != 0 || len(found[1]) == 0 {
		t.Fatalf("found %v", found)
	}
	if err := first.Save(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode is %v", info.Mode())
	}

	second := LoadCache(path)
	_, known := second.lookUp(t.Context(), []*resource.Object{good, bad}, digest)
	if !known[0] || known[1] {
		t.Errorf("known are %v, want the valid object only", known)
	}
	found, err = second.Validate(t.Context(), good, bad)
	if err != nil || len(found[0]) != 0 || len(found[1]) == 0 {
		t.Errorf("second run found %v, %v", found, err)
	}
}

// Other checks are remembered beside the schemas', each for itself.
func TestCacheRemembersOtherChecks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "validated")
	o := &resource.Object{Object: map[string]any{"apiVersion": "example.com/v1", "kind": "Unknown"}}
	first := LoadCache(path)
	passed, pass := first.Passed(t.Context(), "smell 1", []*resource.Object{o, o, nil})
	if passed[0] || passed[1] || passed[2] {
		t.Errorf("nobody has checked anything, and passed are %v", passed)
	}
	pass(1)
	if err := first.Save(); err != nil {
		t.Fatal(err)
	}
	other := o.DeepCopy()
	other.SetName("other")
	for check, want := range map[string]bool{"smell 1": true, "smell 2": false, "": false} {
		passed, _ := LoadCache(path).Passed(t.Context(), check, []*resource.Object{o, other})
		if passed[0] != want || passed[1] {
			t.Errorf("%q passed %v, want [%v false]", check, passed, want)
		}
	}
	if passed, _ := (*Cache)(nil).Passed(t.Context(), "smell 1", []*resource.Object{o}); passed[0] {
		t.Error("a cache that is not there remembers")
	}
}

// TestKnownObjectsNeedNoSchema validates an object of a type whose schema
// cannot be decoded.
func TestKnownObjectsNeedNoSchema(t *testing.T) {
	gvk := schema.GroupVersionKind{Group: "test.gwctl.dev", Version: "v1", Kind: "Undecodable"}
	decoded := 0
	definitions.Store(gvk, &definition{
		gvk:    gvk,
		digest: func() [32]byte { return [32]byte{1} },
		decode: func() (*decodedSchema, error) { decoded++; return nil, fmt.Errorf("decoded") },
	})
	defer definitions.Delete(gvk)
	o := object(t, "apiVersion: test.gwctl.dev/v1\nkind: Undecodable\nmetadata: {name: a}\n")
	c := LoadCache(filepath.Join(t.TempDir(), "validated"))
	if found, _ := c.Validate(t.Context(), o); len(found[0]) == 0 || decoded == 0 {
		t.Fatalf("an unknown object was not validated: %v", found)
	}
	sum, _, _ := digest(o, nil)
	c.add(sum)
	decoded = 0
	if found, _ := c.Validate(t.Context(), o); len(found[0]) != 0 || decoded != 0 {
		t.Errorf("a known object was decoded %d times: %v", decoded, found)
	}
}

func TestCacheSurvivesWhatIsInItsFile(t *testing.T) {
	good := object(t, route)
	path := filepath.Join(t.TempDir(), "validated")
	whole := LoadCache(path)
	if _, err := whole.Validate(t.Context(), good); err != nil {
		t.Fatal(err)
	}
	if err := whole.Save(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(text)
	flipped[len(cacheHeader)+3] ^= 1
	for name, damaged := range map[string][]byte{
		"empty":         {},
		"cut":           text[:len(text)-5],
		"cut to header": []byte(cacheHeader),
		"one bit":       flipped,
		"another file":  []byte("# a configuration\n"),
		"far too large": make([]byte, 2*maxVerdicts*32),
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(path, damaged, 0o600); err != nil {
				t.Fatal(err)
			}
			c := LoadCache(path)
			if len(c.valid) != 0 {
				t.Errorf("%d verdicts were read", len(c.valid))
			}
			if _, err := c.Validate(t.Context(), good); err != nil {
				t.Fatal(err)
			}
			if err := c.Save(); err != nil {
				t.Fatal(err)
			}
			if got, _ := os.ReadFile(path); !bytes.Equal(got, text) {
				t.Error("the file was not written anew")
			}
		})
	}
}

func TestCacheIsBoundedAndKeepsWhatIsUsed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "validated")
	c := LoadCache(path)
	for i := range maxVerdicts {
		c.add(verdict{byte(i), byte(i >> 8), byte(i >> 16), 1})
	}
	if err := c.Save(); err != nil {
		t.Fatal(err)
	}
	c = LoadCache(path)
	oldest := c.order[0]
	c.add(oldest)
	c.add(verdict{31: 1})
	if err := c.Save(); err != nil {
		t.Fatal(err)
	}
	c = LoadCache(path)
	if len(c.order) != maxVerdicts {
		t.Errorf("%d verdicts are kept, want %d", len(c.order), maxVerdicts)
	}
	for name, v := range map[string]verdict{"the new one": {31: 1}, "the one asked for": oldest} {
		if _, ok := c.valid[v]; !ok {
			t.Errorf("%s is gone", name)
		}
	}
}

func TestCacheWritesOnlyWhatIsNew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "validated")
	if err := LoadCache(path).Save(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("an empty cache was written: %v", err)
	}
	var none *Cache
	if found, err := none.Validate(t.Context(), object(t, route)); err != nil || len(found[0]) != 0 {
		t.Errorf("without a cache: %v, %v", found, err)
	}
	if err := none.Save(); err != nil {
		t.Error(err)
	}
}

func TestDigestsTellObjectsApart(t *testing.T) {
	seen := make(map[[32]byte]string)
	for _, spec := range []string{
		`null`, `{}`, `[]`, `""`, `0`, `false`, `{a: 1}`, `{a: "1"}`, `{a: 1.5}`, `{a: [1]}`, `{a: [[1]]}`, `{a: [1, 1]}`,
		`{a: {b: 1}}`, `{a: {}, b: 1}`, `{ab: ""}`, `{a: b}`, `["a", "b"]`, `["ab"]`, `[["a"], "b"]`, `[["a", "b"]]`,
	} {
		sum, _, ok := digest(object(t, "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nspec: "+spec), nil)
		if !ok {
			t.Errorf("%s has no digest", spec)
		}
		if twin, ok := seen[sum]; ok {
			t.Errorf("%s and %s have one digest", twin, spec)
		}
		seen[sum] = spec
	}
}
