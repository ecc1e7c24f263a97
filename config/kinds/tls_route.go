package kinds

import (
	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/zclconf/go-cty/cty"
)

var tlsRoute = route{
	block: "tls_route",
	doc:   "Where TLS connections go by the host that clients ask for (SNI): as they are, where the listener has `mode = \"Passthrough\"`, else without TLS.",
	example: `
gateway "vaults" {
  listener "tls" {
    port     = 8443
    protocol = "TLS"
    tls { mode = "Passthrough" }
  }
}

tls_route "vault" {
  gateway   = gateway.vaults
  hostnames = ["vault.example.com"]
  rule {
    forward { to = backend.orders }
  }
}`,
	object:     gatewayAPI("TLSRoute"),
	hostnames:  &schema.Attr{Name: "hostnames", Type: cty.List(cty.String), Required: true, Doc: "Hosts that clients ask for, such as `vault.example.com` or `*.example.com`."},
	rule:       plainRule,
	encodeRule: encodePlainRule,
	decodeRule: decodePlainRule,
	traffic:    routeTraffic{flows: func(*resource.Block) []string { return []string{"tls"} }, refusal: closed},
}.kind()
