package planner

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/gwctl/gwctl/internal/resource"
)

// traffic compares where requests went and will go, over all changed blocks
// together: a match that moves from one route to another is no change.
func traffic(changes []ResourceChange, flowsOf func(*resource.Block) []resource.Flow) []TrafficChange {
	before, after := map[string][]resource.Flow{}, map[string][]resource.Flow{}
	collect := func(into map[string][]resource.Flow, b *resource.Block) {
		if b == nil {
			return
		}
		for _, f := range flowsOf(b) {
			for _, share := range f.To {
				if math.IsNaN(share) || math.IsInf(share, 0) {
					f.To = nil // all weights are 0
					break
				}
			}
			into[f.Match] = append(into[f.Match], f)
		}
	}
	for i := range changes {
		switch c := &changes[i]; c.Action {
		case NoOp, Move, Forget:
		default:
			collect(before, c.Before)
			collect(after, c.After)
		}
	}
	matches := slices.Sorted(maps.Keys(before))
	for m := range after {
		if _, ok := before[m]; !ok {
			matches = append(matches, m)
		}
	}
	slices.Sort(matches)

	var out []TrafficChange
	for _, m := range matches {
		b, a := before[m], after[m]
		for i := range max(len(b), len(a)) {
			c := TrafficChange{Match: m}
			if i < len(b) {
				c.Before = &b[i]
			}
			if i < len(a) {
				c.After = &a[i]
			}
			if c.Change = flowChange(c.Before, c.After); c.Change != "" {
				out = append(out, c)
			}
		}
	}
	return out
}

// flowChange says in a few words what is different; "" is nothing.
func flowChange(before, after *resource.Flow) string {
	switch {
	case before == nil:
		return "new: " + flowText(after)
	case after == nil:
		return "removed, was " + flowText(before)
	case before.Answer == after.Answer && maps.Equal(before.To, after.To):
		return ""
	case before.Answer != "" || after.Answer != "" || len(before.To) == 0 || len(after.To) == 0 || disjoint(before.To, after.To):
		return flowText(before) + " -> " + flowText(after)
	}
	names := slices.Sorted(maps.Keys(before.To))
	for name := range after.To {
		if _, ok := before.To[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var gained, changed []string
	for _, name := range names {
		b, a := before.To[name], after.To[name]
		if a == b {
			continue
		}
		changed = append(changed, fmt.Sprintf("%s %s -> %s", name, percent(b), percent(a)))
		if a > b {
			gained = append(gained, changed[len(changed)-1])
		}
	}
	if len(names) == 2 && len(gained) == 1 {
		return gained[0] // the other loses as much
	}
	return strings.Join(changed, ", ")
}

func disjoint(a, b map[string]float64) bool {
	for k := range a {
		if _, ok := b[k]; ok {
			return false
		}
	}
	return true
}

// flowText says where requests go: "orders 90%, orders_v2 10%".
func flowText(f *resource.Flow) string {
	switch {
	case f.Answer != "":
		return f.Answer
	case len(f.To) == 0:
		return "no backend"
	}
	names := slices.Sorted(maps.Keys(f.To))
	if len(names) == 1 && f.To[names[0]] == 1 {
		return names[0]
	}
	parts := make([]string, len(names))
	for i, name := range names {
		parts[i] = name + " " + percent(f.To[name])
	}
	return strings.Join(parts, ", ")
}

// percent writes a share with as many digits as it needs, at most two.
func percent(share float64) string {
	p := math.Round(share*10000) / 100
	if p == 0 && share > 0 {
		return "<0.01%"
	}
	return strconv.FormatFloat(p, 'f', -1, 64) + "%"
}
