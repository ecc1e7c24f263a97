package views

import (
	"math"
	"strings"
	"time"
)

// plotRows is the height of a plot of shares.
const plotRows = 8

// plotShares draws two shares, 0 to 1, that are at most 1 together: one from
// the bottom up, the other from the top down. at tells both for a time.
func plotShares(b *strings.Builder, paint Palette, columns int, until time.Duration, at func(time.Duration) (below, above float64)) {
	cells := make([][]rune, plotRows)
	for row := range cells {
		cells[row] = []rune(strings.Repeat(" ", columns))
	}
	for x := range columns {
		below, above := at(time.Duration(float64(until) * float64(x+1) / float64(columns)))
		low, high := int(math.Round(below*plotRows)), int(math.Round(above*plotRows))
		for row := range plotRows {
			switch {
			case row >= plotRows-low:
				cells[row][x] = '█'
			case row < high:
				cells[row][x] = '░'
			}
		}
	}
	labels := map[int]string{0: "100%", plotRows / 2: " 50%", plotRows - 1: "  0%"}
	for row, line := range cells {
		label := labels[row]
		if label == "" {
			label = "    "
		}
		text := strings.TrimRight(string(line), " ")
		b.WriteString(strings.TrimRight(label+" |"+paintRuns(text, map[rune]func(string) string{'█': paint.Remove, '░': paint.Add}), " ") + "\n")
	}
	b.WriteString("     +" + strings.Repeat("-", columns) + "\n      " + timeAxis(columns, until) + "\n")
}

// paintRuns paints each run of a rune at once.
func paintRuns(text string, paint map[rune]func(string) string) string {
	var out strings.Builder
	runes := []rune(text)
	for from := 0; from < len(runes); {
		to := from + 1
		for to < len(runes) && runes[to] == runes[from] {
			to++
		}
		run := string(runes[from:to])
		if p := paint[runes[from]]; p != nil {
			run = p(run)
		}
		out.WriteString(run)
		from = to
	}
	return out.String()
}

// timeAxis names the beginning, the middle and the end of a time.
func timeAxis(columns int, until time.Duration) string {
	middle, end := axisTime(until/2), axisTime(until)
	line := []rune("0s" + strings.Repeat(" ", max(columns-2, 0)))
	put := func(at int, text string) {
		if at > 3 && at+len(text) <= len(line) {
			copy(line[at:], []rune(text))
		}
	}
	put(columns/2-len(middle)/2, middle)
	put(columns-len(end), end)
	return strings.TrimRight(string(line), " ")
}

// axisTime writes a time as exactly as people want to read it.
func axisTime(d time.Duration) string {
	if d >= time.Minute {
		d = d.Round(time.Second)
	}
	return shortDuration(d)
}

// shortDuration leaves out what is nothing: 30m, and not 30m0s.
func shortDuration(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// sparkline draws levels, 0 to 1, as bars of one line.
func sparkline(columns int, levels []float64) string {
	const bars = "▁▂▃▄▅▆▇█"
	all := []rune(bars)
	columns = min(columns, len(levels))
	line := make([]rune, columns)
	for x := range line {
		level := levels[(x+1)*len(levels)/columns-1]
		line[x] = all[int(min(max(level, 0), 1)*float64(len(all)-1)+0.5)]
	}
	return string(line)
}
