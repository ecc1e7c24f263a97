package server

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gwctl/gwctl/providers/xds/api"
	"github.com/gwctl/gwctl/providers/xds/material"
	"github.com/gwctl/gwctl/providers/xds/store"
)

// handler returns the admin API of a server that does not listen.
func handler(t testing.TB) http.Handler {
	t.Helper()
	opts, err := Options{Data: t.TempDir()}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(t.Context(), opts.Data, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := newServer(opts, st, &material.Folder{})
	if err != nil {
		t.Fatal(err)
	}
	s.translateAgain()
	t.Cleanup(func() {
		s.cancel()
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return guard(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 18001}, opts.Log, s.routes())
}

// ask sends one request to a handler.
func ask(h http.Handler, method, target, body string, header map[string]string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://127.0.0.1:18001/", strings.NewReader(body))
	r.URL.Path, r.URL.RawQuery, _ = strings.Cut(target, "?")
	for name, value := range header {
		if name == "Host" {
			r.Host = value
			continue
		}
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestAdminAnswersEveryProblemInOneForm(t *testing.T) {
	h := handler(t)
	asJSON := map[string]string{"Content-Type": "application/json"}
	tests := []struct {
		name         string
		method, path string
		body         string
		header       map[string]string
		status       int
		problem      string
		says         string
	}{
		{"an unknown path", "GET", "/v2/objects", "", nil, 404, api.ProblemNotFound, "/v2/objects"},
		{"a path with a detour", "GET", "/v1/../v1/identity", "", nil, 404, api.ProblemNotFound, ""},
		{"a path with an empty part", "POST", "//v1/transactions", "", nil, 404, api.ProblemNotFound, ""},
		{"the root", "GET", "/", "", nil, 404, api.ProblemNotFound, ""},
		{"an unknown method", "DELETE", "/v1/objects", "", nil, 405, api.ProblemMethod, "takes GET"},
		{"a read of transactions", "GET", "/v1/transactions", "", nil, 405, api.ProblemMethod, "takes POST"},
		{"objects of nobody", "GET", "/v1/objects", "", nil, 400, api.ProblemInvalid, "owner=NAME"},
		{"no objects at all", "GET", "/v1/objects?conditions=true", "", nil, 400, api.ProblemInvalid, "all=true"},
		{"a flag that is none", "GET", "/v1/objects?all=yes", "", nil, 400, api.ProblemInvalid, "yes"},
		{"an unknown parameter", "GET", "/v1/objects?oner=shop", "", nil, 400, api.ProblemInvalid, "oner"},
		{"an id that is none", "GET", "/v1/objects?id=orders", "", nil, 400, api.ProblemInvalid, "group/kind/namespace/name"},
		{"too many ids", "GET", "/v1/objects?" + strings.Repeat("id=/a/b/c&", 1001) + "owner=shop", "", nil, 400, api.ProblemInvalid, "1000"},
		{"two owners", "GET", "/v1/revisions?owner=a&owner=b", "", nil, 400, api.ProblemInvalid, "one owner"},
		{"a revision that is none", "GET", "/v1/revisions/last?owner=a", "", nil, 400, api.ProblemInvalid, "last"},
		{"a revision to come", "GET", "/v1/revisions/7?owner=a", "", nil, 404, api.ProblemNotFound, "7"},
		{"a transaction that never was", "GET", "/v1/transactions/x?owner=a", "", nil, 404, api.ProblemNotFound, "x"},
		{"a query that cannot be read", "GET", "/v1/objects?owner=%zz", "", nil, 400, api.ProblemInvalid, "query"},

		{"another media type", "POST", "/v1/transactions", "{}", nil, 415, api.ProblemInvalid, "application/json"},
		{"a form", "POST", "/v1/transactions", "{}", map[string]string{"Content-Type": "text/plain"}, 415, api.ProblemInvalid, ""},
		{"no JSON", "POST", "/v1/transactions", "hello", asJSON, 400, api.ProblemInvalid, "JSON"},
		{"nothing", "POST", "/v1/transactions", "", asJSON, 400, api.ProblemInvalid, "JSON"},
		{"two documents", "POST", "/v1/transactions", `{"id":"x"}{}`, asJSON, 400, api.ProblemInvalid, "behind"},
		{"an unknown field", "POST", "/v1/transactions", `{"id":"x","force":true}`, asJSON, 400, api.ProblemInvalid, "force"},
		{"no id", "POST", "/v1/transactions", `{"owner":{"name":"a","lineage":"b"}}`, asJSON, 400, api.ProblemInvalid, "id"},
		{"no owner", "POST", "/v1/transactions", `{"id":"x"}`, asJSON, 400, api.ProblemInvalid, "owner.name"},
		{"no lineage", "POST", "/v1/transactions", `{"id":"x","owner":{"name":"a"}}`, asJSON, 400, api.ProblemInvalid, "owner.lineage"},
		{"a wait for some", "POST", "/v1/transactions", `{"id":"x","owner":{"name":"a","lineage":"b"},"wait_for":"some"}`, asJSON, 400, api.ProblemInvalid, "wait_for"},
		{"a wait without end", "POST", "/v1/transactions", `{"id":"x","owner":{"name":"a","lineage":"b"},"wait_timeout":"99h"}`, asJSON, 400, api.ProblemInvalid, "wait_timeout"},
		{"a write of nothing", "POST", "/v1/transactions", `{"id":"x","owner":{"name":"a","lineage":"b"},"writes":[{}]}`, asJSON, 400, api.ProblemInvalid, "writes[0]"},
		{"an object without a kind", "POST", "/v1/transactions", `{"id":"x","owner":{"name":"a","lineage":"b"},"writes":[{"object":{"a":1}}]}`, asJSON, 400, api.ProblemInvalid, "Kind"},

		{"a name that was made to point here", "GET", "/v1/identity", "", map[string]string{"Host": "evil.example.com"}, 403, api.ProblemForbidden, "evil.example.com"},
		{"a name with a port", "GET", "/v1/identity", "", map[string]string{"Host": "evil.example.com:18001"}, 403, api.ProblemForbidden, "loopback"},
		{"an address elsewhere", "GET", "/v1/identity", "", map[string]string{"Host": "192.0.2.1:18001"}, 403, api.ProblemForbidden, ""},
		{"a page of another origin", "POST", "/v1/transactions", "{}", map[string]string{"Origin": "https://evil.example.com", "Content-Type": "application/json"}, 403, api.ProblemForbidden, "evil.example.com"},
		{"a page of no origin", "GET", "/v1/identity", "", map[string]string{"Origin": "null"}, 403, api.ProblemForbidden, "null"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := ask(h, tt.method, tt.path, tt.body, tt.header)
			var p api.Problem
			if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
				t.Fatalf("%v: %s", err, w.Body)
			}
			if got := w.Header().Get("Content-Type"); got != api.TypeProblem {
				t.Errorf("media type %q", got)
			}
			if w.Code != tt.status || p.Status != tt.status || p.Type != tt.problem {
				t.Errorf("status %d, problem %+v", w.Code, p)
			}
			if !strings.Contains(p.Title+p.Detail, tt.says) {
				t.Errorf("it does not say %q: %s", tt.says, p.Detail)
			}
		})
	}
}

func TestAdminIsForThisMachine(t *testing.T) {
	h := handler(t)
	for _, host := range []string{"127.0.0.1:18001", "localhost:18001", "LOCALHOST", "[::1]:18001", "127.9.9.9"} {
		if w := ask(h, "GET", "/v1/identity", "", map[string]string{"Host": host}); w.Code != http.StatusOK {
			t.Errorf("%s: %d: %s", host, w.Code, w.Body)
		}
	}
	same := map[string]string{"Host": "localhost:18001", "Origin": "http://localhost:18001"}
	if w := ask(h, "GET", "/v1/identity", "", same); w.Code != http.StatusOK {
		t.Errorf("a page of the same origin: %d: %s", w.Code, w.Body)
	}
}

func TestTransactionThatIsTooLarge(t *testing.T) {
	s := start(t, t.TempDir())
	body := io.MultiReader(strings.NewReader(`{"id":"`), io.LimitReader(letters{}, api.MaxBody))
	response, err := http.Post(s.admin+api.PathTransactions, api.TypeJSON, body)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var p api.Problem
	if err := json.NewDecoder(response.Body).Decode(&p); err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(p.Detail, "64 MiB") {
		t.Errorf("%s: %+v", response.Status, p)
	}
}

// letters reads as the letter x, without end.
type letters struct{}

func (letters) Read(p []byte) (int, error) { return copy(p, bytes.Repeat([]byte("x"), len(p))), nil }

// FuzzAdminAPI sends any request: the answer is one of the API's, and never a
// defect of the server.
func FuzzAdminAPI(f *testing.F) {
	valid, err := json.Marshal(transaction(shop, basic(shop)...))
	if err != nil {
		f.Fatal(err)
	}
	deletion := transaction(shop)
	deletion.Deletes = []api.Expect{expect(gateway(shop, "public", 0), 1)}
	deletes, err := json.Marshal(deletion)
	if err != nil {
		f.Fatal(err)
	}
	for _, body := range []string{
		"", "{}", "[]", "null", string(valid), string(deletes),
		`{"id":"x","owner":{"name":"a","lineage":"b"},"writes":[{"object":{"kind":"Gateway","apiVersion":"gateway.networking.k8s.io/v1","metadata":{"name":"x","namespace":"default"},"spec":{"gatewayClassName":"gwctl","listeners":[{"name":"a","port":1,"protocol":"HTTP"}]}}}]}`,
		`{"id":"y","owner":{"name":"a","lineage":"b"},"writes":[{"object":{"kind":"HTTPRoute","apiVersion":"gateway.networking.k8s.io/v1","metadata":{"name":1,"annotations":[]},"spec":[]}}]}`,
		`{"id":"z","owner":{"name":"a","lineage":"b"},"reads":[{"id":{"kind":"\u0000"},"if_match":18446744073709551615}]}`,
	} {
		f.Add(true, "/v1/transactions", body)
	}
	for _, target := range []string{
		"/v1/identity", "/v1/status", "/v1/objects?owner=shop&id=a/b/c/d", "/v1/revisions?owner=shop",
		"/v1/revisions/1?owner=shop", "/v1/transactions/tx-1?owner=shop", "/v1/revisions/18446744073709551615?owner=%00", "//", "/v1/../v1",
	} {
		f.Add(false, target, "")
	}
	h := handler(f)
	f.Fuzz(func(t *testing.T, post bool, target, body string) {
		method := http.MethodGet
		if post {
			method = http.MethodPost
		}
		w := ask(h, method, target, body, map[string]string{"Content-Type": "application/json"})
		if w.Code >= 500 {
			t.Fatalf("%s %q %q: %d: %s", method, target, body, w.Code, w.Body)
		}
		decoder := json.NewDecoder(w.Body)
		for {
			var v any
			err := decoder.Decode(&v)
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%s %q: %d: the answer is no JSON: %v", method, target, w.Code, err)
			}
			if e, ok := v.(map[string]any); ok {
				if p, ok := e["problem"].(map[string]any); ok && p["status"].(float64) >= 500 {
					t.Fatalf("%q: %v", body, p)
				}
			}
		}
	})
}
