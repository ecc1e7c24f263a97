package kinds

var udpRoute = route{
	block: "udp_route",
	doc:   "Where datagrams to a port go. A listener of `UDP` takes one such route.",
	example: `
gateway "names" {
  listener "dns" {
    port     = 53
    protocol = "UDP"
  }
}

udp_route "dns" {
  gateway = gateway.names
  rule {
    forward { to = backend.orders }
  }
}`,
	object:     gatewayAPI("UDPRoute"),
	rule:       plainRule,
	encodeRule: encodePlainRule,
	decodeRule: decodePlainRule,
	traffic:    routeTraffic{opaque: "udp", refusal: refusal{"dropped", "its share of the datagrams is dropped"}},
}.kind()
