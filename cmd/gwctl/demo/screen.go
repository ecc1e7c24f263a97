package demo

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// screen writes the tour. On a terminal its last line is a running counter,
// which gives way to whatever is printed.
type screen struct {
	live  bool
	style Style

	mu      sync.Mutex
	out     io.Writer
	counter string
}

func paint(style func(string) string, text string) string {
	if style == nil {
		return text
	}
	return style(text)
}

// print writes whole lines.
func (s *screen) print(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clear()
	fmt.Fprintln(s.out, strings.TrimRight(text, "\n"))
	s.draw()
}

// Write makes the screen a writer for the output of commands.
func (s *screen) Write(p []byte) (int, error) {
	s.print("  " + strings.ReplaceAll(strings.TrimRight(string(p), "\n"), "\n", "\n  "))
	return len(p), nil
}

func (s *screen) title(text string) { s.print("\n" + paint(s.style.Title, text)) }

func (s *screen) say(format string, args ...any) { s.print(fmt.Sprintf(format, args...)) }

func (s *screen) command(format string, args ...any) {
	s.print("\n" + paint(s.style.Command, "$ "+fmt.Sprintf(format, args...)))
}

// show sets the running counter; "" removes it.
func (s *screen) show(counter string) {
	if !s.live {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clear()
	s.counter = counter
	s.draw()
}

func (s *screen) clear() {
	if s.live && s.counter != "" {
		fmt.Fprint(s.out, "\r\x1b[K")
	}
}

func (s *screen) draw() {
	if s.live && s.counter != "" {
		fmt.Fprint(s.out, paint(s.style.Faint, s.counter))
	}
}

// barWidth is the width of 100% in columns.
const barWidth = 40

// bars draws the share of each backend beside the one that was asked for.
func (s *screen) bars(counts map[string]uint64, want map[string]float64) {
	var total uint64
	for _, n := range counts {
		total += n
	}
	if total == 0 {
		return
	}
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(want)) {
		share := float64(counts[name]) / float64(total)
		filled := int(share*barWidth + 0.5)
		fmt.Fprintf(&b, "\n  %-8s %s%s %5.1f%%  (wanted %.0f%%, of %s requests)",
			name, paint(s.style.Good, strings.Repeat("█", filled)), strings.Repeat("░", barWidth-filled), share*100, want[name]*100, thousands(total))
	}
	s.print(b.String())
}

// thousands writes a number as people read it: 12,345.
func thousands(n uint64) string {
	digits := strconv.FormatUint(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
