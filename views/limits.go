package views

import (
	"fmt"
	"slices"

	"github.com/gwctl/gwctl/internal/policy"
)

// maxLimits is how many routes people are told of; JSON has all of them.
const maxLimits = 20

// limitDoc are the rate limits of a route, before and after.
type limitDoc struct {
	Route  string         `json:"route"`
	At     string         `json:"at,omitempty"`
	Before []policy.Limit `json:"before"`
	After  []policy.Limit `json:"after"`
}

// limits shows all limits of the routes for which any changes, each with the
// block that it comes from.
func (t *planWriter) limits() {
	all := t.plan.Limits
	if len(all) == 0 {
		return
	}
	t.b.WriteString(t.paint.Bold("Rate limits that change:") + "\n")
	for _, c := range all[:min(len(all), maxLimits)] {
		name := c.Route
		if c.At != "" {
			name += ", " + c.At
		}
		t.b.WriteString("  " + t.paint.Highlight(printable(name)) + "\n")
		for _, l := range c.Before {
			if !slices.Contains(c.After, l) {
				t.limit(t.paint.Bad("-"), l)
			}
		}
		for _, l := range c.After {
			mark := " "
			if !slices.Contains(c.Before, l) {
				mark = t.paint.Good("+")
			}
			t.limit(mark, l)
		}
		if len(c.After) == 0 {
			t.b.WriteString("    " + t.paint.Dim("  no limit any more") + "\n")
		}
	}
	if more := len(all) - maxLimits; more > 0 {
		t.b.WriteString("  " + t.paint.Dim(fmt.Sprintf("... and %d more (-json shows all)", more)) + "\n")
	}
	t.b.WriteString("\n")
}

func (t *planWriter) limit(mark string, l policy.Limit) {
	t.b.WriteString("    " + mark + " " + printable(l.Text) + ", " + l.Scope + "   " + t.paint.Dim(printable(l.From())) + "\n")
}
