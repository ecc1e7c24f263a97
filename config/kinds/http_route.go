package kinds

import "github.com/gwctl/gwctl/config/schema"

var httpRoute = route{
	block: "http_route",
	doc:   "Which requests of a gateway go where.",
	example: `
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
	object:     gatewayAPI("HTTPRoute"),
	hostnames:  hostnamesSchema("Hosts, such as `shop.example.com` or `*.example.com`. At most 16."),
	rule:       ruleSchema,
	specific:   "its path, a method, or more headers or query parameters",
	encodeRule: encodeRule,
	decodeRule: decodeRule,
	traffic:    routeTraffic{flows: describeMatches, claims: pathsOf, refusal: refusal{"500", "its share of the requests is answered with 500"}},
}.kind()

var ruleSchema = schema.Block{
	Type: "rule", Label: "name", OptionalLabel: true, Min: 1, Max: maxRules, Counted: true,
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
			timeoutsSchema,
			retrySchema,
			sessionSchema,
			forwardSchema(
				headersSchema("request_headers", "Headers of the requests that go to this backend."),
				headersSchema("response_headers", "Headers of the responses of this backend."),
				rewriteSchema,
				mirrorSchema,
				corsSchema,
			),
		},
	},
}
