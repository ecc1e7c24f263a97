package state

import (
	"errors"
	"strings"
	"testing"

	"github.com/gwctl/gwctl/internal/resource"
)

func addr(t *testing.T, s string) resource.Address {
	t.Helper()
	a, err := resource.ParseTarget(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// stateOf builds a state from lines such as "http_route.a <- backend.b": the
// route depends on the backend.
func stateOf(t *testing.T, lines ...string) *State {
	t.Helper()
	s := New("shop")
	s.Gwctl = "0.1.0"
	s.Serial = 1
	for _, line := range lines {
		name, needs, _ := strings.Cut(line, " <- ")
		r := Record{Address: addr(t, name), Provider: "xds"}
		for _, n := range strings.Fields(needs) {
			r.DependsOn = append(r.DependsOn, addr(t, n))
		}
		s.Resources = append(s.Resources, r)
	}
	return s
}

func linesOf(s *State) string {
	var lines []string
	for _, r := range s.Resources {
		line := r.Address.String()
		for i, a := range r.DependsOn {
			if i == 0 {
				line += " <-"
			}
			line += " " + a.String()
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func TestMove(t *testing.T) {
	tests := []struct {
		name, from, to string
		state, want    []string
		refused        string
	}{
		{
			name: "a block, and what depends on it follows", from: "backend.a", to: "backend.z",
			state: []string{"backend.a", "backend.b", "http_route.r <- backend.a backend.b"},
			want:  []string{"backend.b", "backend.z", "http_route.r <- backend.b backend.z"},
		},
		{
			name: "all instances keep their keys", from: "backend.a", to: "backend.z",
			state: []string{`backend.a["x"]`, `backend.a["y"]`, `http_route.r <- backend.a["y"]`},
			want:  []string{`backend.z["x"]`, `backend.z["y"]`, `http_route.r <- backend.z["y"]`},
		},
		{
			name: "one instance alone", from: `backend.a["x"]`, to: `backend.a["z"]`,
			state: []string{`backend.a["x"]`, `backend.a["y"]`},
			want:  []string{`backend.a["y"]`, `backend.a["z"]`},
		},
		{
			name: "a block that gets for_each", from: "backend.a", to: `backend.a["x"]`,
			state: []string{"backend.a"}, want: []string{`backend.a["x"]`},
		},
		{
			name: "an instance that loses its count", from: "backend.a[0]", to: "backend.a",
			state: []string{"backend.a[0]"}, want: []string{"backend.a"},
		},
		{
			name: "into a module", from: "backend.a", to: "module.eu.backend.a",
			state: []string{"backend.a", "backend.b"}, want: []string{"backend.b", "module.eu.backend.a"},
		},
		{
			name: "a module with all that is in it", from: "module.eu", to: "module.us.module.west",
			state: []string{"backend.a", "http_route.r <- module.eu.backend.a", "module.eu.backend.a", `module.eu.module.x["k"].backend.b`, "module.europe.backend.a"},
			want:  []string{"backend.a", "http_route.r <- module.us.module.west.backend.a", "module.europe.backend.a", "module.us.module.west.backend.a", `module.us.module.west.module.x["k"].backend.b`},
		},
		{
			name: "a module whose call gets another name", from: "module.eu", to: "module.europe",
			state: []string{`module.eu["a"].backend.x`, `module.eu["b"].backend.x`}, want: []string{`module.europe["a"].backend.x`, `module.europe["b"].backend.x`},
		},
		{
			name: "the instances of a module into one", from: "module.eu", to: `module.eu["c"]`,
			state: []string{`module.eu["a"].backend.x`, `module.eu["b"].backend.x`}, refused: `such as module.eu["a"]`,
		},
		{
			name: "a module onto a block", from: "module.eu", to: "backend.a",
			state: []string{"module.eu.backend.a"}, refused: "a module moves to a module",
		},
		{
			name: "what is not there", from: "backend.a", to: "backend.b",
			state: []string{"backend.c"}, refused: "backend.a is not in the state",
		},
		{
			name: "onto what is there", from: "backend.a", to: "backend.b",
			state: []string{"backend.a", "backend.b"}, refused: "backend.b is in the state already",
		},
		{
			name: "to another kind", from: "backend.a", to: "gateway.a",
			state: []string{"backend.a"}, refused: "cannot become gateway.a: a backend stays a backend",
		},
		{
			name: "many into one", from: "backend.a", to: `backend.b["x"]`,
			state: []string{"backend.a[0]", "backend.a[1]"}, refused: "has 2 instances",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := stateOf(t, tt.state...)
			before := linesOf(s)
			got, moved, err := s.Move(addr(t, tt.from), addr(t, tt.to))
			if linesOf(s) != before {
				t.Errorf("the state moved from was changed to\n%s", linesOf(s))
			}
			if tt.refused != "" {
				if _, ok := errors.AsType[*AddressError](err); !ok || !strings.Contains(err.Error(), tt.refused) {
					t.Fatalf("error = %v, want an AddressError with %q", err, tt.refused)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if want := strings.Join(tt.want, "\n"); linesOf(got) != want {
				t.Errorf("got\n%s\nwant\n%s", linesOf(got), want)
			}
			for _, m := range moved {
				if _, ok := got.Find(m.To); !ok {
					t.Errorf("%s is said to have become %s, which is not there", m.From, m.To)
				}
			}
		})
	}
}

func TestRemoveForgetsInstancesAndReferencesToThem(t *testing.T) {
	s := stateOf(t, "http_route.r <- backend.a[0] backend.b", "backend.a[0]", "backend.a[1]", "backend.b")
	got, removed, err := s.Remove(addr(t, "backend.a"))
	if err != nil {
		t.Fatal(err)
	}
	if want := "backend.b\nhttp_route.r <- backend.b"; linesOf(got) != want {
		t.Errorf("got\n%s\nwant\n%s", linesOf(got), want)
	}
	if len(removed) != 2 {
		t.Errorf("removed %d records, want the 2 instances", len(removed))
	}
	if len(s.Resources) != 4 || len(s.Resources[0].DependsOn) != 2 {
		t.Errorf("the state removed from was changed to\n%s", linesOf(s))
	}
	if _, _, err := got.Remove(addr(t, "backend.a")); err == nil {
		t.Error("removing what is gone succeeded")
	}
}

func TestRemoveForgetsModules(t *testing.T) {
	s := stateOf(t, "backend.a", "module.eu.backend.a", "module.eu.module.x.backend.b", "module.us.backend.a")
	got, removed, err := s.Remove(addr(t, "module.eu"))
	if err != nil {
		t.Fatal(err)
	}
	if want := "backend.a\nmodule.us.backend.a"; linesOf(got) != want || len(removed) != 2 {
		t.Errorf("removed %d, left\n%s\nwant\n%s", len(removed), linesOf(got), want)
	}
}

func TestInstancesAreOrderedAsPeopleCount(t *testing.T) {
	s := stateOf(t, "backend.a[10]", "backend.a[9]", "module.eu.backend.a", `backend.a["b"]`, "backend.a")
	s.sort()
	want := "backend.a\nbackend.a[\"b\"]\nbackend.a[9]\nbackend.a[10]\nmodule.eu.backend.a"
	if linesOf(s) != want {
		t.Errorf("got\n%s\nwant\n%s", linesOf(s), want)
	}
}

func TestNewStatesShareNoLineage(t *testing.T) {
	if a, b := New("shop"), New("shop"); a.Lineage == "" || a.Lineage == b.Lineage {
		t.Errorf("lineages %q and %q, want two different ones", a.Lineage, b.Lineage)
	}
}
