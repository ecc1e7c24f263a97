package views

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/internal/routing"
)

// explained is an answer with all that one can have.
func explained() *Explanation {
	route := resource.ID{Group: "gateway.networking.k8s.io", Kind: "HTTPRoute", Namespace: "shop", Name: "orders"}
	won := routing.Match{Route: route, Rule: 1, RuleName: "api", Hostname: "a.test"}
	prefix, host := "/", gatewayv1.PreciseHostname("new.test")
	a := routing.Answer{
		Gateway:  resource.ID{Group: route.Group, Kind: "Gateway", Namespace: "shop", Name: "public"},
		Listener: "http", Owner: resource.ID{Group: route.Group, Kind: "Gateway", Namespace: "shop", Name: "public"}, Won: &won, Text: "GET /api",
		Filters: []gatewayv1.HTTPRouteFilter{
			{Type: "RequestHeaderModifier", RequestHeaderModifier: &gatewayv1.HTTPHeaderFilter{Set: []gatewayv1.HTTPHeader{{Name: "x-token", Value: "a secret"}}, Remove: []string{"x-b", "x-a"}}},
			{Type: "URLRewrite", URLRewrite: &gatewayv1.HTTPURLRewriteFilter{Hostname: &host, Path: &gatewayv1.HTTPPathModifier{ReplacePrefixMatch: &prefix}}},
			{Type: "CORS"},
		},
		Backends: []routing.Backend{
			{ID: resource.ID{Kind: "Service", Namespace: "shop", Name: "web"}, Port: 80, Share: 2. / 3, Host: "new.test", Path: "/x", Header: http.Header{"X-Token": {"a secret"}}},
			{ID: resource.ID{Kind: "Service", Namespace: "shop", Name: "gone"}, Port: 80, Share: 1. / 3, Status: 500, Why: "there is no Service shop/gone"},
		},
	}
	for i := range 12 {
		a.Lost = append(a.Lost, routing.Loss{Match: routing.Match{Route: route, Rule: i + 2}, Reason: routing.ShorterPath, Detail: "its path is /, and /api is longer"})
	}
	spot := func(id resource.ID, path string) Spot {
		s := Spot{Address: strings.ToLower(id.Kind) + "." + id.Name}
		if id == route {
			s.Range = hcl.Range{Filename: "main.hcl", Start: hcl.Pos{Line: 10 + len(path)}}
		}
		return s
	}
	return &Explanation{
		Request: &routing.Request{Method: "GET", Scheme: "http", Host: "a.test", Port: 80, Path: "/api/x"},
		Answers: []ExplainedAnswer{{Answer: a, Spot: spot}},
		Notes:   []string{"What others have is not known."},
	}
}

func TestAnExplainedRequest(t *testing.T) {
	e := explained()
	e.Answers[0].Lost = e.Answers[0].Lost[:1]
	out, err := shown(t, Options{}, func(o Options) error { return NewExplain(o).Explain(e) })
	same(t, "for people", `gateway  gateway.public, listener "http"
route    httproute.orders, a.test                                               main.hcl:10
rule     "api": GET /api                                                        main.hcl:23
filter   request headers: set x-token; remove x-a, x-b                          main.hcl:34
filter   rewrite: host to new.test, prefix to "/"                               main.hcl:34
filter   CORS                                                                   main.hcl:34
backend  service.web port 80 66.67%, as new.test/x
backend  service.gone port 80 33.33%: 500, since there is no Service shop/gone

Not the others:
  httproute.orders rule 3  its path is /, and /api is longer  main.hcl:23
`, out)
	same(t, "besides", "\nWhat others have is not known.\n", err)
}

func TestAListenerOfASet(t *testing.T) {
	e := explained()
	e.Answers[0].Owner = resource.ID{Group: "gateway.networking.k8s.io", Kind: "ListenerSet", Namespace: "shop", Name: "shop"}
	out, _ := shown(t, Options{}, func(o Options) error { return NewExplain(o).Explain(e) })
	if want := "gateway  gateway.public, listener \"http\" of listenerset.shop\n"; !strings.HasPrefix(out, want) {
		t.Error(out)
	}
	out, _ = shown(t, Options{JSON: true}, func(o Options) error { return NewExplain(o).Explain(e) })
	if !strings.Contains(out, `"listener_set":{"object":{"group":"gateway.networking.k8s.io","kind":"ListenerSet"`) {
		t.Error(out)
	}
}

func TestOfManyThatLoseSomeAreShown(t *testing.T) {
	out, _ := shown(t, Options{}, func(o Options) error { return NewExplain(o).Explain(explained()) })
	if !strings.HasSuffix(out, "\n  and 2 others, which -json lists\n") || strings.Count(out, "is longer") != shownLosses {
		t.Error(out)
	}
}

func TestAnswersOfTheGatewayItself(t *testing.T) {
	call := http.Header{"Content-Type": {"application/grpc"}}
	for want, tc := range map[string]struct {
		header http.Header
		answer routing.Answer
	}{
		"answer   404, since no rule is for the request":            {nil, routing.Answer{Status: 404, Why: "no rule is for the request"}},
		"answer   301, to https://a.test/":                          {nil, routing.Answer{Status: 301, Location: "https://a.test/"}},
		"path     comes as /b\nanswer   500":                        {nil, routing.Answer{Path: "/b", Status: 500}},
		"answer   307, to /a/b, since the path has escaped slashes": {nil, routing.Answer{Status: 307, Location: "/a/b", Why: "the path has escaped slashes"}},
		"answer   500": {nil, routing.Answer{Status: 500}},
		"answer   UNIMPLEMENTED (12), since no rule is for the request": {call, routing.Answer{Status: 404, Why: "no rule is for the request"}},
		"answer   UNAVAILABLE (14)":                                     {call, routing.Answer{Status: 503}},
	} {
		a := tc.answer
		e := &Explanation{Request: &routing.Request{Header: tc.header}, Answers: []ExplainedAnswer{{Answer: a, Provider: "xds.eu", Spot: func(resource.ID, string) Spot { return Spot{Address: "gateway.public"} }}}}
		out, _ := shown(t, Options{}, func(o Options) error { return NewExplain(o).Explain(e) })
		same(t, want, "gateway  gateway.public, no listener (xds.eu)\n"+want+"\n", out)
	}
}

func TestAnExplainedRequestForMachines(t *testing.T) {
	out, _ := shown(t, Options{JSON: true, Version: "1.2.3"}, func(o Options) error { return NewExplain(o).Explain(explained()) })
	var doc struct {
		Answers []struct {
			Route    struct{ Address string }
			Rule     struct{ Name string }
			Backends []struct {
				Share  float64
				Status int
				Path   string
			}
			Lost []struct {
				Reason string
				Rule   struct{ Source struct{ Line int } }
			}
		}
		Unknown []string
	}
	if err := json.Unmarshal([]byte(out), &doc); err != nil {
		t.Fatal(err)
	}
	a := doc.Answers[0]
	got := fmt.Sprint(a.Route.Address, " ", a.Rule.Name, " ", a.Backends[0].Path, " ", a.Backends[1].Status, " ", len(a.Lost), " ", a.Lost[0].Reason, " ", a.Lost[0].Rule.Source.Line, " ", len(doc.Unknown))
	if got != "httproute.orders api /x 500 12 shorter_path 23 1" {
		t.Errorf("got %s:\n%s", got, out)
	}
	if strings.Contains(out, "a secret") {
		t.Errorf("the value of a header is told:\n%s", out)
	}
}

func TestAnExplainedCallForMachines(t *testing.T) {
	e := explained()
	e.Request.Header = http.Header{"Content-Type": {"application/grpc+proto"}}
	e.Answers[0].Backends[1].Status = 503
	out, _ := shown(t, Options{JSON: true}, func(o Options) error { return NewExplain(o).Explain(e) })
	var doc struct {
		Answers []struct {
			Backends []struct {
				GRPCStatus string `json:"grpc_status"`
			}
		}
	}
	if err := json.Unmarshal([]byte(out), &doc); err != nil {
		t.Fatal(err)
	}
	if b := doc.Answers[0].Backends; b[0].GRPCStatus != "" || b[1].GRPCStatus != "UNAVAILABLE" {
		t.Errorf("got %+v", b)
	}
}
