package demo

import (
	"fmt"
	"strings"
)

// cellsInRow is how many requests stand in a row.
const cellsInRow = 50

// cells draws each request of a caller, in its order: filled where it passed.
func (s *screen) cells(caller string, answers []bool) {
	passed := 0
	var rows strings.Builder
	for at := 0; at < len(answers); {
		rows.WriteString("\n  ")
		end := min(len(answers), at-at%cellsInRow+cellsInRow)
		for at < end { // one stretch of the same answer after the other
			from := at
			for at < end && answers[at] == answers[from] {
				at++
			}
			if answers[from] {
				passed += at - from
				rows.WriteString(paint(s.style.Good, strings.Repeat("■", at-from)))
			} else {
				rows.WriteString(paint(s.style.Bad, strings.Repeat("□", at-from)))
			}
		}
	}
	text := fmt.Sprintf("\n  %s: %d requests, %s", caller, len(answers), paint(s.style.Good, fmt.Sprintf("■ %d passed", passed)))
	if refused := len(answers) - passed; refused > 0 {
		text += ", " + paint(s.style.Bad, fmt.Sprintf("□ %d refused with 429", refused))
	}
	s.print(text + rows.String())
}
