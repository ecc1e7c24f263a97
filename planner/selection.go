package planner

import (
	"fmt"

	"github.com/gwctl/gwctl/internal/diag"
	"github.com/gwctl/gwctl/internal/resource"
)

// selectAddresses applies -target and -exclude. A target takes along what it
// depends on, an exclusion what depends on it; when destroying it is the other
// way round.
func (pl *planning) selectAddresses() {
	only, exclude := pl.in.Only, pl.in.Exclude
	switch {
	case len(only) == 0 && len(exclude) == 0:
		return
	case len(only) > 0 && len(exclude) > 0:
		pl.fail("Targets and exclusions at once", "-target and -exclude cannot be combined: one of them says it all.", nil)
		return
	}
	users := make(map[resource.Address][]resource.Address, len(pl.deps))
	for _, a := range pl.addresses {
		for _, d := range pl.deps[a] {
			users[d] = append(users[d], a)
		}
	}
	sharers := map[key][]resource.Address{}
	for _, rec := range pl.prior {
		for _, h := range rec.objects {
			sharers[h.key] = append(sharers[h.key], rec.address)
		}
	}
	for k, w := range pl.wanted {
		for _, r := range w.makers {
			sharers[k] = append(sharers[k], r.Address)
		}
	}
	along := pl.deps
	if (len(exclude) > 0) != (pl.in.Mode == Destroy) {
		along = users
	}
	reached := pl.closure(pl.matching("-target", only), along, sharers)
	if len(exclude) == 0 {
		pl.selected = reached
		return
	}
	excluded := pl.closure(pl.matching("-exclude", exclude), along, sharers)
	pl.selected = make(map[resource.Address]struct{}, len(pl.addresses))
	for _, a := range pl.addresses {
		if _, ok := excluded[a]; !ok {
			pl.selected[a] = struct{}{}
		}
	}
}

func (pl *planning) matching(flag string, patterns []resource.Address) []resource.Address {
	var out []resource.Address
	for _, p := range patterns {
		found := false
		for _, a := range pl.addresses {
			rec := pl.prior[a]
			if p.Contains(a) || rec != nil && !rec.previous.IsZero() && p.Contains(rec.previous) {
				out = append(out, a)
				found = true
			}
		}
		if !found {
			pl.fail("Nothing has this address", fmt.Sprintf("%s=%s names no resource in configuration or state.%s Without %s, `gwctl plan` shows what changes, and `gwctl state list` what was applied.", flag, p, pl.nearest(p), flag), nil)
		}
	}
	return out
}

// nearest suggests the address that was probably meant.
func (pl *planning) nearest(p resource.Address) string {
	names := make([]string, len(pl.addresses))
	for i, a := range pl.addresses {
		if p.Key == "" {
			a.Key = "" // all instances of a block
		}
		names[i] = a.String()
	}
	if near := diag.Nearest(p.String(), names); near != "" {
		return fmt.Sprintf(" Did you mean %s?", near)
	}
	return ""
}

// closure follows along from start. Blocks that share an object come together,
// since the object is written as a whole.
func (pl *planning) closure(start []resource.Address, along map[resource.Address][]resource.Address, sharers map[key][]resource.Address) map[resource.Address]struct{} {
	reached := make(map[resource.Address]struct{}, len(start))
	queue := start
	for len(queue) > 0 {
		a := queue[0]
		queue = queue[1:]
		if _, ok := reached[a]; ok {
			continue
		}
		reached[a] = struct{}{}
		queue = append(queue, along[a]...)
		if r := pl.desired[a]; r != nil {
			for _, o := range r.Objects {
				queue = append(queue, sharers[key{r.Provider, resource.IDOf(o)}]...)
			}
		}
		if rec := pl.prior[a]; rec != nil {
			for _, h := range rec.objects {
				queue = append(queue, sharers[h.key]...)
			}
		}
	}
	return reached
}
