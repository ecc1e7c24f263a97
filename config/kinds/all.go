package kinds

import "slices"

// all is the list of kinds: a new one is added here.
var all = []*Kind{backend, backendTLSPolicy, canary, certificate, certificateAuthority, clientTrafficPolicy, gateway, gatewayClass, grpcRoute, httpRoute, listenerSet, manifest, rateLimit, referenceGrant, tcpRoute, tlsRoute, udpRoute}

// All returns every kind, sorted by name.
func All() []*Kind { return slices.Clone(all) }

// ByName returns the kind of a block type.
func ByName(name string) (*Kind, bool) {
	for _, k := range all {
		if k.Name == name {
			return k, true
		}
	}
	return nil, false
}
