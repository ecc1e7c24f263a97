package planner_test

import (
	"fmt"
	"testing"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
	"github.com/gwctl/gwctl/planner/plannertest"
)

// routes is one gateway, two shared backends and n routes.
func routes(b *testing.B, n int, weight int64) []*resource.Resource {
	gateway, v1, v2 := make3("gateway", "public", ""), make3("backend", "v1", ""), make3("backend", "v2", "")
	all := []*resource.Resource{gateway, v1, v2}
	for i := range n {
		r := make3("http_route", fmt.Sprintf("r%05d", i), "")
		w := int64(10)
		if i == n/2 {
			w = weight
		}
		rule := &resource.Block{Type: "rule", Label: "api", Blocks: []*resource.Block{
			{Type: "match", Attrs: []resource.Attr{{Name: "path", Value: "/api"}}},
			{Type: "forward", Key: "backend.v1", Attrs: []resource.Attr{{Name: "to", Value: refTo(v1)}, {Name: "weight", Value: 100 - w}}},
			{Type: "forward", Key: "backend.v2", Attrs: []resource.Attr{{Name: "to", Value: refTo(v2)}, {Name: "weight", Value: w}}},
		}}
		r.Block.Attrs = append(r.Block.Attrs,
			resource.Attr{Name: "gateway", Value: refTo(gateway)},
			resource.Attr{Name: "hostnames", Value: []any{fmt.Sprintf("r%05d.example.com", i)}})
		r.Block.Blocks = []*resource.Block{rule}
		r.DependsOn = []resource.Address{v1.Address, v2.Address, gateway.Address}
		all = append(all, r)
	}
	for _, r := range all {
		o, err := plannertest.Codec{}.Encode(r.Address, r.Block)
		if err != nil {
			b.Fatal(err)
		}
		r.Objects = []*resource.Object{o}
	}
	return all
}

func applied(b *testing.B, n int) *plannertest.World {
	w := plannertest.NewWorld()
	p, diags := planner.Make(w.Input(routes(b, n, 10)))
	if diags.HasErrors() {
		b.Fatal(diags)
	}
	for i := range p.Objects {
		w.Live["xds"] = append(w.Live["xds"], planner.Live{Object: p.Objects[i].After.DeepCopy(), Revision: "1"})
	}
	w.Records = p.Records(nil, func(string, resource.ID) bool { return true })
	return w
}

func BenchmarkOneRouteChanged(b *testing.B) {
	for _, n := range []int{1000, 10000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			in := applied(b, n).Input(routes(b, n, 50))
			b.ReportAllocs()
			for b.Loop() {
				p, diags := planner.Make(in)
				if p.Counts().Change != 1 || len(diags) > 0 {
					b.Fatal(p.Counts(), diags)
				}
			}
		})
	}
}

func BenchmarkAllRoutesNew(b *testing.B) {
	for _, n := range []int{1000, 10000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			in := plannertest.NewWorld().Input(routes(b, n, 50))
			b.ReportAllocs()
			for b.Loop() {
				if p, _ := planner.Make(in); p.Counts().Add != n+3 {
					b.Fatal(p.Counts())
				}
			}
		})
	}
}

func BenchmarkPlanFile(b *testing.B) {
	p, _ := planner.Make(applied(b, 10000).Input(routes(b, 10000, 50)))
	data := planner.Encode(p)
	b.Run("encode", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			planner.Encode(p)
		}
	})
	b.Run("decode", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			if _, err := planner.Decode(data); err != nil {
				b.Fatal(err)
			}
		}
	})
}
