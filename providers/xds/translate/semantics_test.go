package translate_test

import (
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gwctl/gwctl/providers/xds/translate"
)

// TestSemantics holds both forms of a virtual host to what the specification
// says.
func TestSemantics(t *testing.T) {
	t.Run("in lists", func(t *testing.T) { testSemantics(t, newWorld(t, translate.NewTranslator().WithLists())) })
	t.Run("in match trees", func(t *testing.T) { testSemantics(t, newWorld(t, translate.NewTranslator().WithTrees())) })
}

func testSemantics(t *testing.T, w *world) {
	t.Run("which rule answers", w.testRules)
	t.Run("prefixes are joined on slashes", w.testRewrites)
	t.Run("redirects", w.testRedirects)
	t.Run("headers", w.testHeaders)
	t.Run("answers of the gateway itself", w.testAnswers)
	t.Run("weights", w.testWeights)
	t.Run("hardening", w.testHardening)
	t.Run("protocols", w.testProtocols)
	t.Run("mirrors", w.testMirrors)
	t.Run("pages of other origins", w.testCORS)
	t.Run("retries", w.testRetries)
	t.Run("sessions", w.testSessions)
	t.Run("listener sets", w.testListenerSets)
	t.Run("gRPC", w.testGRPC)
	t.Run("judges of requests", w.testAuth)
}

func (w *world) testRules(t *testing.T) {
	for _, tc := range []struct {
		name, port, request string
		headers             []string
		want                string // backend, or a status
	}{
		{"exact before prefix", "80", "GET precedence.test/a", nil, "exact-a"},
		{"exact ignores the query", "80", "GET precedence.test/a?x=/a/b", nil, "exact-a"},
		{"exact is case-sensitive", "80", "GET precedence.test/A", nil, "root"},
		{"a prefix matches with a slash", "80", "GET precedence.test/a/", nil, "prefix-a"},
		{"the longest prefix wins", "80", "GET precedence.test/a/b", nil, "prefix-ab"},
		{"a slash at the end of a prefix means nothing", "80", "GET precedence.test/a/b/c", nil, "prefix-ab"},
		{"a prefix ends at a segment", "80", "GET precedence.test/ab", nil, "root"},
		{"a regular expression before a prefix", "80", "GET precedence.test/a/b/12", nil, "regex"},
		{"a regular expression matches all of the path", "80", "GET precedence.test/a/b/12x", nil, "prefix-ab"},
		{"a method before two headers", "80", "POST precedence.test/m", []string{"x-one: 1", "x-two: 2"}, "method"},
		{"two headers before one", "80", "GET precedence.test/m", []string{"x-one: 1", "x-two: 2"}, "two-headers"},
		{"a header before two queries", "80", "GET precedence.test/m?q=1&r=2", []string{"x-one: 1"}, "one-header"},
		{"two queries before one", "80", "GET precedence.test/m?q=1&r=2", nil, "two-queries"},
		{"a query before none", "80", "GET precedence.test/m?q=1&r=3", nil, "one-query"},
		{"the first rule among equals", "80", "GET precedence.test/m", nil, "first-rule"},
		{"the older route among equals", "80", "GET age.test/x", nil, "older"},
		{"routes of one host are merged", "80", "GET age.test/y", nil, "younger"},

		{"a header by regular expression", "80", "GET matches.test/regex", []string{"x-build: b12"}, "regex"},
		{"all of the header", "80", "GET matches.test/regex", []string{"x-build: xb12"}, "404"},
		{"any of the matches", "80", "GET matches.test/regex?build=b1", nil, "regex"},
		{"all of a match", "80", "GET matches.test/both?v=a%20b", []string{"x-env: prod"}, "404"},
		{"a query value as it is sent", "80", "GET matches.test/both?v=a b", []string{"x-env: prod"}, "400"},
		{"the method too", "80", "PUT matches.test/both?v=a%20b", []string{"x-env: prod"}, "404"},
		{"the first of two headers of one name", "80", "GET matches.test/twice", []string{"x-env: prod"}, "both"},

		{"an exact host", "80", "GET a.b.host.test/exact", nil, "exact-host"},
		{"a port in the Host header", "80", "GET a.b.host.test:8080/exact", nil, "exact-host"},
		{"hosts in capitals", "80", "GET A.B.Host.test/exact", nil, "exact-host"},
		{"an exact host falls back to a wildcard's rules", "80", "GET a.b.host.test/wild", nil, "wild-host"},
		{"and to the one between", "80", "GET a.b.host.test/deeper", nil, "deeper-host"},
		{"and to those of any host", "80", "GET a.b.host.test/any", nil, "any-host"},
		{"a wildcard at any depth", "80", "GET x.y.z.host.test/wild", nil, "wild-host"},
		{"a wildcard is not its parent", "80", "GET host.test/wild", nil, "404"},
		{"any host", "80", "GET whatever.test/any", nil, "any-host"},
		{"no host that is known", "80", "GET whatever.test/wild", nil, "404"},

		{"the widest listener", "8081", "GET x.example.com/", nil, "wide"},
		{"the deeper wildcard is another listener", "8081", "GET a.deep.example.com/", nil, "deep"},
		{"which does not fall back", "8081", "GET b.deep.example.com/", nil, "404"},
		{"a listener without routes takes its host all the same", "8081", "GET foo.example.com/", nil, "404"},
		{"the listener for any host", "8081", "GET other.test/", nil, "any"},
		{"which has no route for it", "8081", "GET another.test/", nil, "404"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := w.ask(t, tc.port, tc.request, tc.headers...)
			got := a.seen.Backend
			if a.status != http.StatusOK {
				got = fmt.Sprint(a.status)
			}
			if got != tc.want {
				t.Errorf("%s %v: got %s, want %s", tc.request, tc.headers, got, tc.want)
			}
		})
	}
}

func (w *world) testRewrites(t *testing.T) {
	for request, want := range map[string]string{
		"rewrite.test/foo/bar":        "rewrite.test/xyz/bar",
		"rewrite.test/foo":            "rewrite.test/xyz",
		"rewrite.test/foo/":           "rewrite.test/xyz/",
		"rewrite.test/foo?a=b":        "rewrite.test/xyz?a=b",
		"rewrite.test/foo/bar?a=/foo": "rewrite.test/xyz/bar?a=/foo",
		"rewrite.test/slash/bar":      "rewrite.test/xyz/bar",
		"rewrite.test/slash":          "rewrite.test/xyz",
		"rewrite.test/a/b/c":          "rewrite.test/xyz/c",
		"rewrite.test/a/b":            "rewrite.test/xyz",
		"rewrite.test/empty/bar":      "rewrite.test/bar",
		"rewrite.test/empty/":         "rewrite.test/",
		"rewrite.test/empty":          "rewrite.test/",
		"rewrite.test/empty?a=b":      "rewrite.test/?a=b",
		"rewrite.test/one.plus+/bar":  "rewrite.test/bar",
		"rewrite.test/one.plus+":      "rewrite.test/",
		"rewrite.test/full":           `inner.test/new\1`,
		"rewrite.test/full?a=b":       `inner.test/new\1?a=b`,
		"rewrite-root.test/a":         "rewrite-root.test/new/a",
		"rewrite-root.test/":          "rewrite-root.test/new/",
		"same-root.test/a/b?c":        "same-root.test/a/b?c",
	} {
		if a := w.ask(t, "80", "GET "+request); a.seen.Host+a.seen.URI != want {
			t.Errorf("%s: got %d %s, want %s", request, a.status, a.seen.Host+a.seen.URI, want)
		}
	}
}

func (w *world) testRedirects(t *testing.T) {
	for _, tc := range []struct {
		name, port, request string
		status              int
		want                string
	}{
		{"no port and no scheme: the listener's port", "8080", "redirect.test/plain", 302, "http://redirect.test:8080/to"},
		{"whatever the Host header says", "8080", "redirect.test:1234/plain", 302, "http://redirect.test:8080/to"},
		{"left out when it is 80", "80", "redirect.test/plain?a=b", 302, "http://redirect.test/to?a=b"},
		{"also when the Host header has one", "80", "redirect.test:80/plain", 302, "http://redirect.test/to"},
		{"443 is not implied by http", "443", "redirect.test/plain", 302, "http://redirect.test:443/to"},
		{"a scheme brings its port", "8080", "redirect.test/https/x", 301, "https://redirect.test/https/x"},
		{"and not that of the Host header", "8080", "redirect.test:8080/https", 301, "https://redirect.test/https"},
		{"the same below a wildcard", "8080", "a.redirect.test/https", 301, "https://a.redirect.test/https"},
		{"where a port that was sent is replaced", "8080", "a.redirect.test:8080/https", 301, "https://a.redirect.test:443/https"},
		{"http is 80", "8080", "redirect.test:8080/http", 302, "http://redirect.test/http"},
		{"a port of its own", "80", "redirect.test/port", 302, "http://redirect.test:8443/port"},
		{"80 with http is left out", "8080", "redirect.test:8080/p80", 302, "http://redirect.test/p80"},
		{"443 with http is not", "80", "redirect.test/p443", 302, "http://redirect.test:443/p443"},
		{"80 with https is not", "80", "redirect.test/https80", 302, "https://redirect.test:80/https80"},
		{"443 with https is left out", "80", "redirect.test/https443", 302, "https://redirect.test/https443"},
		{"another with https", "80", "redirect.test/https8443", 302, "https://redirect.test:8443/https8443"},
		{"443 with http, both given", "80", "redirect.test/http443", 302, "http://redirect.test:443/http443"},
		{"a hostname", "80", "redirect.test/host", 308, "http://other.test/host"},
		{"a hostname at another port", "8080", "redirect.test:99/host", 308, "http://other.test:8080/host"},
		{"a hostname and a scheme", "8080", "redirect.test:99/hosthttps", 307, "https://other.test/hosthttps"},
		{"a prefix", "80", "redirect.test/prefix/a?b", 303, "http://other.test/new/a?b"},
		{"a prefix removed", "80", "redirect.test/gone/a", 302, "http://other.test/a"},
		{"a prefix that is all", "80", "redirect.test/gone", 302, "http://other.test/"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := w.ask(t, tc.port, "GET "+tc.request)
			if got := a.header.Get("location"); got != tc.want || a.status != tc.status {
				t.Errorf("%s on port %s: got %d %s, want %d %s", tc.request, tc.port, a.status, got, tc.status, tc.want)
			}
		})
	}
	if a := w.ask(t, "80", "GET redirect.test/gone"); a.header.Get("x-why") != "100% gone" {
		t.Errorf("headers of a redirect: %v", a.header)
	}
}

func (w *world) testHeaders(t *testing.T) {
	a := w.ask(t, "80", "GET headers.test/", "x-set: own", "x-add: first", "x-remove: gone", "x-remove: too")
	check := func(of string, header http.Header, want map[string]string) {
		t.Helper()
		for name, value := range want {
			if got := strings.Join(header.Values(name), ","); got != value {
				t.Errorf("%s header %s: got %q, want %q", of, name, got, value)
			}
		}
	}
	check("request", a.seen.Header, map[string]string{
		"x-set": "50%", "x-add": "first,second", "x-remove": "", "x-both": "backend",
		"x-command": "%REQ(:path)% 100%% %", "x-forwarded-proto": "http",
		"x-envoy-expected-rq-timeout-ms": "",
	})
	check("response", a.header, map[string]string{
		"x-from": "gate%way", "x-backend-header": "own,added", "x-secret": "", "x-both": "backend",
		"server": "backend", "x-envoy-upstream-service-time": "",
	})
	if a.seen.Header.Get("x-request-id") == "" {
		t.Error("the backend got no request id")
	}
	if a := w.ask(t, "80", "GET rewrite.test/full"); a.seen.Header.Get("x-forwarded-host") != "rewrite.test" {
		t.Errorf("a host that was rewritten is lost: %v", a.seen.Header)
	}
	if a := w.ask(t, "80", "GET age.test:8080/x"); a.seen.Host != "age.test:8080" {
		t.Errorf("the backend got host %q", a.seen.Host)
	}
}

func (w *world) testAnswers(t *testing.T) {
	for request, want := range map[string]int{
		"answers.test/unresolved":    500,
		"answers.test/service":       500,
		"answers.test/kind":          500,
		"answers.test/zero":          500,
		"answers.test/none":          500,
		"answers.test/forbidden":     500,
		"answers.test/granted":       200,
		"answers.test/by-name":       200,
		"answers.test/empty":         503,
		"answers.test/":              404,
		"timeout.test/request":       504,
		"timeout.test/backend":       504,
		"timeout.test/only-backend":  504,
		"nobody-knows.test/anything": 404,
	} {
		if a := w.ask(t, "80", "GET "+request); a.status != want {
			t.Errorf("%s: got %d, want %d", request, a.status, want)
		}
	}
}

func (w *world) testWeights(t *testing.T) {
	const n = 900
	for _, tc := range []struct {
		request string
		want    map[string]float64
	}{
		{"split.test/thirds", map[string]float64{"one": 1. / 3, "two": 2. / 3}},
		{"split.test/half-gone", map[string]float64{"one": .5, "500": .5}},
	} {
		got := map[string]float64{}
		for range n {
			a := w.ask(t, "80", "GET "+tc.request)
			if a.status == http.StatusOK {
				got[a.seen.Backend]++
			} else {
				got[fmt.Sprint(a.status)]++
			}
		}
		if !slices.Equal(slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(tc.want))) {
			t.Errorf("%s: got %v, want %v", tc.request, got, tc.want)
		}
		for who, share := range tc.want {
			if limit := 4 * math.Sqrt(n*share*(1-share)); math.Abs(got[who]-n*share) > limit {
				t.Errorf("%s: %s got %.0f of %d, want %.0f ± %.0f", tc.request, who, got[who], n, n*share, limit)
			}
		}
	}
}

func (w *world) testHardening(t *testing.T) {
	for _, tc := range []struct {
		name, request string
		headers       []string
		status        int
		backend       string
	}{
		{"dots do not lead around a prefix", "GET precedence.test/x/../a/b/secret", nil, 200, "prefix-ab"},
		{"nor do slashes", "GET precedence.test//a//b/secret", nil, 200, "prefix-ab"},
		{"escaped slashes are shown to the client", "GET precedence.test/a%2fb/secret", nil, 307, ""},
		{"underscores are no hyphens", "GET precedence.test/a", []string{"x_one: 1"}, 400, ""},
		{"clients do not set timeouts", "GET precedence.test/a", []string{"x-envoy-upstream-rq-timeout-ms: 1", "x-envoy-upstream-alt-stat-name: x"}, 200, "exact-a"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := w.ask(t, "80", tc.request, tc.headers...)
			if a.status != tc.status || a.seen.Backend != tc.backend {
				t.Errorf("got %d %s, want %d %s", a.status, a.seen.Backend, tc.status, tc.backend)
			}
			for name := range a.seen.Header {
				if strings.HasPrefix(name, "X-Envoy-") && name != "X-Envoy-External-Address" {
					t.Errorf("the backend got %s: %s", name, a.seen.Header.Get(name))
				}
			}
		})
	}
	a := w.ask(t, "80", "GET precedence.test/a", "x-forwarded-for: 1.2.3.4", "x-forwarded-proto: https")
	if !strings.HasPrefix(a.seen.Header.Get("x-forwarded-for"), "1.2.3.4,") || a.seen.Header.Get("x-forwarded-proto") != "http" {
		t.Errorf("forwarded: %v", a.seen.Header)
	}
}

func (w *world) testProtocols(t *testing.T) {
	if a := w.ask(t, "80", "GET precedence.test/a", "connection: upgrade", "upgrade: websocket"); a.status != http.StatusSwitchingProtocols {
		t.Errorf("a WebSocket: got %d", a.status)
	}
	if a := w.ask(t, "80", "GET answers.test/over-http2"); !a.seen.HTTP2 {
		t.Errorf("a backend of HTTP/2 is asked by another version: status %d", a.status)
	}
	if a := w.ask(t, "80", "GET answers.test/by-name"); a.seen.HTTP2 {
		t.Error("a backend that says nothing is asked by HTTP/2")
	}
	transport := &http.Transport{Protocols: new(http.Protocols)}
	transport.Protocols.SetUnencryptedHTTP2(true)
	defer transport.CloseIdleConnections()
	h2 := *w
	h2.client = &http.Client{Timeout: time.Minute, Transport: transport}
	if a := h2.ask(t, "80", "GET precedence.test/a"); a.seen.Backend != "exact-a" {
		t.Errorf("HTTP/2: got %d %s", a.status, a.seen.Backend)
	}
}
