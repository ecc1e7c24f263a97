package kubernetes

import (
	"fmt"
	"io"
	"net/http"
)

// Limits are counted by Envoy Gateway's own Envoy and limiter as their blocks
// say, and the plan after each apply is empty.
func rateLimits(w *world) {
	namespace := w.Namespace(w)
	w.service(namespace, "orders")
	all := w.example("kubernetes-rate-limits", "-var=namespace="+namespace, "-var=per_key=3").destroyed()
	all.ok("validate")
	all.ok("fmt", "-check")
	all.ok("apply", "-auto-approve").says(w, "taken by their controllers")
	all.inSync()
	url := w.URL(w, namespace, "public", 80)
	w.served(url, "search.example.com", "/", "orders")
	w.served(url, "orders.example.com", "/", "orders")

	// Once more than the gateway lets pass, whatever the query.
	w.until("a search is refused", func() bool {
		return w.answer(url, "search.example.com", "GET", "/search?q=a") == http.StatusTooManyRequests
	})
	for _, other := range []struct{ method, path string }{{"POST", "/search"}, {"GET", "/search/a"}, {"GET", "/"}} {
		if got := w.answer(url, "search.example.com", other.method, other.path); got != http.StatusOK {
			w.Errorf("%s %s, which is not counted, is answered with %d", other.method, other.path, got)
		}
	}
}

// answer is the status that a request gets.
func (w *world) answer(url, host, method, path string, header ...string) int {
	w.Helper()
	req, err := http.NewRequestWithContext(w.Context(), method, url+path, http.NoBody)
	if err != nil {
		w.Fatal(err)
	}
	req.Host = host
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		w.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		w.Fatal(fmt.Errorf("%s %s: %w", method, path, err))
	}
	return resp.StatusCode
}
