package views

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
)

// Of much traffic that changes people are shown some, and first what happens to
// that which is there; machines get all of it.
func TestMuchTrafficIsCutShort(t *testing.T) {
	flow := &resource.Flow{Match: "m", To: map[string]float64{"orders": 1}}
	p := &planner.Plan{Refreshed: true}
	for i := range 1000 {
		p.Traffic = append(p.Traffic, planner.TrafficChange{Match: fmt.Sprintf("t%03d.example.com /", i), Change: "new: orders", After: flow})
	}
	p.Traffic = append(p.Traffic, planner.TrafficChange{Match: "www.example.com /", Change: "orders_v2 10% -> 50%", Before: flow, After: flow})

	text := planToText(Options{}, p)
	lines := strings.Split(text[:strings.Index(text, "\n\n")], "\n")[1:]
	if len(lines) != maxTraffic+1 {
		t.Errorf("%d lines of traffic", len(lines))
	}
	for _, want := range []string{"  t000.example.com /   new: orders", "  www.example.com /    orders_v2 10% -> 50%", "  ... and 981 more (-json shows all)"} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("there is no line %q in\n%s", want, text)
		}
	}

	var out bytes.Buffer
	if err := NewPlan(Options{JSON: true, Out: &out}).Plan(p, nil, nil, ""); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(out.String(), ".example.com /"); got != 1001 {
		t.Errorf("machines are told of %d matches", got)
	}
}

func TestFewLinesOfTrafficAreAllShown(t *testing.T) {
	p := &planner.Plan{Refreshed: true}
	for i := range maxTraffic {
		p.Traffic = append(p.Traffic, planner.TrafficChange{Match: fmt.Sprintf("%d", i), Change: "new: orders"})
	}
	if text := planToText(Options{}, p); strings.Contains(text, "more") {
		t.Error(text)
	}
}
