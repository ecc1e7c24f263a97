package planner

import (
	"fmt"

	"github.com/gwctl/gwctl/internal/resource"
)

// moveRecords applies the moved blocks to what the state remembers.
func (pl *planning) moveRecords() {
	if len(pl.in.Moved) == 0 {
		return
	}
	failed := len(pl.diags)
	for i := range pl.in.Moved {
		m := &pl.in.Moved[i]
		if m.From.Kind != m.To.Kind {
			pl.fail("Move to another kind", fmt.Sprintf("%s cannot become %s: a %s stays a %s.", m.From, m.To, m.From.Kind, m.From.Kind), &m.Range)
		}
		for _, r := range pl.in.Desired {
			if _, ok := r.Address.Move(m.From, m.To); ok && pl.in.Mode != Destroy {
				pl.fail("Moved block is still there", fmt.Sprintf("A moved block says that %s is at %s now, but the configuration still has %s. Remove the moved block, or rename the block.", m.From, m.To, r.Address), &m.Range)
				break
			}
		}
	}
	if len(pl.diags) > failed {
		return
	}

	ends := make(map[resource.Address]resource.Address)
	for a := range pl.prior {
		if end := pl.endOfMoves(a); end != a {
			ends[a] = end
		}
	}
	for _, a := range sortedAddresses(ends) {
		if ends[a].IsZero() {
			pl.fail("Moved blocks form a circle", fmt.Sprintf("%s would move away and back for ever. Remove one of the moved blocks.", a), &pl.in.Moved[0].Range)
			return
		}
	}
	moved := make(map[resource.Address]*record, len(pl.prior))
	for _, a := range sortedAddresses(pl.prior) {
		if _, ok := ends[a]; !ok {
			moved[a] = pl.prior[a]
		}
	}
	for _, a := range sortedAddresses(ends) {
		rec, to := pl.prior[a], ends[a]
		if moved[to] != nil {
			pl.warn("Move was not made", fmt.Sprintf("The state has both %s and %s, so the first cannot take the second's place.", a, to), nil)
			moved[a] = rec
			delete(ends, a)
			continue
		}
		rec.previous, rec.address = a, to
		rec.moveReason = "a moved block says so"
		moved[to] = rec
	}
	for _, rec := range moved {
		rec.dependsOn = renamed(rec.dependsOn, ends)
	}
	pl.prior = moved
}

// endOfMoves follows the moved blocks from a; the zero address says that they
// never end.
func (pl *planning) endOfMoves(a resource.Address) resource.Address {
	for range len(pl.in.Moved) + 1 {
		next := a
		for i := range pl.in.Moved {
			if to, ok := a.Move(pl.in.Moved[i].From, pl.in.Moved[i].To); ok && to != a {
				next = to
				break
			}
		}
		if next == a {
			return a
		}
		a = next
	}
	return resource.Address{}
}

func renamed(addresses []resource.Address, ends map[resource.Address]resource.Address) []resource.Address {
	var out []resource.Address
	for _, a := range addresses {
		if end, ok := ends[a]; ok {
			a = end
		}
		out = append(out, a)
	}
	return out
}

// moveByObject finds blocks that got another address while their object
// stayed: no moved block is needed where the name says it all.
func (pl *planning) moveByObject() {
	var gone []resource.Address
	for a := range pl.prior {
		if pl.desired[a] == nil {
			gone = append(gone, a)
		}
	}
	if len(gone) == 0 {
		return
	}
	holders := pl.countHolders()
	sortAddresses(gone)
	for _, from := range gone {
		rec := pl.prior[from]
		for _, h := range rec.objects {
			w := pl.wanted[h.key]
			if w == nil || len(w.makers) != 1 || holders[h.key] != 1 {
				continue
			}
			to := w.makers[0].Address
			if to.Kind != from.Kind || pl.prior[to] != nil {
				continue
			}
			delete(pl.prior, from)
			if rec.previous.IsZero() {
				rec.previous = from
			}
			rec.address = to
			rec.moveReason = "its object is the same"
			pl.prior[to] = rec
			break
		}
	}
}

// countHolders counts the records that have an object.
func (pl *planning) countHolders() map[key]int {
	holders := make(map[key]int, len(pl.last))
	for _, rec := range pl.prior {
		for _, h := range rec.objects {
			holders[h.key]++
		}
	}
	return holders
}

// checkRemoved complains of removed blocks for what is still configured.
func (pl *planning) checkRemoved() {
	for i := range pl.in.Removed {
		rm := &pl.in.Removed[i]
		for _, r := range pl.in.Desired {
			if rm.From.Contains(r.Address) {
				pl.fail("Removed block is still there", fmt.Sprintf("A removed block says that %s left the configuration, but it still has %s. Remove the one or the other.", rm.From, r.Address), &rm.Range)
				break
			}
		}
	}
}

// keeps reports whether a removed block says that a's objects stay live.
func (pl *planning) keeps(a resource.Address) bool {
	for i := range pl.in.Removed {
		if pl.in.Removed[i].From.Contains(a) {
			return !pl.in.Removed[i].Destroy
		}
	}
	return false
}
