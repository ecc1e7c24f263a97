package kubernetes

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
)

// Envoy Gateway takes limits of both scopes, and its Envoy counts the local ones
// as their blocks say; of global ones it would have to ask a limiter, and none
// runs here. The plan after each apply is empty.
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

	// A policy of somebody else has the target: the refusal leads to the line.
	w.Create(w, "apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: BackendTrafficPolicy\nmetadata: {name: another, namespace: "+namespace+"}\nspec:\n"+
		"  targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: search}]\n")
	const late = `
rate_limit "late" {
  target = http_route.search
  scope  = "local"
  rule "all" { limit = "1000/second" }
}
`
	if err := os.WriteFile(filepath.Join(all.dir, "late.hcl"), []byte(late), 0o600); err != nil {
		w.Fatal(err)
	}
	all.ends(1, "apply", "-auto-approve").says(w, "late.hcl line 3", "Accepted is False (Conflicted)")
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
