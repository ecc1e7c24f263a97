package kinds

var tcpRoute = route{
	block: "tcp_route",
	doc:   "Where connections to a port go. A listener of `TCP` takes one such route; one of `TLS` that ends it as well.",
	example: `
gateway "databases" {
  listener "postgres" {
    port     = 5432
    protocol = "TCP"
  }
}

tcp_route "postgres" {
  gateway  = gateway.databases
  listener = "postgres"
  rule {
    forward { to = backend.orders }
  }
}`,
	object:     gatewayAPI("TCPRoute"),
	rule:       plainRule,
	encodeRule: encodePlainRule,
	decodeRule: decodePlainRule,
	traffic:    routeTraffic{opaque: "tcp", refusal: closed},
}.kind()
