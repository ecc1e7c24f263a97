package views

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// Fleet is what an xDS server knows of its Envoys.
type Fleet struct {
	Server   string // where it was asked
	Store    string // its identity
	Revision uint64
	Gateways []FleetGateway
	// Certificates are those that the server reads from files.
	Certificates []FleetCertificate
	RateLimits   *FleetRateLimits // nil where nothing counts for all Envoys
}

// FleetRateLimits is what counts requests for all Envoys.
type FleetRateLimits struct {
	Address  string // host:port where Envoys reach it; "" where they do not know
	Problem  string // why requests are not counted; "" if they are
	Limiters []Limiter
}

// Limiter is one that is connected to be told the limits.
type Limiter struct {
	Node      string
	Connected time.Time
	Types     []EnvoyType
}

// FleetCertificate is a certificate, or certificates of authorities.
type FleetCertificate struct {
	Name    string    // "Secret default/wildcard"
	Expires time.Time // zero where nothing is served
	Problem string    // why its files cannot be used; "" if they can
}

// FleetGateway are the Envoys of one gateway.
type FleetGateway struct {
	Name   string // "default/public"
	Envoys []Envoy
}

// Envoy is one connected Envoy.
type Envoy struct {
	Node      string
	Version   string // Envoy's
	Connected time.Time
	Types     []EnvoyType
}

// EnvoyType is where one Envoy stands with one resource type.
type EnvoyType struct {
	Type               string // "CDS"
	Sent, Acknowledged string
	Waiting            time.Time // since when an answer is missing; zero when none is
	Refusal            string    // the last one's text, until the next acknowledgement
}

// Status shows a fleet.
type Status interface {
	Status(f Fleet) error
}

// NewStatus returns the view for people. Machines get the server's own answer.
func NewStatus(o Options) Status { return statusText{o} }

type statusText struct{ o Options }

func (v statusText) Status(f Fleet) error {
	paint := NewPalette(v.o.Color)
	var b strings.Builder
	fmt.Fprintf(&b, "%s, store %s, revision %d\n\n", printable(f.Server), printable(f.Store), f.Revision)
	rows := [][]string{{"GATEWAY", "ENVOY", "VERSION", "CONNECTED", "STATUS"}}
	var refusals []string
	for _, g := range f.Gateways {
		if len(g.Envoys) == 0 {
			rows = append(rows, []string{g.Name, "-", "-", "-", "no Envoy is connected"})
		}
		for _, e := range g.Envoys {
			status := v.standing(e.Types)
			rows = append(rows, []string{g.Name, e.Node, e.Version, v.since(e.Connected), status})
			for _, t := range e.Types {
				if t.Refusal != "" {
					refusals = append(refusals, fmt.Sprintf("%s refused %s: %s", e.Node, t.Type, t.Refusal))
				}
			}
		}
	}
	if len(rows) == 1 {
		b.WriteString("No gateway was applied yet, and no Envoy is connected.\n")
	} else {
		writeTable(&b, rows, paint)
	}
	refusals = append(refusals, v.limiters(&b, f.RateLimits, paint)...)
	for i, r := range refusals {
		if i == 0 {
			b.WriteString("\n")
		}
		b.WriteString(paint.Bad("Refused: ") + printable(r) + "\n")
	}
	first := true
	for _, c := range f.Certificates {
		text := c.Problem
		if text == "" && v.expiresSoon(c) {
			text = "it expires in " + brief(c.Expires.Sub(v.o.Now()))
		}
		if text == "" {
			continue
		}
		if first {
			b.WriteString("\n")
		}
		first = false
		b.WriteString(paint.Bad("Certificate: ") + printable(c.Name+": "+text) + "\n")
	}
	_, err := io.WriteString(v.o.Out, b.String())
	return err
}

// soon is when somebody should know that a certificate will expire: those of a
// week that are replaced in time are no news.
const soon = 3 * 24 * time.Hour

func (v statusText) expiresSoon(c FleetCertificate) bool {
	return v.o.Now != nil && !c.Expires.IsZero() && c.Expires.Sub(v.o.Now()) < soon
}

// limiters shows what counts for all Envoys, and returns what was refused.
func (v statusText) limiters(b *strings.Builder, r *FleetRateLimits, paint Palette) (refusals []string) {
	if r == nil {
		return nil
	}
	service := "-"
	if r.Address != "" {
		service = r.Address
	}
	rows := [][]string{{"RATE LIMITS", "LIMITER", "CONNECTED", "STATUS"}}
	if len(r.Limiters) == 0 {
		rows = append(rows, []string{service, "-", "-", "no limiter is connected"})
	}
	for _, l := range r.Limiters {
		rows = append(rows, []string{service, l.Node, v.since(l.Connected), v.standing(l.Types)})
		for _, t := range l.Types {
			if t.Refusal != "" {
				refusals = append(refusals, fmt.Sprintf("limiter %s refused %s: %s", l.Node, t.Type, t.Refusal))
			}
		}
	}
	b.WriteString("\n")
	writeTable(b, rows, paint)
	if r.Problem != "" {
		fmt.Fprintf(b, "\n%s%s\n", paint.Bad("Rate limits: "), printable(r.Problem))
	}
	return refusals
}

// standing says in a few words where an Envoy or a limiter is. What it was sent may be what
// it acknowledged long ago, after a change that was taken back: an answer that
// is missing counts for itself.
func (v statusText) standing(types []EnvoyType) string {
	var refused, waiting []string
	var since time.Time
	for _, t := range types {
		switch {
		case t.Refusal != "":
			refused = append(refused, t.Type)
		case !t.Waiting.IsZero(), t.Sent != t.Acknowledged:
			waiting = append(waiting, t.Type)
			if !t.Waiting.IsZero() && (since.IsZero() || t.Waiting.Before(since)) {
				since = t.Waiting
			}
		}
	}
	switch {
	case len(refused) > 0:
		return "refused " + strings.Join(refused, ", ")
	case len(waiting) > 0 && since.IsZero():
		return "waiting for " + strings.Join(waiting, ", ")
	case len(waiting) > 0:
		return "waiting for " + strings.Join(waiting, ", ") + " since " + v.since(since)
	case len(types) == 0:
		return "asked for nothing yet"
	}
	return "acknowledged all"
}

func (v statusText) since(t time.Time) string {
	if t.IsZero() || v.o.Now == nil {
		return "-"
	}
	return brief(v.o.Now().Sub(t))
}

// brief is a duration in its largest unit.
func brief(d time.Duration) string {
	switch {
	case d < 0:
		return "0s"
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh", int(d.Hours()))
	default:
		return fmt.Sprintf("%dd", int(d.Hours())/24)
	}
}

// writeTable writes columns; the first row is the header.
func writeTable(b *strings.Builder, rows [][]string, paint Palette) {
	for _, row := range rows {
		for i := range row {
			row[i] = printable(row[i])
		}
	}
	writeRows(b, "", rows, func(row, _ int, cell string) string {
		if row == 0 {
			return paint.Bold(cell)
		}
		return cell
	})
}
