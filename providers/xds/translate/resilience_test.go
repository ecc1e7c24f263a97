package translate_test

import (
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
)

func (w *world) testMirrors(t *testing.T) {
	next := func() seen { return w.backends.copied(t) }
	if a := w.ask(t, "80", "GET mirror.test/several"); a.seen.Backend != "one" {
		t.Errorf("answered with %d by %q", a.status, a.seen.Backend)
	}
	got := []seen{next(), next()}
	slices.SortFunc(got, func(a, b seen) int { return strings.Compare(a.Backend, b.Backend) })
	for i, name := range []string{"shadow-one", "shadow-two"} {
		if got[i].Backend != name || got[i].Host != "mirror.test" || got[i].URI != "/several" {
			t.Errorf("copy %d came to %s, for %s%s", i, got[i].Backend, got[i].Host, got[i].URI)
		}
	}

	const asked, share = 1000, 0.25
	for range asked {
		w.ask(t, "80", "GET mirror.test/some")
	}
	// What comes after the copies of /some is a copy that always comes.
	w.ask(t, "80", "GET mirror.test/several")
	copies := 0
	for last := 0; last < 2; {
		if s := next(); s.Backend == "shadow-some" {
			copies++
		} else {
			last++
		}
	}
	if deviation := 6 * math.Sqrt(asked*share*(1-share)); math.Abs(float64(copies)-asked*share) > deviation {
		t.Errorf("%d of %d requests were mirrored", copies, asked)
	}
}

func (w *world) testCORS(t *testing.T) {
	asks := func(origin, method string) []string {
		return []string{"Origin: " + origin, "Access-Control-Request-Method: " + method, "Access-Control-Request-Headers: x-a"}
	}
	for _, tc := range []struct {
		name, request string
		headers       []string
		status        int
		want          map[string]string // of the response; "" is absent
	}{
		{
			"a preflight of a rule for another method", "OPTIONS cors.test/put", asks("https://shop.test", "PUT"), 200,
			map[string]string{"access-control-allow-origin": "https://shop.test", "access-control-allow-methods": "PUT", "access-control-max-age": "60", "access-control-allow-credentials": ""},
		},
		{"any depth", "OPTIONS cors.test/put", asks("https://a.b.shop.test", "PUT"), 200, map[string]string{"access-control-allow-origin": "https://a.b.shop.test"}},
		{"not what only ends alike", "OPTIONS cors.test/put", asks("https://myshop.test", "PUT"), 200, map[string]string{"access-control-allow-origin": ""}},
		{"another scheme of any host", "OPTIONS cors.test/put", asks("http://myshop.test", "PUT"), 200, map[string]string{"access-control-allow-origin": "http://myshop.test"}},
		{"no port where none is said", "OPTIONS cors.test/put", asks("http://myshop.test:8080", "PUT"), 200, map[string]string{"access-control-allow-origin": ""}},
		{"a preflight for a method of another rule", "OPTIONS cors.test/put", asks("https://shop.test", "DELETE"), 200, map[string]string{"access-control-allow-origin": "", "x-backend-header": "own"}},
		{"the request itself", "PUT cors.test/put", []string{"Origin: https://shop.test"}, 200, map[string]string{"access-control-allow-origin": "https://shop.test", "x-backend-header": "own"}},
		{
			"wildcards with credentials", "OPTIONS cors.test/wild", asks("https://any.test:1234", "PATCH"), 200,
			map[string]string{
				"access-control-allow-origin": "https://any.test:1234", "access-control-allow-methods": "PATCH", "access-control-allow-headers": "x-a",
				"access-control-allow-credentials": "true", "access-control-expose-headers": "", "access-control-max-age": "5",
			},
		},
		{"an error of the gateway itself", "GET cors.test/gone", []string{"Origin: https://any.test"}, 500, map[string]string{"access-control-allow-origin": "https://any.test"}},
		{"a backend's own", "GET cors.test/shares", []string{"Origin: https://share.test"}, 200, map[string]string{"access-control-allow-origin": "https://share.test"}},
		{"which is stronger than the rule's", "GET cors.test/shares", []string{"Origin: https://rule.test"}, 200, map[string]string{"access-control-allow-origin": ""}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := w.ask(t, "80", tc.request, tc.headers...)
			if a.status != tc.status {
				t.Errorf("status %d, want %d", a.status, tc.status)
			}
			for name, want := range tc.want {
				if got := a.header.Get(name); got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
		})
	}
	if a := w.ask(t, "80", "GET cors.test/shares"); a.seen.Host != "share.test" {
		t.Errorf("the backend was asked for host %q", a.seen.Host)
	}
}

func (w *world) testRetries(t *testing.T) {
	for i, tc := range []struct {
		name, path, failure string
		failures            int
		status              int
		attempts            string
	}{
		{"a code that is listed", "/codes", "503", 2, 200, "3"},
		{"until there are no more attempts", "/codes", "503", 3, 503, "3"},
		{"a code that is not", "/codes", "502", 1, 502, "1"},
		{"a connection that breaks", "/codes", "reset", 2, 200, "3"},
		{"an attempt that takes too long", "/breaks", "stuck", 2, 200, "3"},
		{"and too often", "/breaks", "stuck", 3, 504, ""},
		{"no code where none is listed", "/breaks", "503", 1, 503, "1"},
		{"nothing where nothing is said", "/never", "reset", 1, 503, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := w.ask(t, "80", "POST retry.test"+tc.path, fmt.Sprintf("x-id: %d", i), "x-failure: "+tc.failure, fmt.Sprintf("x-failures: %d", tc.failures))
			if a.status != tc.status || a.header.Get("x-attempts") != tc.attempts {
				t.Errorf("status %d after %q attempts, want %d after %q", a.status, a.header.Get("x-attempts"), tc.status, tc.attempts)
			}
		})
	}
}

func (w *world) testSessions(t *testing.T) {
	const requests = 40
	all := func(path string, headers ...string) map[string]bool {
		out := map[string]bool{}
		for range requests {
			out[w.ask(t, "80", "GET session.test"+path, headers...).seen.Backend] = true
		}
		return out
	}
	if got := all("/none"); len(got) != 2 {
		t.Errorf("without a session %v answer", got)
	}
	for _, path := range []string{"/cookie", "/permanent"} {
		if got := all(path); len(got) != 2 {
			t.Errorf("of first requests to %s %v answer", path, got)
		}
		first := w.ask(t, "80", "GET session.test"+path)
		cookies := (&http.Response{Header: first.header}).Cookies()
		if len(cookies) != 1 {
			t.Fatalf("%s: set-cookie is %q", path, first.header.Values("set-cookie"))
		}
		c := cookies[0]
		if c.Path != path || !c.HttpOnly || (c.MaxAge == 3600) != (path == "/permanent") || (c.Name == "cart") != (path == "/cookie") {
			t.Errorf("%s: the cookie is %s", path, c)
		}
		if got := all(path, "Cookie: "+c.Name+"="+c.Value); len(got) != 1 || !got[first.seen.Backend] {
			t.Errorf("%s: in a session with %s %v answer", path, first.seen.Backend, got)
		}
	}
	first := w.ask(t, "80", "GET session.test/header")
	if got := all("/header", "x-session: "+first.header.Get("x-session")); len(got) != 1 || !got[first.seen.Backend] {
		t.Errorf("in a session with %s %v answer", first.seen.Backend, got)
	}
}
