package config

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// maxChain bounds how many values may need each other in a row.
const maxChain = 5000

// frame names a value that is being computed.
type frame struct {
	name string
	at   hcl.Range
}

// cell is a value that is computed when it is first needed.
type cell[T any] struct {
	frame
	running, done bool
	value         T
}

// force returns the value of a cell. In a circle it is poison, a value that
// stands for an error that has been reported.
func force[T any](l *loader, c *cell[T], poison T, compute func() T) T {
	switch {
	case c.done:
		return c.value
	case c.running:
		l.reportCircle(&c.frame)
		return poison
	case len(l.stack) >= maxChain:
		l.errorf(c.at, "Too long a chain", "%s is the end of a chain of %d values that need each other, which is the limit.", c.name, maxChain)
		return poison
	}
	c.running = true
	l.stack = append(l.stack, &c.frame)
	value := compute()
	l.stack = l.stack[:len(l.stack)-1]
	c.running, c.done, c.value = false, true, value
	return value
}

// reportCircle names all values from the first time that a frame is on the stack to
// its second.
func (l *loader) reportCircle(f *frame) {
	start := len(l.stack) - 1
	for start > 0 && l.stack[start] != f {
		start--
	}
	circle := l.stack[start:]
	var text strings.Builder
	for _, g := range circle {
		fmt.Fprintf(&text, "  %s (%s) needs\n", g.name, place(g.at))
	}
	what := "These values need each other, so that none can be computed:"
	if len(circle) == 1 {
		what = "This value needs itself:"
	}
	l.errorf(f.at, "Circular reference", "%s\n%s  %s", what, text.String(), f.name)
}

// get returns the cell of a key, making it at the first time.
func get[K comparable, T any](cells map[K]*cell[T], key K, name func() string, at hcl.Range) *cell[T] {
	c := cells[key]
	if c == nil {
		c = &cell[T]{frame: frame{name(), at}}
		cells[key] = c
	}
	return c
}
