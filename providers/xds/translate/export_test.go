package translate

import "math"

// WithTrees makes a match tree of each virtual host that has entries.
func (t *Translator) WithTrees() *Translator {
	t.trees = treeBounds{from: 1, growth: math.MaxInt32}
	return t
}

// WithLists makes none.
func (t *Translator) WithLists() *Translator {
	t.trees = treeBounds{from: math.MaxInt}
	return t
}

// MarshalTables makes the bytes of all tables of routes, and their versions, once
// more.
func (t *Translator) MarshalTables() {
	for _, s := range t.inventory.snapshots {
		for _, table := range s.tables {
			digest(table.body())
		}
	}
}
