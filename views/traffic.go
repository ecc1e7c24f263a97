package views

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/lipgloss"

	"github.com/gwctl/gwctl/planner"
)

// maxTraffic is how many lines of traffic people read; JSON has all of them.
const maxTraffic = 20

func (t *planWriter) traffic() {
	if len(t.plan.Traffic) == 0 {
		return
	}
	shown, more := shownTraffic(t.plan.Traffic)
	t.b.WriteString(t.paint.Bold("Traffic that changes:") + "\n")
	width := 0
	for _, c := range shown {
		width = max(width, lipgloss.Width(printable(c.Match)))
	}
	for _, c := range shown {
		match := printable(c.Match)
		pad := strings.Repeat(" ", width-lipgloss.Width(match))
		t.b.WriteString("  " + t.paint.Highlight(match) + pad + "   " + printable(c.Change) + "\n")
	}
	if more > 0 {
		t.b.WriteString("  " + t.paint.Dim(fmt.Sprintf("... and %d more (-json shows all)", more)) + "\n")
	}
	t.b.WriteString("\n")
}

// shownTraffic returns the changes that people are shown, and how many more
// there are. What becomes of present traffic comes before what is new.
func shownTraffic(all []planner.TrafficChange) (shown []planner.TrafficChange, more int) {
	if len(all) <= maxTraffic {
		return all, 0
	}
	present := 0
	for _, c := range all {
		if c.Before != nil {
			present++
		}
	}
	fresh := max(0, maxTraffic-present)
	for _, c := range all {
		switch {
		case len(shown) == maxTraffic:
		case c.Before != nil:
			shown = append(shown, c)
		case fresh > 0:
			fresh--
			shown = append(shown, c)
		}
	}
	return shown, len(all) - len(shown)
}
