package planner_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"pgregory.net/rapid"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
	"github.com/gwctl/gwctl/planner/plannertest"
)

// fleet draws a configuration: routes of backends behind a gateway, some with
// names of their own, some on another provider.
func fleet(t *rapid.T, label string) []*resource.Resource {
	gateway := make3("gateway", "public", "")
	gateway.Block.Blocks = []*resource.Block{{Type: "listener", Label: "http", Attrs: []resource.Attr{
		{Name: "port", Value: rapid.SampledFrom([]int64{80, 8080}).Draw(t, label+"port")},
	}}}
	all := []*resource.Resource{gateway}
	var backends []*resource.Resource
	for i := range rapid.IntRange(1, 4).Draw(t, label+"backends") {
		b := make3("backend", fmt.Sprintf("b%d", i), rapid.SampledFrom([]string{"", "", fmt.Sprintf("name-%d", i)}).Draw(t, label+"name"))
		b.Block.Attrs = append(b.Block.Attrs, resource.Attr{Name: "endpoints", Value: anys(rapid.SliceOfN(rapid.SampledFrom([]string{"a:1", "b:1", "c:1"}), 1, 3).Draw(t, label+"endpoints"))})
		backends = append(backends, b)
	}
	all = append(all, backends...)
	for i := range rapid.IntRange(0, 4).Draw(t, label+"routes") {
		r := make3("http_route", fmt.Sprintf("r%d", i), "")
		r.Block.Attrs = append(r.Block.Attrs, resource.Attr{Name: "gateway", Value: refTo(gateway)})
		rules := rapid.Permutation([]string{"one", "two", "three"}).Draw(t, label+"rules")
		for _, name := range rules[:rapid.IntRange(0, 3).Draw(t, label+"rule count")] {
			r.Block.Blocks = append(r.Block.Blocks, ruleOf(t, label, name, backends))
		}
		all = append(all, r)
	}
	for _, r := range all {
		o, err := plannertest.Codec{}.Encode(r.Address, r.Block)
		if err != nil {
			t.Fatal(err)
		}
		r.Objects = []*resource.Object{o}
		r.DependsOn = nil
		for _, d := range all {
			if r.Address.Kind == "http_route" && d.Address.Kind != "http_route" {
				r.DependsOn = append(r.DependsOn, d.Address)
			}
		}
	}
	return all
}

func make3(kind, label, name string) *resource.Resource {
	r := &resource.Resource{
		Address: resource.Address{Kind: kind, Name: label}, Provider: "xds",
		Block: &resource.Block{Type: kind, Label: label},
		Range: hcl.Range{Filename: "gateway.hcl", Start: hcl.Pos{Line: 1, Column: 1}, End: hcl.Pos{Line: 1, Column: 5, Byte: 4}},
	}
	if name != "" {
		r.Block.Attrs = append(r.Block.Attrs, resource.Attr{Name: "name", Value: name})
	}
	return r
}

func refTo(r *resource.Resource) resource.Ref {
	name := ""
	if n := r.Block.Attr("name"); n != nil {
		name, _ = n.Value.(string)
	}
	return resource.Ref{Address: r.Address, ID: plannertest.ID(r.Address, name)}
}

func ruleOf(t *rapid.T, label, name string, backends []*resource.Resource) *resource.Block {
	rule := &resource.Block{Type: "rule", Label: name}
	for _, path := range rapid.SliceOfN(rapid.SampledFrom([]string{"/a", "/b", "/c"}), 0, 3).Draw(t, label+"matches") {
		rule.Blocks = append(rule.Blocks, &resource.Block{Type: "match", Attrs: []resource.Attr{{Name: "path", Value: path}}})
	}
	for _, b := range backends {
		if w := rapid.Int64Range(0, 3).Draw(t, label+"weight"); w > 0 {
			ref := refTo(b)
			rule.Blocks = append(rule.Blocks, &resource.Block{Type: "forward", Key: ref.String(), Attrs: []resource.Attr{{Name: "to", Value: ref}, {Name: "weight", Value: w}}})
		}
	}
	return rule
}

func anys(s []string) []any {
	out := make([]any, len(s))
	for i := range s {
		out[i] = s[i]
	}
	return out
}

// drawWorld draws what was applied before, and what changed behind the state's back.
func drawWorld(t *rapid.T, tb testing.TB) *plannertest.World {
	w := plannertest.NewWorld()
	p, diags := planner.Make(w.Input(fleet(t, "before ")))
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	w.Apply(tb, p)
	for _, l := range slices.Clone(w.Live["xds"]) {
		switch rapid.IntRange(0, 9).Draw(t, "disturbance") {
		case 0:
			w.Remove("xds", resource.IDOf(l.Object))
		case 1:
			o := l.Object.DeepCopy()
			o.Object["spec"] = map[string]any{"endpoints": []any{"x:1"}, "weight": 0.5}
			w.Put("xds", o)
		}
	}
	if len(w.Records) > 1 && rapid.Bool().Draw(t, "a record is lost") {
		w.Records = w.Records[1:]
	}
	return w
}

func TestAPlanAfterAnApplyIsEmpty(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := drawWorld(rt, t)
		desired := fleet(rt, "after ")
		p, diags := planner.Make(w.Input(desired))
		if diags.HasErrors() {
			rt.Fatal(diags)
		}
		w.Apply(t, p)
		if len(w.Live["xds"]) != len(desired) || len(w.Records) != len(desired) {
			rt.Fatalf("%d resources became %d live objects and %d records", len(desired), len(w.Live["xds"]), len(w.Records))
		}
		again, diags := planner.Make(w.Input(desired))
		if !again.Empty() || len(again.Drift) > 0 || len(diags) > 0 {
			rt.Fatalf("not empty:\n%s", describe(again, diags))
		}
	})
}

func TestAnApplyThatStopsHalfWayIsFinishedByTheNext(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := drawWorld(rt, t)
		desired := fleet(rt, "after ")
		p, _ := planner.Make(w.Input(desired))
		// Some object changes get done, and the state knows of some of these.
		prior := w.Records
		half := *p
		half.Objects = p.Objects[:rapid.IntRange(0, len(p.Objects)).Draw(rt, "done")]
		done := map[resource.ID]bool{}
		for _, oc := range half.Objects {
			done[oc.ID] = true
		}
		w.Apply(t, &half)
		w.Records = p.Records(prior, func(_ string, id resource.ID) bool { return done[id] })
		if rapid.Bool().Draw(rt, "the state was not written") {
			w.Records = prior
		}
		p, diags := planner.Make(w.Input(desired))
		if diags.HasErrors() {
			rt.Fatal(diags)
		}
		w.Apply(t, p)
		again, diags := planner.Make(w.Input(desired))
		if !again.Empty() || len(diags) > 0 || len(w.Live["xds"]) != len(desired) {
			rt.Fatalf("not empty:\n%s", describe(again, diags))
		}
	})
}

func TestTheOrderOfTheInputChangesNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := drawWorld(rt, t)
		in := w.Input(fleet(rt, "after "))
		want, wantDiags := planner.Make(in)

		shuffled := in
		shuffled.Desired = rapid.Permutation(in.Desired).Draw(rt, "desired")
		shuffled.Prior = rapid.Permutation(in.Prior).Draw(rt, "prior")
		shuffled.Live = map[string][]planner.Live{"xds": rapid.Permutation(in.Live["xds"]).Draw(rt, "live")}
		got, gotDiags := planner.Make(shuffled)
		if diff := gocmp.Diff(describe(want, wantDiags), describe(got, gotDiags)); diff != "" {
			rt.Fatal(diff)
		}
	})
}

func TestEveryObjectComesAfterWhatItNeeds(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := drawWorld(rt, t)
		p, _ := planner.Make(w.Input(fleet(rt, "after ")))
		seen := map[resource.ID]bool{}
		for _, oc := range p.Objects {
			for _, id := range oc.Needs {
				if !seen[id] {
					rt.Fatalf("%s comes before %s, which it needs", oc.ID, id)
				}
			}
			seen[oc.ID] = true
		}
	})
}

func TestASavedPlanIsThePlan(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := drawWorld(rt, t)
		in := w.Input(fleet(rt, "after "))
		in.Outputs = map[string]planner.Output{"url": {Value: "https://shop"}, "list": {Value: []any{int64(1), 1.0, 0.5, json.Number("12345678901234567890123"), json.Number("1e+400"), nil, true, map[string]any{"$ref": "x", "$": "y", "a": []any{}}}}}
		in.Variables = map[string]any{"weight": int64(10), "float": 10.0, "name": "größe\u2028<&>"}
		want, _ := planner.Make(in)
		want.Settings = planner.Settings{
			State:     &resource.Block{Label: "file", Attrs: []resource.Attr{{Name: "path", Value: "gwctl.state.json"}}},
			Providers: map[string]*resource.Block{"xds": {Label: "xds"}},
		}
		got, err := planner.Decode(planner.Encode(want))
		if err != nil {
			rt.Fatal(err)
		}
		noRanges := gocmp.FilterPath(func(p gocmp.Path) bool {
			return len(p) > 2 && p.Index(-2).Type() != nil && p.Last().String() == ".Range" && p.Index(-2).Type().Name() != "ResourceChange"
		}, gocmp.Ignore())
		if diff := gocmp.Diff(want, got, noRanges); diff != "" {
			rt.Fatal(diff)
		}
		for i, c := range got.Changes {
			if c.Action == planner.NoOp && c.Before != got.Changes[i].After {
				rt.Fatalf("%s: a no-op's block is kept twice", c.Address)
			}
		}
	})
}

func TestABlockDoesNotDifferFromItself(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		before, after := fleet(rt, "before "), fleet(rt, "after ")
		for _, r := range before {
			if d := planner.Diff(r.Block, r.Block); d.Action != planner.NoOp {
				rt.Fatalf("%s differs from itself: %+v", r.Address, d)
			}
		}
		a, b := before[len(before)-1].Block, after[len(after)-1].Block
		there, back := planner.Diff(a, b), planner.Diff(b, a)
		if (there.Action == planner.NoOp) != (back.Action == planner.NoOp) {
			rt.Fatalf("%s one way, %s the other", there.Action, back.Action)
		}
	})
}
