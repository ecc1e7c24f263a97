package kinds

import (
	"fmt"

	"github.com/gwctl/gwctl/internal/resource"
)

// checkGatewayTarget refuses what the provider xds does not translate yet.
func checkGatewayTarget(b *resource.Block, f *Fragment) {
	if f.Scope.Provider != "xds" {
		return
	}
	if a := argument(b, "client_certificate"); a != nil {
		f.Errorf(a.Range, "Unsupported argument", "The provider xds shows no certificates to backends yet. Remove client_certificate, or apply the gateway to a cluster with provider \"kubernetes\".")
	}
	for _, n := range b.Blocks {
		switch n.Type {
		case "allowed_listeners":
			f.Errorf(n.Range, "Unsupported block", "The provider xds does not support %s yet. Remove it, or apply the gateway to a cluster with provider \"kubernetes\".", n.Type)
		case "infrastructure":
			f.Errorf(n.Range, "Unsupported block", "An xDS server makes nothing for a gateway: whoever starts the Envoys says what they are. Remove infrastructure, or apply the gateway to a cluster with provider \"kubernetes\".")
		}
	}
}

// unsupportedProtocol says why a target speaks no protocol; "" if it does.
func unsupportedProtocol(protocol string, f *Fragment) string {
	switch {
	case f.Scope.Provider != "xds" || protocol == "HTTP" || protocol == "HTTPS":
		return ""
	}
	return fmt.Sprintf("protocol is %q; an xDS server speaks \"HTTP\" and \"HTTPS\" alone so far.", protocol)
}
