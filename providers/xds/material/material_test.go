package material_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gwctl/gwctl/internal/certificate/certificatetest"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers/xds/material"
)

func secret(kind string, annotations map[string]string) *resource.Object {
	o := &resource.Object{Object: map[string]any{"apiVersion": "v1", "kind": kind}}
	o.SetAnnotations(annotations)
	return o
}

func TestSourceOf(t *testing.T) {
	pair := map[string]string{resource.AnnotationCertFile: "a.crt", resource.AnnotationKeyFile: "a.key"}
	bundle := map[string]string{resource.AnnotationCAFile: "ca.crt"}
	for _, test := range []struct {
		kind        string
		annotations map[string]string
		want        material.Source
		ok          bool
	}{
		{"Secret", pair, material.Source{Certificate: "a.crt", Key: "a.key"}, true},
		{"ConfigMap", bundle, material.Source{Authorities: "ca.crt"}, true},
		{"Secret", bundle, material.Source{}, false},
		{"ConfigMap", pair, material.Source{}, false},
		{"Secret", map[string]string{resource.AnnotationCertFile: "a.crt"}, material.Source{}, false},
		{"Service", pair, material.Source{}, false},
	} {
		got, ok := material.SourceOf(secret(test.kind, test.annotations))
		if ok != test.ok || ok && got != test.want {
			t.Errorf("%s %v: got %v, %v", test.kind, test.annotations, got, ok)
		}
	}
}

func TestLoad(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	authority := certificatetest.NewAuthority(t)
	pair, other := authority.Issue(t, "shop.example.com"), authority.Issue(t, "shop.example.com")
	pair.Write(t, dir, "shop")
	other.Write(t, dir, "other")
	pair.Write(t, outside, "shop")
	write := func(name string, content []byte, mode os.FileMode) {
		if err := os.WriteFile(filepath.Join(dir, name), content, mode); err != nil {
			t.Fatal(err)
		}
	}
	write("ca.crt", authority.PEM, 0o644)
	write("open.key", pair.Key, 0o644)
	write("huge.crt", make([]byte, 1<<20+1), 0o600)
	write("empty", nil, 0o600)
	if err := os.Symlink(filepath.Join(outside, "shop.crt"), filepath.Join(dir, "away.crt")); err != nil {
		t.Fatal(err)
	}
	bounded, err := material.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { bounded.Close() })

	for _, test := range []struct {
		name       string
		source     material.Source
		annotation string // of the file that is at fault; "" for none
		text       string
	}{
		{name: "relative", source: material.Source{Certificate: "shop.crt", Key: "shop.key"}},
		{name: "absolute", source: material.Source{Certificate: filepath.Join(dir, "shop.crt"), Key: filepath.Join(dir, "shop.key")}},
		{name: "authorities", source: material.Source{Authorities: "ca.crt"}},
		{name: "no certificate", source: material.Source{Certificate: "gone.crt", Key: "shop.key"}, annotation: resource.AnnotationCertFile, text: "there is no such file on the xDS server's machine, in " + dir},
		{name: "no key", source: material.Source{Certificate: "shop.crt", Key: "gone.key"}, annotation: resource.AnnotationKeyFile, text: "there is no such file"},
		{name: "another key", source: material.Source{Certificate: "shop.crt", Key: "other.key"}, annotation: resource.AnnotationKeyFile, text: "does not belong to the certificate"},
		{name: "exchanged", source: material.Source{Certificate: "shop.key", Key: "shop.crt"}, annotation: resource.AnnotationCertFile, text: "no certificate in PEM form"},
		{name: "a folder", source: material.Source{Certificate: ".", Key: "shop.key"}, annotation: resource.AnnotationCertFile, text: "no regular file"},
		{name: "too large", source: material.Source{Certificate: "huge.crt", Key: "shop.key"}, annotation: resource.AnnotationCertFile, text: "at most 1048576 are read"},
		{name: "empty", source: material.Source{Authorities: "empty"}, annotation: resource.AnnotationCAFile, text: "no certificate in PEM form"},
		{name: "outside", source: material.Source{Certificate: filepath.Join(outside, "shop.crt"), Key: "shop.key"}, annotation: resource.AnnotationCertFile, text: "only files in " + dir + " are read"},
		{name: "outside by dots", source: material.Source{Certificate: "../shop.crt", Key: "shop.key"}, annotation: resource.AnnotationCertFile, text: "only files in " + dir + " are read"},
		{name: "outside by a link", source: material.Source{Certificate: "away.crt", Key: "shop.key"}, annotation: resource.AnnotationCertFile, text: "only files in " + dir + " are read"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, fault := bounded.Load(test.source, time.Now())
			if test.annotation == "" {
				if fault != nil || got.Sum == "" || !got.Expires.After(time.Now()) || got.Exposed {
					t.Errorf("got %+v, %v", got, fault)
				}
				return
			}
			if fault == nil || fault.Annotation != test.annotation || !strings.Contains(fault.Text, test.text) {
				t.Errorf("got %v, wanted %q", fault, test.text)
			}
		})
	}

	t.Run("anywhere, where nothing is out of bounds", func(t *testing.T) {
		everywhere, err := material.Open("")
		if err != nil {
			t.Fatal(err)
		}
		got, fault := everywhere.Load(material.Source{Certificate: filepath.Join(outside, "shop.crt"), Key: filepath.Join(dir, "open.key")}, time.Now())
		if fault != nil || got.Exposed != (runtime.GOOS != "windows") {
			t.Errorf("got %+v, %v", got, fault)
		}
	})
}

// TestLook tells changes of files apart from none.
func TestLook(t *testing.T) {
	dir := t.TempDir()
	authority := certificatetest.NewAuthority(t)
	authority.Issue(t, "shop.example.com").Write(t, dir, "shop")
	folder, err := material.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { folder.Close() })
	source := material.Source{Certificate: "shop.crt", Key: "shop.key"}
	past := time.Now().Add(-time.Hour)
	for _, name := range []string{"shop.crt", "shop.key"} {
		if err := os.Chtimes(filepath.Join(dir, name), past, past); err != nil {
			t.Fatal(err)
		}
	}
	first, settled := folder.Look(source, time.Now())
	if again, _ := folder.Look(source, time.Now()); !settled || again != first {
		t.Errorf("nothing changed: %v, %v, settled %v", first, again, settled)
	}
	// A change within the resolution of the file system's clock may not be seen.
	if _, settled := folder.Look(source, past.Add(time.Millisecond)); settled {
		t.Error("what was written a moment ago can be written again without a trace")
	}
	authority.Issue(t, "shop.example.com").Write(t, dir, "shop")
	if changed, _ := folder.Look(source, time.Now()); changed == first {
		t.Error("a change was not seen")
	}
	if err := os.Remove(filepath.Join(dir, "shop.key")); err != nil {
		t.Fatal(err)
	}
	if gone, _ := folder.Look(source, time.Now()); gone == first {
		t.Error("that a file is gone was not seen")
	}
}
