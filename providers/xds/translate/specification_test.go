package translate_test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/internal/routing"
	"github.com/gwctl/gwctl/providers/xds/translate"
	"pgregory.net/rapid"
	"sigs.k8s.io/yaml"
)

// A real Envoy answers as the specification says: generated routes are
// translated and served, and what becomes of generated requests is compared with
// what internal/routing, which reads the same objects, says. A long run is
// `go test -run Specification -rapid.checks=10000`.
func TestEnvoyAnswersAsTheSpecificationSays(t *testing.T) {
	p := startProxy(t)
	asked := 0
	rapid.Check(t, func(t *rapid.T) {
		objects := anyWorld(t)
		translator := translate.NewTranslator().WithLists()
		if rapid.Bool().Draw(t, "in match trees") {
			translator = translator.WithTrees()
		}
		result := translator.Translate(append(slices.Clone(objects), p.backends...))
		for _, problem := range result.Problems { // listeners in conflict are meant to be
			if !strings.Contains(problem.Message, "have the same port and hostname") {
				t.Fatalf("the generated objects are wrong: %v", problem)
			}
		}
		var all []*resource.Object
		for _, o := range append(slices.Clone(objects), p.backends...) {
			all = append(all, o.Object)
		}
		world, err := routing.Read(all)
		if err != nil {
			t.Fatal(err)
		}
		never := map[string]routing.Shadow{}
		for _, s := range world.Shadowed() {
			never[fmt.Sprint(s.Lost.Route, s.Lost.Rule)] = s
		}
		p.serve(t, result.Gateways["default/public"])
		requests := rapid.SliceOfN(anyRequest(objects), 12, 40).Draw(t, "requests")
		for i := range requests {
			r := &requests[i]
			want := world.Explain(gatewayID, r)
			asked++
			if want.Won != nil {
				if s, ok := never[fmt.Sprint(want.Won.Route, want.Won.Rule)]; ok {
					t.Fatalf("%+v gets %+v, and was said never to get any: %+v\n%s", *want.Won, *r, s, text(objects))
				}
			}
			if problem := p.ask(t, r).differs(r, &want); problem != "" {
				t.Fatalf("%s\nrequest: %s %s://%s%s ?%s at port %d, %v\nwinner: %+v\n%s", problem, r.Method, r.Scheme, r.Host, r.Path, r.Query, r.Port, r.Header, want.Won, text(objects))
			}
		}
	})
	t.Logf("%d requests were answered", asked)
}

var gatewayID = resource.ID{Group: "gateway.networking.k8s.io", Kind: "Gateway", Namespace: "default", Name: "public"}

func text(objects []translate.Object) string {
	var b strings.Builder
	for _, o := range objects {
		y, _ := yaml.Marshal(o.Object)
		fmt.Fprintf(&b, "---\n%s", y)
	}
	return b.String()
}

// outcome is what a client saw of a request.
type outcome struct {
	status  int
	header  http.Header
	backend seen
}

// differs says what is not as the specification wants it.
func (o outcome) differs(r *routing.Request, want *routing.Answer) string {
	if want.Status != 0 {
		switch got := lowerHost(o.header.Get("location")); {
		case !o.is(r, want.Status):
			return fmt.Sprintf("answered with %s, not %d: %s", o, want.Status, want.Why)
		case got != want.Location && !impliedPort(r, got, want.Location):
			return fmt.Sprintf("redirected to %s, not %s", got, want.Location)
		}
		return ""
	}
	var problems []string
	for i := range want.Backends {
		b := &want.Backends[i]
		if b.Share == 0 {
			continue
		}
		problem := o.differsFrom(r, b)
		if problem == "" {
			return ""
		}
		problems = append(problems, problem)
	}
	return strings.Join(problems, "; or ")
}

// is reports whether the gateway itself answered with a status, or with the one
// that gRPC makes of it.
func (o outcome) is(r *routing.Request, status int) bool {
	if !r.IsGRPC() {
		return o.status == status
	}
	code, _ := routing.GRPCStatus(status)
	return o.status == http.StatusOK && o.header.Get("grpc-status") == strconv.Itoa(code)
}

func (o outcome) String() string {
	return fmt.Sprintf("%d %s by %q", o.status, o.header.Get("grpc-status"), o.backend.Backend)
}

func (o outcome) differsFrom(r *routing.Request, b *routing.Backend) string {
	name := b.ID.Namespace + "/" + b.ID.Name
	switch {
	case b.Status != 0 && !o.is(r, b.Status):
		return fmt.Sprintf("answered with %s, not %d: %s", o, b.Status, b.Why)
	case b.Status != 0:
		return ""
	case o.status != http.StatusOK || o.backend.Backend != name:
		return fmt.Sprintf("answered with %s, not by %s", o, name)
	case o.backend.Host != b.Host:
		return fmt.Sprintf("the backend got host %s, not %s", o.backend.Host, b.Host)
	case o.backend.URI != b.Path:
		return fmt.Sprintf("the backend got %s, not %s", o.backend.URI, b.Path)
	}
	back := ownHeader()
	for _, change := range b.Response {
		routing.Change(back, change)
	}
	for _, name := range headerNames {
		if got, want := strings.Join(o.backend.Header.Values(name), ","), strings.Join(b.Header.Values(name), ","); got != want {
			return fmt.Sprintf("the backend got header %s %q, not %q", name, got, want)
		}
		if got, want := strings.Join(o.header.Values(name), ","), strings.Join(back.Values(name), ","); got != want {
			return fmt.Sprintf("the client got header %s %q, not %q", name, got, want)
		}
	}
	return ""
}

// lowerHost leaves out the one thing of a location that means nothing: capitals
// of the host.
func lowerHost(location string) string {
	scheme, rest, found := strings.Cut(location, "://")
	if !found {
		return location
	}
	host, path, _ := strings.Cut(rest, "/")
	return scheme + "://" + strings.ToLower(host) + "/" + path
}

// impliedPort reports whether a location has a port that it SHOULD NOT have,
// which is what becomes of one that the client sent for a host that only a
// wildcard names.
func impliedPort(r *routing.Request, got, want string) bool {
	if !strings.Contains(r.Host, ":") {
		return false
	}
	scheme, rest, _ := strings.Cut(want, "://")
	host, path, _ := strings.Cut(rest, "/")
	port := map[string]string{"http": "80", "https": "443"}[scheme]
	return got == scheme+"://"+host+":"+port+"/"+path
}

// headerNames are those that rules match and change, and that backends answer
// with.
var headerNames = []string{"x-a", "x-b", "x-c"}

// ownHeader is what every backend answers with.
func ownHeader() http.Header { return http.Header{"X-A": {"own"}, "X-B": {"own"}} }

// routesOf returns the routes of a kind in a world.
func routesOf[R any](objects []translate.Object, kind string) (routes []R) {
	for _, o := range objects {
		if o.Object.GetKind() != kind {
			continue
		}
		y, _ := yaml.Marshal(o.Object)
		var r R
		if err := yaml.Unmarshal(y, &r); err == nil {
			routes = append(routes, r)
		}
	}
	return routes
}
