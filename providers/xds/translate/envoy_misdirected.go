package translate

import (
	"net/http"

	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	"google.golang.org/protobuf/encoding/protowire"
)

// misdirected answers a request that came over another listener's connection:
// the client is to make one of its own for this host (RFC 9110, section
// 15.5.20).
var misdirected = []rankedEntry{{entry: &entry{match: &match{path: pathMatch{kind: pathPrefix}}, all: true, wire: protowire.AppendBytes(
	protowire.AppendTag(nil, fieldRoutes, protowire.BytesType),
	marshal(&routev3.Route{
		Name:   "misdirected",
		Match:  &routev3.RouteMatch{PathSpecifier: &routev3.RouteMatch_Prefix{Prefix: "/"}},
		Action: &routev3.Route_DirectResponse{DirectResponse: &routev3.DirectResponseAction{Status: http.StatusMisdirectedRequest}},
	}),
)}}}
