package e2e

import (
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/gwctl/gwctl/internal/diag"
)

// What only Envoy can refuse: no schema knows it.
var refusals = []struct {
	name   string
	broken func(w *world) side
	mended side
	line   string // that is to blame
	what   string // that was refused
	phase  string // in which
	text   func(w *world) string
}{
	{
		name: "a port that is taken",
		broken: func(w *world) side {
			l, err := net.Listen("tcp", local(w.port("taken")))
			if err != nil {
				w.Fatal(err)
			}
			w.Cleanup(func() { l.Close() })
			return side{blocks: route("swap", allToV2), listeners: `
  listener "taken" {
    port     = {{port "taken"}}
    protocol = "HTTP"
  }`}
		},
		mended: side{blocks: route("swap", allToV2), listeners: `
  listener "taken" {
    port     = {{port "another"}}
    protocol = "HTTP"
  }`},
		line: `{{port "taken"}}`,
		what: "the listener", phase: "listeners",
		text: func(w *world) string {
			return fmt.Sprintf("cannot bind '127.0.0.1:%d': Address already in use", w.port("taken"))
		},
	},
	{
		name: "a regular expression that is too large",
		broken: func(*world) side {
			return side{blocks: route("swap", `
  rule "large" {
    match { path_regex = "/`+strings.Repeat("[a-z]{1,1000}", 18)+`" }
    forward { to = backend.v2 }
  }`+allToV2)}
		},
		mended: side{blocks: route("swap", `
  rule "large" {
    match { path_regex = "/[a-z]{1,63}" }
    forward { to = backend.v2 }
  }`+allToV2)},
		line: "path_regex",
		what: "the routes", phase: "routes",
		text: func(*world) string { return "regex" },
	},
}

// A change that Envoy refuses comes back with Envoy's words and the line, and
// traffic does not notice. The repaired one applies.
func TestWhatEnvoyRefusesChangesNothing(t *testing.T) {
	for _, tt := range refusals {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			shop := w.folder("shop")
			before := route("swap", allToV1)
			shop.apply(config(side{blocks: before}))
			w.envoy("envoy-1")
			traffic := w.load("http", 500, v1, get("swap", "/"))
			traffic.more(50)

			broken := tt.broken(w)
			text := shop.write(config(broken))
			line := lineOf(w, text, w.text(tt.line))
			r := shop.ends(1, "apply", "-auto-approve")
			r.says(w, "envoy-1 of gateway public refused "+tt.what, tt.text(w), fmt.Sprintf("main.hcl line %d", line), "The Envoy serves revision 1, as before")
			if told := tt.phase + ": 1 of 1 Envoy acknowledged"; strings.Contains(r.stdout, told) {
				t.Errorf("%q is said of what was refused: %s", told, r)
			}

			r = shop.ends(1, "apply", "-auto-approve", "-json")
			d := refusalIn(w, r)
			if d.Range == nil || d.Range.Filename != "main.hcl" || d.Range.Start.Line != line || !strings.Contains(d.Detail, tt.text(w)) {
				t.Errorf("want %q at main.hcl line %d in the diagnostic: %+v", tt.text(w), line, d)
			}
			if r.stderr != "" {
				t.Errorf("with -json all is said on stdout: %s", r)
			}

			traffic.more(50)
			shop.pending()
			r = shop.ends(2, "plan", "-detailed-exitcode", "-json")
			if !strings.Contains(r.stdout, `"http_route.swap"`) {
				t.Errorf("the change is still to be made: %s", r)
			}

			// Still only v1 answers: nothing of the refused change is live.
			traffic.change(v1, v2, func() { shop.apply(config(tt.mended)) })
			shop.inSync()
			traffic.clean()
		})
	}
}

// refusalIn returns the one error of an apply -json.
func refusalIn(w *world, r result) diag.Diagnostic {
	w.Helper()
	var found []diag.Diagnostic
	for line := range strings.Lines(r.stdout) {
		var message struct {
			Type       string          `json:"type"`
			Diagnostic diag.Diagnostic `json:"diagnostic"`
		}
		if err := json.Unmarshal([]byte(line), &message); err != nil {
			w.Fatalf("a line that is no JSON: %v: %s", err, r)
		}
		if message.Type == "diagnostic" && message.Diagnostic.Severity == "error" {
			found = append(found, message.Diagnostic)
		}
	}
	if len(found) != 1 {
		w.Fatalf("want one error: %s", r)
	}
	return found[0]
}
