package kubernetes

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
)

// stalling is a server that begins an answer and ends it when it is closed.
func stalling(t *testing.T, begin string) *Cluster {
	t.Helper()
	done := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if begin != "" {
			_, _ = w.Write([]byte(begin)) // the client may be gone
			_ = http.NewResponseController(w).Flush()
		}
		select {
		case <-done:
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(func() { close(done); server.Close() })
	config := &rest.Config{Host: server.URL, WrapTransport: func(below http.RoundTripper) http.RoundTripper {
		return &bounded{below, 100 * time.Millisecond}
	}}
	c, err := newCluster(config, Where{Server: server.URL}, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

var pods = schema.GroupVersionResource{Version: "v1", Resource: "pods"}

func TestARequestEndsWhateverTheServerDoes(t *testing.T) {
	for name, begin := range map[string]string{"no answer": "", "half an answer": `{"kind": "PodList", `} {
		t.Run(name, func(t *testing.T) {
			c := stalling(t, begin)
			_, err := c.Dynamic().Resource(pods).List(t.Context(), metav1.ListOptions{})
			explained := c.Explain(t.Context(), err, Access{Verb: "list", Resource: pods.GroupResource()})
			if _, ok := errors.AsType[*UnreachableError](explained); !ok || !strings.Contains(explained.Error(), "no complete answer within 100ms") {
				t.Errorf("error %v, want an UnreachableError that says how long it took", explained)
			}
		})
	}
}

func TestAWatchEndsWithItsContextAlone(t *testing.T) {
	for url, want := range map[string]bool{"https://x/api/v1/pods": true, "https://x/api/v1/pods?limit=5&watch=true": false} {
		limited := false
		transport := &bounded{limit: time.Minute, below: roundTripper(func(r *http.Request) (*http.Response, error) {
			_, limited = r.Context().Deadline()
			return &http.Response{Body: http.NoBody}, nil
		})}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := transport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil {
			t.Error(err)
		}
		if limited != want {
			t.Errorf("%s has an end: %t, want %t", url, limited, want)
		}
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
