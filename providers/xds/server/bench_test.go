package server

import (
	"fmt"
	"syscall"
	"testing"
)

// BenchmarkOneRoute is a transaction that changes one of many routes of one host,
// from its request to its verdict, with nobody connected. CPU time is that of
// both sides.
func BenchmarkOneRoute(b *testing.B) {
	for _, routes := range []int{1_000, 10_000} {
		b.Run(fmt.Sprint(routes), func(b *testing.B) {
			s := start(b, b.TempDir())
			writes := basic(shop)
			for i := range routes {
				writes = append(writes, create(route(shop, fmt.Sprintf("route-%d", i), "public", fmt.Sprintf("/path-%d", i), "orders")))
			}
			revision := s.commit(b, transaction(shop, writes...)).Revision
			changed, before := 0, cpuTime(b)
			for b.Loop() {
				changed++
				o := route(shop, fmt.Sprintf("route-%d", routes/2), "public", fmt.Sprintf("/other-%d", changed), "orders")
				revision = s.commit(b, transaction(shop, replace(o, revision))).Revision
			}
			b.ReportMetric(float64(cpuTime(b)-before)/1e6/float64(b.N), "cpu-ms/op")
		})
	}
}

// cpuTime returns the nanoseconds that this process has run.
func cpuTime(b *testing.B) int64 {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return used.Utime.Nano() + used.Stime.Nano()
}
