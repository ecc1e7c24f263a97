package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// row is one figure.
type row struct {
	figure, target, measured, peer string
	met                            verdict
}

type verdict string

const (
	open   verdict = "" // no target
	met    verdict = "yes"
	missed verdict = "NO"
)

func meets(ok bool) verdict {
	if ok {
		return met
	}
	return missed
}

// table is Markdown that reads well as plain text too.
type table []row

func (t *table) add(r row) { *t = append(*t, r) }

func (t table) write(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 1, ' ', tabwriter.Debug)
	line := func(cells ...string) {
		fmt.Fprintf(w, "\t %s\t\n", strings.Join(cells, "\t "))
	}
	line("figure", "target", "measured", "beside it", "met")
	line("---", "---", "---", "---", "---")
	for _, r := range t {
		line(r.figure, r.target, r.measured, r.peer, string(r.met))
	}
	return w.Flush()
}

// short is a duration with three digits.
func short(d time.Duration) string {
	switch {
	case d >= 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d >= time.Second:
		return fmt.Sprintf("%.2f s", d.Seconds())
	case d >= 10*time.Millisecond:
		return fmt.Sprintf("%.0f ms", float64(d)/float64(time.Millisecond))
	case d >= time.Millisecond:
		return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
	}
	return fmt.Sprintf("%.0f µs", float64(d)/float64(time.Microsecond))
}

// memory is bytes in MB, the unit of the targets.
func memory(bytes int64) string { return fmt.Sprintf("%.0f MB", float64(bytes)/1e6) }

// times is how often b goes into a.
func times[N ~int64 | ~float64](a, b N) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}
