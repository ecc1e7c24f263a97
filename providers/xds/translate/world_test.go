package translate_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gwctl/gwctl/internal/envoy"
	"github.com/gwctl/gwctl/providers/xds/translate"
)

// world is a real Envoy that serves testdata/semantics.yaml, and a backend for
// each name in it.
type world struct {
	listeners map[string]string // address by name
	result    translate.Result
	client    *http.Client
	grpc      *http.Client
	backends  *backends
}

func newWorld(t *testing.T, translator *translate.Translator) *world {
	t.Helper()
	data, err := os.ReadFile("testdata/semantics.yaml")
	if err != nil {
		t.Fatal(err)
	}
	objects := parse(t, data)
	missing := map[string]bool{"missing": true}
	started := map[string]bool{}
	w := &world{backends: newBackends(t)}
	for _, o := range objects {
		for _, ref := range backendRefs(o.Object.Object) {
			name, _ := ref["name"].(string)
			namespace, ok := ref["namespace"].(string)
			if !ok {
				namespace = "default"
			}
			if ref["kind"] == "Backend" && !missing[name] && !started[namespace+"/"+name] {
				started[namespace+"/"+name] = true
				objects = append(objects, w.backends.start(t, namespace, name))
			}
		}
	}
	w.result = translator.Translate(objects)
	for _, p := range w.result.Problems {
		t.Errorf("%s %s: %s", p.ID, p.Path, p.Message)
	}

	process, err := envoy.Start(t.Context(), envoy.Options{Bootstrap: staticBootstrap(t, w.result.Gateways["default/public"])})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = process.Stop() })
	w.listeners = listening(t, process)
	transport := &http.Transport{MaxIdleConnsPerHost: 16}
	t.Cleanup(transport.CloseIdleConnections)
	w.client = &http.Client{
		Timeout:       time.Minute,
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	over := &http.Protocols{}
	over.SetUnencryptedHTTP2(true)
	h2c := &http.Transport{Protocols: over}
	t.Cleanup(h2c.CloseIdleConnections)
	w.grpc = &http.Client{Timeout: time.Minute, Transport: h2c}
	return w
}

// listening waits until an Envoy serves, and returns the addresses of its
// listeners by their names.
func listening(t *testing.T, process *envoy.Process) map[string]string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := process.Ready(ctx); err != nil {
		t.Fatal(err)
	}
	body, err := process.Admin(ctx, "/listeners?format=json")
	if err != nil {
		t.Fatal(err)
	}
	var listeners struct {
		Statuses []struct {
			Name    string `json:"name"`
			Address struct {
				Socket struct {
					Address string `json:"address"`
					Port    int    `json:"port_value"`
				} `json:"socket_address"`
			} `json:"local_address"`
		} `json:"listener_statuses"`
	}
	if err := json.Unmarshal(body, &listeners); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, l := range listeners.Statuses {
		out[l.Name] = fmt.Sprintf("%s:%d", l.Address.Socket.Address, l.Address.Socket.Port)
	}
	return out
}

// backendRefs finds the references in an object.
func backendRefs(v any) []map[string]any {
	var out []map[string]any
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			if list, ok := e.([]any); ok && k == "backendRefs" {
				for _, ref := range list {
					out = append(out, ref.(map[string]any))
				}
			}
			if ref, ok := e.(map[string]any); ok && k == "backendRef" {
				out = append(out, ref)
			}
			out = append(out, backendRefs(e)...)
		}
	case []any:
		for _, e := range v {
			out = append(out, backendRefs(e)...)
		}
	}
	return out
}

// isGRPC reports whether headers are those of gRPC.
func isGRPC(h http.Header) bool { return strings.HasPrefix(h.Get("content-type"), "application/grpc") }

type answer struct {
	status int
	header http.Header
	seen   seen
}

// ask sends `METHOD host/path` with headers ("name: value") to a port of the
// gateway. The host can have a port.
func (w *world) ask(t *testing.T, port, request string, headers ...string) answer {
	t.Helper()
	return w.send(t, port, request, nil, headers...)
}

// send is ask with a body.
func (w *world) send(t *testing.T, port, request string, content io.Reader, headers ...string) answer {
	t.Helper()
	method, target, _ := strings.Cut(request, " ")
	host, path, _ := strings.Cut(target, "/")
	address := w.listeners["default/public/"+port]
	if address == "" {
		t.Fatalf("no listener on port %s", port)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+address+"/"+path, content)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = host
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Add(name, value)
	}
	client := w.client
	if isGRPC(req.Header) {
		client = w.grpc
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return answer{status: resp.StatusCode}
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := answer{status: resp.StatusCode, header: resp.Header}
	if resp.StatusCode == http.StatusOK && len(body) > 0 {
		if err := json.NewDecoder(bytes.NewReader(body)).Decode(&a.seen); err != nil {
			t.Fatalf("%s: %v: %s", request, err, body)
		}
	}
	return a
}
