package views

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/lipgloss"
)

// writeRows writes aligned rows with an indent; cells are printable already. The
// last cell of a row is as long as it is.
func writeRows(b *strings.Builder, indent string, rows [][]string, paint func(row, column int, padded string) string) {
	widths := map[int]int{}
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], lipgloss.Width(cell))
		}
	}
	for n, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			pad := ""
			if i < len(row)-1 {
				pad = strings.Repeat(" ", widths[i]-lipgloss.Width(cell)+2)
			}
			if paint != nil {
				cell = paint(n, i, cell)
			}
			line.WriteString(cell + pad)
		}
		b.WriteString(strings.TrimRight(indent+line.String(), " ") + "\n")
	}
}

// firstOf lists some of many: "a,b + 3 more".
func firstOf(all []string, some int) string {
	switch {
	case len(all) == 0:
		return "-"
	case len(all) <= some:
		return strings.Join(all, ",")
	}
	return fmt.Sprintf("%s + %d more", strings.Join(all[:some], ","), len(all)-some)
}
