package rollout_test

import (
	"fmt"
	"testing"

	"github.com/gwctl/gwctl/providers/xds/fleet"
	"github.com/gwctl/gwctl/providers/xds/rollout"
	"github.com/gwctl/gwctl/providers/xds/translate"
)

// BenchmarkOneChangeAmongMany is a rollout of one changed route table, with
// many resources in place and nobody connected.
func BenchmarkOneChangeAmongMany(b *testing.B) {
	for _, n := range []int{1_000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var rest [][]*translate.Resource
			for i := range n {
				name := fmt.Sprintf("cluster-%d", i)
				rest = append(rest, []*translate.Resource{
					{Type: translate.Cluster, Name: name, Version: "1"}, {Type: translate.Endpoint, Name: name, Version: "1"},
				})
			}
			with := func(version string) *translate.Snapshot {
				return snapshot(gateway, append(rest, []*translate.Resource{{Type: translate.Route, Name: "http", Version: version}})...)
			}
			f := fleet.New(fleet.Options{})
			from, to := with("1"), with("2")
			f.Set(gateway, from)
			for b.Loop() {
				rollout.Run(b.Context(), f, []rollout.Change{{Gateway: gateway, From: from, To: to}}, rollout.Options{}, nil)
				from, to = to, from
			}
		})
	}
}
