package translate

import "slices"

// headerChange is what happens to the headers of a request or a response: some
// are removed, then others set, then others added. A name is in one list only,
// in lower case.
type headerChange struct {
	set, add []header
	remove   []string
}

type header struct{ name, value string }

func (c headerChange) none() bool { return len(c.set)+len(c.add)+len(c.remove) == 0 }

// then returns the one change that does what c and then next do. Envoy itself
// would apply a rule's change after a backend's, so that the rule would win.
func (c headerChange) then(next headerChange) headerChange {
	if next.none() {
		return c
	}
	replaced := func(h header) bool {
		return slices.Contains(next.remove, h.name) || slices.ContainsFunc(next.set, func(n header) bool { return n.name == h.name })
	}
	out := headerChange{
		set:    append(slices.DeleteFunc(slices.Clone(c.set), replaced), next.set...),
		add:    append(slices.DeleteFunc(slices.Clone(c.add), replaced), next.add...),
		remove: slices.Clone(c.remove),
	}
	for _, name := range next.remove {
		if !slices.Contains(out.remove, name) {
			out.remove = append(out.remove, name)
		}
	}
	return out
}
