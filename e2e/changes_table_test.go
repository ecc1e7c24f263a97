package e2e

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"

	"github.com/gwctl/gwctl/internal/load"
)

// side is a configuration before or after a change, beside the gateway and the
// backends v1, v2 and v3 that all have.
type side struct {
	blocks    string
	listeners string // of the gateway, beside http
	rules     map[string]load.Rule
}

// change is a class of changes: there and back again.
type change struct {
	name          string
	requests      []load.Request // each is named in both sides' rules
	before, after side
	port          string // that only the configuration after listens on
}

const gatewayAndBackends = `
provider "xds" {}

gateway "public" {
  addresses = ["127.0.0.1"]

  listener "http" {
    port     = {{port "http"}}
    protocol = "HTTP"
  }
%s
}

backend "v1" {
  endpoints = ["{{backend "v1"}}"]
}

backend "v2" {
  endpoints = ["{{backend "v2"}}"]
}

backend "v3" {
  endpoints = ["{{backend "v3"}}"]
}
%s
`

// config is a whole configuration.
func config(sides ...side) string {
	var listeners, blocks string
	for _, s := range sides {
		listeners += s.listeners
		blocks += s.blocks
	}
	return fmt.Sprintf(gatewayAndBackends, listeners, blocks)
}

// rule is what all sides together allow.
func rule(sides ...side) load.Rule {
	all := map[string]load.Rule{}
	for _, s := range sides {
		maps.Copy(all, s.rules)
	}
	return load.ByRequest(all)
}

// route is a route for the host of its name.
func route(name, rules string) string {
	return fmt.Sprintf(`
http_route %q {
  gateway   = gateway.public
  listener  = "http"
  hostnames = ["%s.example.com"]
%s
}
`, name, name, rules)
}

// get is a request to a route's host.
func get(name, path string, header ...string) load.Request {
	r := load.Request{Name: name + " " + path, Host: name + ".example.com", Path: path, Header: http.Header{}}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
		r.Name += " " + header[i]
	}
	return r
}

// notFound wants Envoy itself to say that nothing is there.
func notFound(a load.Answer) error {
	if a.Status == http.StatusNotFound && a.Backend == "" {
		return nil
	}
	return fmt.Errorf("%s: status %d from %q, allowed: 404", a.Request, a.Status, a.Backend)
}

// marked wants an answer whose response has a header, and whose request had it.
func marked(value string) load.Rule {
	asked := fmt.Appendf(nil, `"X-Variant":[%q]`, value)
	return func(a load.Answer) error {
		if err := load.From("v1")(a); err != nil {
			return err
		}
		if got := a.Header.Get("X-Variant"); got != value || !bytes.Contains(a.Body, asked) {
			return fmt.Errorf("%s: the response has x-variant %q, allowed: %q", a.Request, got, value)
		}
		return nil
	}
}

const allToV1 = `
  rule "all" {
    match { path_prefix = "/" }
    forward { to = backend.v1 }
  }`

const allToV2 = `
  rule "all" {
    match { path_prefix = "/" }
    forward { to = backend.v2 }
  }`

func split(v1, v2 int) string {
	return fmt.Sprintf(`
  rule "all" {
    match { path_prefix = "/" }
    forward {
      to     = backend.v1
      weight = %d
    }
    forward {
      to     = backend.v2
      weight = %d
    }
  }`, v1, v2)
}

// byHeader is a rule that forwards what has a header to a backend.
func byHeader(name, backend string) string {
	return fmt.Sprintf(`
  rule %[1]q {
    match {
      path_prefix = "/"
      headers     = { x-%[1]s = "1" }
    }
    forward { to = backend.%[2]s }
  }`, name, backend)
}

func byPath(name, path, backend string) string {
	return fmt.Sprintf(`
  rule %q {
    match { path_prefix = %q }
    forward { to = backend.%s }
  }`, name, path, backend)
}

func pool(endpoints string) string {
	return fmt.Sprintf(`
backend "pool" {
  endpoints = [%s]
}`, endpoints) + route("endpoints", `
  rule "all" {
    match { path_prefix = "/" }
    forward { to = backend.pool }
  }`)
}

func timeout(d string) string {
	return route("timeout", fmt.Sprintf(`
  rule "all" {
    match { path_prefix = "/" }
    timeouts { request = %q }
    forward { to = backend.v1 }
  }`, d))
}

func variant(value string) string {
	return route("header", fmt.Sprintf(`
  rule "all" {
    match { path_prefix = "/" }
    request_headers {
      set = { x-variant = %[1]q }
    }
    response_headers {
      set = { x-variant = %[1]q }
    }
    forward { to = backend.v1 }
  }`, value))
}

func hosts(list string) string {
	return fmt.Sprintf(`
http_route "hosts" {
  gateway   = gateway.public
  listener  = "http"
  hostnames = [%s]
%s
}`, list, allToV1)
}

var (
	v1 = load.From("v1")
	v2 = load.From("v2")
)

// changes are the classes of which none may drop a request.
var changes = []change{
	{
		name:     "weight",
		requests: []load.Request{get("weight", "/")},
		before:   side{blocks: route("weight", split(100, 0)), rules: map[string]load.Rule{"weight /": v1}},
		after:    side{blocks: route("weight", split(60, 40)), rules: map[string]load.Rule{"weight /": load.From("v1", "v2")}},
	},
	{
		name: "rule order",
		requests: []load.Request{
			get("order", "/", "X-A", "1", "X-B", "1"), get("order", "/", "X-A", "1"), get("order", "/", "X-B", "1"),
		},
		before: side{
			blocks: route("order", byHeader("a", "v1")+byHeader("b", "v2")),
			rules:  map[string]load.Rule{"order / X-A X-B": v1, "order / X-A": v1, "order / X-B": v2},
		},
		after: side{
			blocks: route("order", byHeader("b", "v2")+byHeader("a", "v1")),
			rules:  map[string]load.Rule{"order / X-A X-B": v2, "order / X-A": v1, "order / X-B": v2},
		},
	},
	{
		name:     "backend swapped",
		requests: []load.Request{get("swap", "/")},
		before:   side{blocks: route("swap", allToV1), rules: map[string]load.Rule{"swap /": v1}},
		after:    side{blocks: route("swap", allToV2), rules: map[string]load.Rule{"swap /": v2}},
	},
	{
		name:     "endpoints changed",
		requests: []load.Request{get("endpoints", "/")},
		before: side{
			blocks: pool(`"{{backend "p1"}}", "{{backend "p2"}}"`),
			rules:  map[string]load.Rule{"endpoints /": load.From("p1", "p2")},
		},
		after: side{
			blocks: pool(`"{{backend "p2"}}", "{{backend "p3"}}"`),
			rules:  map[string]load.Rule{"endpoints /": load.From("p2", "p3")},
		},
	},
	{
		name:     "route added and removed",
		requests: []load.Request{get("routes", "/"), get("routes", "/api/x")},
		before:   side{blocks: route("routes", allToV1), rules: map[string]load.Rule{"routes /": v1, "routes /api/x": v1}},
		after: side{
			blocks: route("routes", allToV1) + `
http_route "api" {
  gateway   = gateway.public
  hostnames = ["routes.example.com"]
` + byPath("api", "/api", "v2") + `
}`,
			rules: map[string]load.Rule{"routes /": v1, "routes /api/x": v2},
		},
	},
	{
		name:     "hostname added",
		requests: []load.Request{get("one", "/"), get("two", "/")},
		before: side{
			blocks: hosts(`"one.example.com"`),
			rules:  map[string]load.Rule{"one /": v1, "two /": notFound},
		},
		after: side{
			blocks: hosts(`"one.example.com", "two.example.com"`),
			rules:  map[string]load.Rule{"one /": v1, "two /": v1},
		},
	},
	{
		name:     "timeout",
		requests: []load.Request{get("timeout", "/")},
		before:   side{blocks: timeout("10s"), rules: map[string]load.Rule{"timeout /": v1}},
		after:    side{blocks: timeout("20s"), rules: map[string]load.Rule{"timeout /": v1}},
	},
	{
		name:     "header modifier",
		requests: []load.Request{get("header", "/")},
		before:   side{blocks: variant("a"), rules: map[string]load.Rule{"header /": marked("a")}},
		after:    side{blocks: variant("b"), rules: map[string]load.Rule{"header /": marked("b")}},
	},
	{
		name:     "listener added and removed",
		requests: []load.Request{get("listener", "/")},
		before: side{
			blocks: `
http_route "listener" {
  gateway   = gateway.public
  hostnames = ["listener.example.com"]
` + allToV1 + `
}`,
			rules: map[string]load.Rule{"listener /": v1},
		},
		after: side{
			listeners: `
  listener "other" {
    port     = {{port "other"}}
    protocol = "HTTP"
  }`,
			blocks: `
http_route "listener" {
  gateway   = gateway.public
  hostnames = ["listener.example.com"]
` + allToV1 + `
}`,
			rules: map[string]load.Rule{"listener /": v1},
		},
		port: "other",
	},
	{
		name:     "paths of two rules exchanged",
		requests: []load.Request{get("paths", "/a"), get("paths", "/b/c")},
		before: side{
			blocks: route("paths", byPath("first", "/a", "v1")+byPath("second", "/b", "v2")),
			rules:  map[string]load.Rule{"paths /a": v1, "paths /b/c": v2},
		},
		after: side{
			blocks: route("paths", byPath("first", "/b", "v1")+byPath("second", "/a", "v2")),
			rules:  map[string]load.Rule{"paths /a": v2, "paths /b/c": v1},
		},
	},
}
