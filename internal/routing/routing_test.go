package routing_test

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/internal/routing"
	"sigs.k8s.io/yaml"
)

func shop(t testing.TB) *routing.World {
	t.Helper()
	data, err := os.ReadFile("testdata/shop.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var objects []*resource.Object
	for document := range strings.SplitSeq(string(data), "\n---\n") {
		o := &resource.Object{}
		if err := yaml.Unmarshal([]byte(document), &o.Object); err != nil {
			t.Fatal(err)
		}
		objects = append(objects, o)
	}
	w, err := routing.Read(objects)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

var public = resource.ID{Group: "gateway.networking.k8s.io", Kind: "Gateway", Namespace: "infra", Name: "public"}

// request reads `GET shop.example.com:80/path?query`; headers are "name: value".
func request(scheme string, port int32, text string, headers ...string) *routing.Request {
	method, target, _ := strings.Cut(text, " ")
	host, path, _ := strings.Cut(target, "/")
	path, query, _ := strings.Cut("/"+path, "?")
	r := &routing.Request{Method: method, Scheme: scheme, Host: host, Port: port, Path: path, Query: query, Header: http.Header{}}
	for _, h := range headers {
		name, v, _ := strings.Cut(h, ": ")
		r.Header.Add(name, v)
	}
	return r
}

func TestWhichRuleAnswers(t *testing.T) {
	w := shop(t)
	for _, tc := range []struct {
		name    string
		port    int32
		request string
		headers []string
		want    string // name of the rule, or a status
	}{
		{"exact before prefix", 80, "GET shop.example.com/a", nil, "exact"},
		{"exact ignores the query", 80, "GET shop.example.com/a?x", nil, "exact"},
		{"a slash at the end of a prefix means nothing", 80, "GET shop.example.com/a/", nil, "prefix"},
		{"a prefix ends at a segment", 80, "GET shop.example.com/ab", nil, "404"},
		{"paths are case-sensitive", 80, "GET shop.example.com/A/", nil, "404"},
		{"the longest prefix", 80, "GET shop.example.com/a/b/c", nil, "longer"},
		{"a regular expression before a prefix", 80, "GET shop.example.com/a/12", nil, "regex"},
		{"of all the path", 80, "GET shop.example.com/a/12x", nil, "prefix"},
		{"a method before two headers", 80, "POST shop.example.com/m", []string{"x-one: 1", "x-two: 2"}, "method"},
		{"two headers before one", 80, "GET shop.example.com/m", []string{"x-one: 1", "x-two: 2"}, "headers"},
		{"a header before a query", 80, "GET shop.example.com/m?q=a%20b", []string{"X-One: 1"}, "header"},
		{"a query before none", 80, "GET shop.example.com/m?q=a%20b", nil, "query"},
		{"the first value of a query counts", 80, "GET shop.example.com/m?q=c&q=a%20b", nil, "first"},
		{"a header that is sent twice", 80, "GET shop.example.com/m", []string{"x-one: no", "x-one: 7"}, "header"},
		{"the older route, then the first rule", 80, "GET shop.example.com/m", nil, "first"},
		{"a specific host before a wildcard", 80, "GET SHOP.example.com:8080/a", nil, "exact"},
		{"a wildcard where the specific host has no rule", 80, "GET shop.example.com/wide", nil, "wide-too"},
		{"a wildcard at any depth", 80, "GET x.y.example.com/wide", nil, "wide-too"},
		{"which is not its parent", 80, "GET example.com/wide", nil, "404"},
		{"the first by namespace and name in one", 80, "GET names.example.com/", nil, "of-shop-b"},
		{"the most specific listener takes the request", 8080, "GET x.a.example.com/wide", nil, "wide-too"},
		{"a listener that does not take the namespace", 8081, "GET shop.example.com/a", nil, "404"},
		{"listeners for the same requests", 8082, "GET shop.example.com/a", nil, "404"},
		{"no such port", 83, "GET shop.example.com/a", nil, "404"},
		{"no backend", 80, "GET shop.example.com/nowhere", nil, "500"},
		{"weights of 0", 80, "GET shop.example.com/zero", nil, "500"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := w.Explain(public, request("http", tc.port, tc.request, tc.headers...))
			got := fmt.Sprint(a.Status)
			if a.Won != nil && a.Status == 0 {
				got = a.Won.RuleName
			}
			if got != tc.want {
				t.Errorf("got %s (%s), want %s", got, a.Why, tc.want)
			}
		})
	}
}

func TestRedirectsLeadWhereTheSpecificationSays(t *testing.T) {
	w := shop(t)
	for _, tc := range []struct {
		scheme  string
		port    int32
		request string
		want    string
	}{
		{"http", 80, "GET go.example.com/plain?a=b", "301 http://go.example.com/plain?a=b"},
		{"http", 8080, "GET go.example.com:1234/plain", "301 http://go.example.com:8080/plain"},
		{"https", 443, "GET go.example.com/plain", "301 https://go.example.com/plain"},
		{"http", 8080, "GET go.example.com:8080/https/x", "302 https://shop.example.com/https/x"},
		{"http", 80, "GET go.example.com/port?q", "302 https://go.example.com:80/x?q"},
	} {
		a := w.Explain(public, request(tc.scheme, tc.port, tc.request))
		if got := fmt.Sprint(a.Status, " ", a.Location); got != tc.want {
			t.Errorf("%s: got %s, want %s", tc.request, got, tc.want)
		}
	}
}

func TestPrefixesAreReplacedByTheTable(t *testing.T) {
	for _, tc := range [][4]string{ // path, prefix, replacement, new path
		{"/foo/bar", "/foo", "/xyz", "/xyz/bar"},
		{"/foo/bar", "/foo", "/xyz/", "/xyz/bar"},
		{"/foo/bar", "/foo/", "/xyz", "/xyz/bar"},
		{"/foo/bar", "/foo/", "/xyz/", "/xyz/bar"},
		{"/foo", "/foo", "/xyz", "/xyz"},
		{"/foo/", "/foo", "/xyz", "/xyz/"},
		{"/foo/bar", "/foo", "", "/bar"},
		{"/foo/", "/foo", "", "/"},
		{"/foo", "/foo", "", "/"},
		{"/foo/", "/foo", "/", "/"},
		{"/foo", "/foo", "/", "/"},
		{"/a", "/", "/new", "/new/a"},
	} {
		text := fmt.Sprintf(`
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: r, namespace: infra}
spec:
  parentRefs: [{name: public}]
  rules:
  - matches: [{path: {value: %q}}]
    filters: [{type: URLRewrite, urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: %q}}}]
    backendRefs: [{name: web, port: 80}]
`, tc[1], tc[2])
		o, g := &resource.Object{}, &resource.Object{}
		for into, text := range map[*resource.Object]string{o: text, g: `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: public, namespace: infra}
spec: {listeners: [{name: http, port: 80, protocol: HTTP}]}
`} {
			if err := yaml.Unmarshal([]byte(text), &into.Object); err != nil {
				t.Fatal(err)
			}
		}
		w, err := routing.Read([]*resource.Object{g, o})
		if err != nil {
			t.Fatal(err)
		}
		w.Partial = true
		a := w.Explain(public, request("http", 80, "GET a.test"+tc[0]))
		if len(a.Backends) != 1 || a.Backends[0].Path != tc[3] {
			t.Errorf("%q: got %+v", tc, a.Backends)
		}
	}
}

func TestWhatABackendGets(t *testing.T) {
	w := shop(t)
	a := w.Explain(public, request("http", 80, "GET shop.example.com/old/x?q=1", "x-gone: 1", "x-add: 1", "x-set: 0"))
	if len(a.Backends) != 1 {
		t.Fatalf("got %+v", a)
	}
	b := a.Backends[0]
	want := http.Header{"X-Add": {"1", "2"}, "X-Set": {"1"}}
	if b.Host != "inner.example.com" || b.Path != "/x?q=1" || fmt.Sprint(b.Header) != fmt.Sprint(want) {
		t.Errorf("got %s%s %v", b.Host, b.Path, b.Header)
	}
}

func TestMatchesAreWrittenAsInPlans(t *testing.T) {
	w := shop(t)
	for _, tc := range []struct {
		request string
		headers []string
		want    string
	}{
		{"GET shop.example.com/a", nil, "=/a"},
		{"GET shop.example.com/a/1", nil, "~/a/[0-9]+"},
		{"GET names.example.com/a/1", nil, "/"},
		{"POST shop.example.com/m", nil, "POST /m"},
		{"GET shop.example.com/m", []string{"x-one: 1", "x-two: 2"}, "/m [x-one=1 x-two=2]"},
		{"GET shop.example.com/m", []string{"x-one: 7"}, "/m [x-one~[0-9]]"},
		{"GET shop.example.com/m?q=a%20b", nil, "/m [?q=a b]"},
	} {
		if a := w.Explain(public, request("http", 80, tc.request, tc.headers...)); a.Text != tc.want {
			t.Errorf("%s: got %q, want %q", tc.request, a.Text, tc.want)
		}
	}
}

func TestSharesThatNoBackendAnswers(t *testing.T) {
	w := shop(t)
	for path, want := range map[string]string{
		"/split":     "a 0.5 0, empty 0.25 503, missing 0.25 500",
		"/granted":   "granted 1 0",
		"/forbidden": "a 1 500",
		"/service":   "web 0.5 0, web 0.5 500",
	} {
		a := w.Explain(public, request("http", 80, "GET shop.example.com"+path))
		var got []string
		for _, b := range a.Backends {
			got = append(got, fmt.Sprint(b.ID.Name, " ", b.Share, " ", b.Status))
			if (b.Status == 0) != (b.Why == "") {
				t.Errorf("%s: %s is answered with %d, since %q", path, b.ID, b.Status, b.Why)
			}
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s: got %v, want %s", path, got, want)
		}
	}
	w.Partial = true // what is missing may be another one's
	a := w.Explain(public, request("http", 80, "GET shop.example.com/forbidden"))
	if a.Backends[0].Status != 0 {
		t.Errorf("of some objects: %+v", a.Backends[0])
	}
}

func TestWhyTheOthersLose(t *testing.T) {
	w := shop(t)
	losses := func(port int32, text string, headers ...string) map[string]string {
		out := map[string]string{}
		for _, l := range w.Explain(public, request("http", port, text, headers...)).Lost {
			name := l.RuleName
			if l.Rule < 0 {
				name = l.Route.Name
			}
			if l.Detail == "" {
				t.Errorf("%s: nothing is said of %s", text, name)
			}
			out[name] = l.Reason.String() + ": " + l.Detail
		}
		return out
	}
	m := losses(80, "POST shop.example.com/m?q=a%20b", "x-one: 1", "x-two: 2")
	for name, want := range map[string]string{
		"headers": "no_method: it is for any method, and the other for POST alone",
		"first":   "no_method: ",
		"exact":   "other_path: its path is =/a",
		"wide":    "other_path: ",
		"x":       "other_host: its hostnames are names.example.com",
	} {
		if !strings.HasPrefix(m[name], want) {
			t.Errorf("%s: %q, want %q", name, m[name], want)
		}
	}
	m = losses(80, "GET shop.example.com/m", "x-one: 7")
	for name, want := range map[string]string{
		"method":  "other_method: it is for POST",
		"headers": "other_header: it wants header x-one=1",
		"query":   "other_query: it wants query parameter q=a b",
		"first":   "fewer_headers: it wants no header, and the other 1",
	} {
		if m[name] != want {
			t.Errorf("%s: %q, want %q", name, m[name], want)
		}
	}
	m = losses(80, "GET shop.example.com/m")
	for name, want := range map[string]string{
		"second": "later_rule: an earlier rule of the route says as much",
		"same":   "younger: HTTPRoute shop/shop is older",
	} {
		if m[name] != want {
			t.Errorf("%s: %q, want %q", name, m[name], want)
		}
	}
	if m := losses(80, "GET shop.example.com/a"); m["wide"] != "less_specific_host: its hostname is *.example.com, and shop.example.com is more specific" || m["prefix"] != "not_exact: its path is /a, and =/a is exact" {
		t.Errorf("got %v", m)
	}
	if m := losses(80, "GET shop.example.com/a/b"); m["prefix"] != "shorter_path: its path is /a, and /a/b is longer" {
		t.Errorf("got %v", m)
	}
	if m := losses(80, "GET names.example.com/"); m["of-shop"] != "later_name: neither route is older, and the name shop-b/x comes first" {
		t.Errorf("got %v", m)
	}
	if m := losses(8081, "GET shop.example.com/"); m["shop"] != `not_attached: listener "own" takes no routes of namespace shop` {
		t.Errorf("got %v", m)
	}
}

func TestGatewaysOfAPort(t *testing.T) {
	w := shop(t)
	if got := w.Gateways("https", 443); !slices.Equal(got, []resource.ID{public}) {
		t.Errorf("got %v", got)
	}
	if got := w.Gateways("http", 443); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}

func TestObjectsOfAnotherFormAreErrors(t *testing.T) {
	for _, text := range []string{
		`{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: x}, spec: {rules: 7}}`,
		`{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: x}, spec: {listeners: a}}`,
		`{apiVersion: gateway.networking.k8s.io/v1, kind: ReferenceGrant, metadata: {name: x}, spec: {from: a}}`,
	} {
		o := &resource.Object{}
		if err := yaml.Unmarshal([]byte(text), &o.Object); err != nil {
			t.Fatal(err)
		}
		if _, err := routing.Read([]*resource.Object{o}); err == nil || !strings.Contains(err.Error(), o.GetKind()+" x") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func manyRoutes(b *testing.B) []*resource.Object {
	b.Helper()
	var objects []*resource.Object
	add := func(text string) {
		o := &resource.Object{}
		if err := yaml.Unmarshal([]byte(text), &o.Object); err != nil {
			b.Fatal(err)
		}
		objects = append(objects, o)
	}
	add(`{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: public, namespace: infra}, spec: {listeners: [{name: http, port: 80, protocol: HTTP}]}}`)
	for i := range 10_000 {
		add(fmt.Sprintf(`{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: r%d, namespace: infra}, spec: {hostnames: [a.test], parentRefs: [{name: public}], rules: [{matches: [{path: {value: /r%d}}], backendRefs: [{name: web, port: 80}]}]}}`, i, i))
	}
	return objects
}

func BenchmarkExplainAmong10000Routes(b *testing.B) {
	objects := manyRoutes(b)
	for b.Loop() {
		w, err := routing.Read(objects)
		if err != nil {
			b.Fatal(err)
		}
		if a := w.Explain(public, request("http", 80, "GET a.test/r9999/x")); a.Won == nil || a.Won.Route.Name != "r9999" {
			b.Fatalf("got %+v", a.Won)
		}
	}
}

func BenchmarkShadowedAmong10000Routes(b *testing.B) {
	w, err := routing.Read(manyRoutes(b))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if s := w.Shadowed(); len(s) != 0 {
			b.Fatalf("got %+v", s)
		}
	}
}
