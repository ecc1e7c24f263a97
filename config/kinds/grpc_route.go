package kinds

import "github.com/gwctl/gwctl/config/schema"

var grpcRoute = route{
	block: "grpc_route",
	doc:   "Which gRPC calls of a gateway go where. A host is served by either `grpc_route` or `http_route` blocks, not both.",
	example: `
grpc_route "orders" {
  gateway   = gateway.public
  hostnames = ["grpc.example.com"]

  rule "place" {
    match {
      service = "shop.v1.Orders"
      methods = ["Place", "Cancel"]
      headers = { x-env = "prod" }
    }
    forward { to = backend.orders }
  }

  rule "reads" {
    match {
      service_regex = "shop\\.v[0-9]+\\.Orders"
      method_regex  = "(Get|List).*"
    }
    forward { to = backend.orders_v2 }
  }
}`,
	object:     gatewayAPI("GRPCRoute"),
	hostnames:  hostnamesSchema("Hosts, such as `grpc.example.com` or `*.example.com`. At most 16."),
	rule:       callRuleSchema,
	specific:   "its service, its method, or more headers",
	encodeRule: encodeCallRule,
	decodeRule: decodeCallRule,
	traffic:    routeTraffic{flows: describeCalls, refusal: refusal{"UNAVAILABLE", "its share of the calls is answered with UNAVAILABLE"}},
}.kind()

var callRuleSchema = schema.Block{
	Type: "rule", Label: "name", OptionalLabel: true, Min: 1, Max: maxRules, Counted: true,
	Doc: "What matches, and what happens to it. The most specific match of all rules wins, whatever their order. Plans know a rule by its name; of those without one they know the order only.",
	Body: schema.Body{
		Attrs: []schema.Attr{otherArg("rule")},
		Blocks: []schema.Block{
			callMatchSchema,
			headersSchema("request_headers", "Metadata of the call, before it is forwarded."),
			headersSchema("response_headers", "Metadata of the response, before it is returned."),
			mirrorSchema,
			sessionSchema,
			forwardSchema(
				headersSchema("request_headers", "Metadata of the calls that go to this backend."),
				headersSchema("response_headers", "Metadata of the responses of this backend."),
				mirrorSchema,
			),
		},
	},
}
