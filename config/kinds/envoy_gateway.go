package kinds

import "strings"

// envoyGateway is what Envoy Gateway 1.9 does not take of what its CRDs allow,
// by argument or block. It is for documents: a cluster may have another
// controller, and Envoy Gateway says itself what it refused.
var envoyGateway = map[string]string{
	"backend_tls_policy.options":                           "no: Envoy Gateway passes them over.",
	"certificate.key_file":                                 "no: it belongs to `cert_file`.",
	"gateway.addresses":                                    "in part: Envoy Gateway passes names over.",
	"gateway.listener.tls.options":                         "no: Envoy Gateway passes them over.",
	"grpc_route.rule.forward.mirror":                       "no: Envoy Gateway refuses it at a backend.",
	"grpc_route.rule.session_persistence":                  "no: Envoy Gateway passes it over in a grpc_route.",
	"http_route.rule.external_auth":                        "no: Envoy Gateway refuses it. Its SecurityPolicy, as a `manifest`, does the same.",
	"http_route.rule.forward.cors":                         "no: Envoy Gateway refuses it at a backend.",
	"http_route.rule.forward.mirror":                       "no: Envoy Gateway refuses it at a backend.",
	"http_route.rule.forward.rewrite.path":                 "no: at a backend Envoy Gateway changes hostnames alone.",
	"http_route.rule.forward.rewrite.path_prefix":          "no: at a backend Envoy Gateway changes hostnames alone.",
	"http_route.rule.session_persistence.absolute_timeout": "in part: Envoy Gateway passes it over unless `cookie_lifetime` is `\"Permanent\"`.",
	"http_route.rule.timeouts.backend_request":             "in part: Envoy Gateway takes it for `request` where the rule has no `retry`.",
	"listener_set.listener.tls.options":                    "no: Envoy Gateway passes them over.",
}

// EnvoyGateway says what Envoy Gateway does not take of an argument or a block,
// "http_route.rule.external_auth": "no: why" or "in part: why"; "" where it takes all.
func EnvoyGateway(path string) string {
	if gap := envoyGateway[path]; gap != "" {
		return gap
	}
	for {
		i := strings.LastIndexByte(path, '.')
		if i < 0 {
			return ""
		}
		if path = path[:i]; strings.HasPrefix(envoyGateway[path], "no") {
			return "no"
		}
	}
}
