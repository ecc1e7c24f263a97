package kinds

import (
	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/zclconf/go-cty/cty"
	runtime "k8s.io/apimachinery/pkg/runtime/schema"
)

var routeObject = runtime.GroupVersionKind{Group: "gateway.networking.k8s.io", Version: "v1", Kind: "HTTPRoute"}

var httpRoute = &Kind{
	Name: "http_route",
	Doc:  "Which requests of a gateway go where.",
	Example: `
http_route "orders" {
  gateway   = gateway.public
  listener  = "http"
  hostnames = ["shop.example.com"]

  rule "api" {
    match {
      path_prefix = "/api"
      methods     = ["GET", "HEAD"]
      headers     = { x-env = "prod", x-build = { regex = "^b[0-9]+$" } }
    }
    request_headers {
      set    = { x-via = "gwctl" }
      remove = ["x-debug"]
    }
    timeouts { request = "10s" }
    forward {
      to     = backend.orders
      weight = 90
    }
    forward {
      to     = backend.orders_v2
      weight = 10
    }
  }

  rule "old" {
    match { path_exact = "/old" }
    redirect {
      path = "/new"
      code = 301
    }
  }
}`,
	Object: routeObject,
	Schema: schema.Body{
		Attrs: withMetadata(
			schema.Attr{Name: "gateway", Type: schema.Ref, Refs: []string{"gateway"}, Doc: "The gateway that takes the requests: `gateway.public`, or `{ name = \"public\", namespace = \"infra\" }` for another team's. Several: `attach` blocks instead."},
			schema.Attr{Name: "listener", Type: cty.String, Default: "every listener that allows it", Doc: "Name of one listener of the gateway."},
			schema.Attr{Name: "hostnames", Type: cty.List(cty.String), Default: "every host of the listener", Doc: "Hosts, such as `shop.example.com` or `*.example.com`. At most 16."},
			otherArg("HTTPRoute's spec"),
		),
		Blocks: []schema.Block{
			{
				Type: "attach", Max: 32,
				Doc: "One of several gateways or listeners that take the requests.",
				Body: schema.Body{Attrs: []schema.Attr{
					{Name: "gateway", Type: schema.Ref, Refs: []string{"gateway"}, Required: true, Doc: "The gateway."},
					{Name: "listener", Type: cty.String, Default: "every listener that allows it", Doc: "Name of one of its listeners."},
					otherArg("parent reference"),
				}},
			},
			ruleSchema,
		},
	},
	Identity: []string{"name", "namespace"},
	Refer:    referRoute,
	Encode:   encodeRoute,
	Decode:   decodeRoute,
	Check:    checkRoute,
	Traffic:  routeTraffic,
	Claims:   routeClaims,
}

var ruleSchema = schema.Block{
	Type: "rule", Label: "name", OptionalLabel: true, Min: 1, Max: 16,
	Doc: "What matches, and what happens to it. The most specific match of all rules wins, whatever their order. Plans know a rule by its name; of those without one they know the order only.",
	Body: schema.Body{
		Attrs: []schema.Attr{otherArg("rule")},
		Blocks: []schema.Block{
			matchSchema,
			headersSchema("request_headers", "Headers of the request, before it is forwarded."),
			headersSchema("response_headers", "Headers of the response, before it is returned."),
			redirectSchema,
			rewriteSchema,
			mirrorSchema,
			corsSchema,
			authSchema,
			{
				Type: "timeouts", Max: 1,
				Doc: "Durations such as `10s`, `1m30s` or `500ms`; `0s` is none.",
				Body: schema.Body{Attrs: []schema.Attr{
					{Name: "request", Type: cty.String, Doc: "Until the whole response has been sent, retries included."},
					{Name: "backend_request", Type: cty.String, Doc: "Of one request to a backend: with `retry`, of each attempt. At most `request`."},
				}},
			},
			retrySchema,
			sessionSchema,
			{
				Type: "forward", KeyAttr: "to", Max: 16,
				Doc: "A backend that requests go to.",
				Body: schema.Body{
					Attrs: []schema.Attr{
						{Name: "to", Type: schema.Ref, Refs: []string{"backend"}, Required: true, Doc: "The backend: `backend.orders`, `{ name = \"orders\", namespace = \"shop\", port = 8080 }` for a Service, or without the port for a Backend that another configuration owns."},
						{Name: "weight", Type: cty.Number, Default: "1", Doc: "Share of the requests, relative to the sum over the rule's forwards: 0 to 1000000."},
						otherArg("backend reference"),
					},
					Blocks: []schema.Block{
						headersSchema("request_headers", "Headers of the requests that go to this backend."),
						headersSchema("response_headers", "Headers of the responses of this backend."),
						rewriteSchema,
						mirrorSchema,
						corsSchema,
					},
				},
			},
		},
	},
}

func referRoute(b *resource.Block, a resource.Address, in Scope) resource.Ref {
	return resource.Ref{Address: a, ID: identify(routeObject.GroupKind(), b, a, in)}
}
