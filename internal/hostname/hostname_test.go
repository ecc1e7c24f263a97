package hostname_test

import (
	"slices"
	"testing"

	"github.com/gwctl/gwctl/internal/hostname"
)

func TestHostsInCommon(t *testing.T) {
	tests := []struct {
		a, b, common string
		none         bool
	}{
		{a: "", b: "", common: ""},
		{a: "", b: "a.example.com", common: "a.example.com"},
		{a: "*.example.com", b: "a.example.com", common: "a.example.com"},
		{a: "*.example.com", b: "b.a.example.com", common: "b.a.example.com"},
		{a: "*.example.com", b: "*.a.example.com", common: "*.a.example.com"},
		{a: "*.example.com", b: "example.com", none: true},
		{a: "*.example.com", b: "badexample.com", none: true},
		{a: "a.example.com", b: "b.example.com", none: true},
	}
	for _, tt := range tests {
		for _, pair := range [][2]string{{tt.a, tt.b}, {tt.b, tt.a}} {
			if common, ok := hostname.Intersect(pair[0], pair[1]); common != tt.common || ok == tt.none {
				t.Errorf("Intersect(%q, %q) is %q, %t", pair[0], pair[1], common, ok)
			}
		}
	}
}

func TestTheMoreSpecificHostnameComesFirst(t *testing.T) {
	hosts := []string{"", "*.example.com", "*.a.example.com", "b.a.example.com"}
	slices.SortFunc(hosts, hostname.MoreSpecific)
	if want := []string{"b.a.example.com", "*.a.example.com", "*.example.com", ""}; !slices.Equal(hosts, want) {
		t.Errorf("the order is %q", hosts)
	}
}
