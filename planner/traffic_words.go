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

// endpointsChange says which endpoints a backend loses and gains.
func endpointsChange(before, after map[string]float64) string {
	if maps.Equal(before, after) {
		return ""
	}
	only := func(these, others map[string]float64) []string {
		names := slices.DeleteFunc(slices.Sorted(maps.Keys(these)), func(name string) bool {
			_, ok := others[name]
			return ok
		})
		const some = 3
		if more := len(names) - some; more > 0 {
			names = append(names[:some], fmt.Sprintf("%d more", more))
		}
		return names
	}
	gone, come := only(before, after), only(after, before)
	switch {
	case disjoint(before, after):
		return strings.Join(gone, ", ") + " -> " + strings.Join(come, ", ")
	case len(gone) == 0 && len(come) == 0:
		return "other shares of the same endpoints"
	case len(gone) == 0:
		return "also " + strings.Join(come, ", ")
	case len(come) == 0:
		return "without " + strings.Join(gone, ", ")
	}
	return "without " + strings.Join(gone, ", ") + "; also " + strings.Join(come, ", ")
}

func disjoint(a, b map[string]float64) bool {
	for k := range a {
		if _, ok := b[k]; ok {
			return false
		}
	}
	return true
}

// FlowText says where the requests of a flow go: "orders 90%, orders_v2 10%".
func FlowText(f *resource.Flow) string { return flowText(f) }

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
