package resource

import (
	"testing"

	"github.com/hashicorp/hcl/v2"

	"github.com/google/go-cmp/cmp"
)

func TestParseAddressReadsWhatStringWrites(t *testing.T) {
	for _, s := range []string{
		"http_route.orders",
		`http_route.tenant["blue"]`,
		`backend.api[0]`,
		"module.eu.backend.api",
		`module.eu["a.b"].module.x[3].http_route.r["say \"hi\""]`,
	} {
		a, err := ParseAddress(s)
		if err != nil {
			t.Errorf("%s: %v", s, err)
			continue
		}
		if a.String() != s {
			t.Errorf("%s became %s", s, a)
		}
	}
}

func TestParseAddressRefuses(t *testing.T) {
	for _, s := range []string{
		"", ".", "orders", "http_route.", "http_route.a.b", `http_route["x"].a`, `http_route.a["x"`, `http_route.a["x]`,
		"http_route.a[]", "http_route.a[x]", "http_route.a[0", "module.a", "module.a.b", "http_route.a b", `http_route.a["x"]y`,
	} {
		if a, err := ParseAddress(s); err == nil {
			t.Errorf("%q was read as %+v", s, a)
		}
	}
}

func TestParseTargetTakesModules(t *testing.T) {
	for s, want := range map[string]Address{
		"module.eu":             {Module: "module.eu"},
		`module.eu["a"]`:        {Module: `module.eu["a"]`},
		"module.eu.module.x":    {Module: "module.eu.module.x"},
		"backend.api":           {Kind: "backend", Name: "api"},
		"module.eu.backend.api": {Module: "module.eu", Kind: "backend", Name: "api"},
	} {
		got, err := ParseTarget(s)
		if err != nil {
			t.Errorf("%s: %v", s, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", s, diff)
		}
	}
}

func TestContainsCoversAllInstances(t *testing.T) {
	one := Address{Kind: "backend", Name: "api", Key: `["a"]`}
	all := Address{Kind: "backend", Name: "api"}
	if !all.Contains(one) || one.Contains(all) || !one.Contains(one) {
		t.Error("a block covers its instances, an instance only itself")
	}
}

func TestSourcesFindTheNearestEnclosingField(t *testing.T) {
	s := Sources{}
	s["spec.rules[0]"] = rangeAt(3)
	s["spec.rules[0].matches[1].path"] = rangeAt(5)
	for path, line := range map[string]int{
		"spec.rules[0].matches[1].path.value": 5,
		"spec.rules[0].matches[0].path.value": 3,
		"spec.rules[0]":                       3,
	} {
		if r, ok := s.Find(path); !ok || r.Start.Line != line {
			t.Errorf("%s: line %d, want %d", path, r.Start.Line, line)
		}
	}
	if _, ok := s.Find("metadata.name"); ok {
		t.Error("a field that nothing wrote has no source")
	}
}

func FuzzParseAddress(f *testing.F) {
	f.Add(`module.eu["a"].http_route.r[0]`)
	f.Fuzz(func(t *testing.T, s string) {
		if a, err := ParseAddress(s); err == nil && a.String() != s {
			t.Errorf("%q became %q", s, a)
		}
	})
}

func rangeAt(line int) hcl.Range { return hcl.Range{Start: hcl.Pos{Line: line}} }
