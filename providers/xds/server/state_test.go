package server

import (
	"testing"
	"time"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers/xds/store"
)

// What decides which route is older must be what people can read.
func TestAgeCountsToTheSecond(t *testing.T) {
	at := time.Date(2026, 1, 1, 0, 0, 7, 999e6, time.UTC)
	o := route(shop, "orders", "public", "/", "orders")
	for _, in := range inputs(map[resource.ID]*store.Object{resource.IDOf(o): {Object: o, Created: at}}) {
		if want := time.Date(2026, 1, 1, 0, 0, 7, 0, time.UTC); !in.Created.Equal(want) {
			t.Errorf("a route created at %s is translated as of %s", at, in.Created)
		}
	}
}
