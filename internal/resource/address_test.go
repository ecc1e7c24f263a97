package resource

import (
	"cmp"
	"testing"

	"github.com/hashicorp/hcl/v2"
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
		if got != want {
			t.Errorf("%s: %+v", s, got)
		}
	}
}

func TestContains(t *testing.T) {
	for _, tc := range []struct {
		a, b string
		want bool
	}{
		{`backend.api`, `backend.api["a"]`, true},
		{`backend.api["a"]`, `backend.api["a"]`, true},
		{`backend.api["a"]`, `backend.api`, false},
		{`backend.api`, `backend.apis`, false},
		{`backend.api`, `module.eu.backend.api`, false},
		{`module.eu`, `module.eu.backend.api`, true},
		{`module.eu`, `module.eu["a"].module.x.backend.api`, true},
		{`module.eu["a"]`, `module.eu["b"].backend.api`, false},
		{`module.eu`, `module.europe.backend.api`, false},
		{`module.eu`, `backend.api`, false},
	} {
		if got := target(t, tc.a).Contains(target(t, tc.b)); got != tc.want {
			t.Errorf("%s contains %s: %t", tc.a, tc.b, got)
		}
	}
	if (Address{}).Contains(Address{Kind: "backend", Name: "api"}) {
		t.Error("nothing contains something")
	}
}

func TestMove(t *testing.T) {
	for _, tc := range []struct{ at, from, to, want string }{
		{`backend.a`, `backend.a`, `backend.b`, `backend.b`},
		{`backend.a["x"]`, `backend.a`, `backend.b`, `backend.b["x"]`},
		{`backend.a["x"]`, `backend.a["x"]`, `backend.b`, `backend.b`},
		{`backend.a`, `backend.a`, `backend.a["x"]`, `backend.a["x"]`},
		{`backend.a["x"]`, `backend.a`, `backend.b["y"]`, ``}, // which of several?
		{`backend.c`, `backend.a`, `backend.b`, ``},
		{`backend.a`, `backend.a`, `module.m.backend.a`, `module.m.backend.a`},
		{`module.m.backend.a`, `module.m`, `module.n`, `module.n.backend.a`},
		{`module.m.module.x["k"].backend.a`, `module.m`, `module.n["y"]`, `module.n["y"].module.x["k"].backend.a`},
		{`module.m["k"].backend.a`, `module.m`, `module.n`, `module.n["k"].backend.a`},
		{`module.m["k"].backend.a`, `module.m`, `module.n["y"]`, ``},
		{`module.m.backend.a`, `module.m`, `backend.a`, ``},
	} {
		got, ok := target(t, tc.at).Move(target(t, tc.from), target(t, tc.to))
		if ok != (tc.want != "") || ok && got.String() != tc.want {
			t.Errorf("%s, when %s is at %s: %s %t, want %q", tc.at, tc.from, tc.to, got, ok, tc.want)
		}
	}
}

func TestCompareOrdersAsPeopleCount(t *testing.T) {
	sorted := []string{`backend.a`, `backend.a[2]`, `backend.a[10]`, `backend.b["10"]`, `backend.b["2"]`, `http_route.a`, `module.m.backend.a`}
	for i := range sorted {
		for j := range sorted {
			if got := target(t, sorted[i]).Compare(target(t, sorted[j])); got != cmp.Compare(i, j) {
				t.Errorf("%s and %s: %d", sorted[i], sorted[j], got)
			}
		}
	}
}

func TestKeyText(t *testing.T) {
	for key, want := range map[string]string{``: ``, `[10]`: `10`, `["a b"]`: `a b`, `["say \"hi\""]`: `say "hi"`, `["[x]"]`: `[x]`} {
		if got := (Address{Key: key}).KeyText(); got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
}

func target(t *testing.T, s string) Address {
	t.Helper()
	a, err := ParseTarget(s)
	if err != nil {
		t.Fatal(err)
	}
	if a.String() != s {
		t.Fatalf("%s is written %s", s, a)
	}
	return a
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
