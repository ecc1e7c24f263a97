// Package routing says which rule of which route answers a request, and why the
// others do not: a second reading of the Gateway API's specification, kept apart
// from the translation for Envoy so that either checks the other. It is pure,
// and clear rather than fast.
//
// Where the specification leaves a choice, gwctl's is taken: a path by regular
// expression (RE2, all of the path) ranks behind exact paths and before
// prefixes, the longer expression first; of a header that is sent several times
// any one may match; a request is one of gRPC by its content type; services and
// methods by regular expression rank by the length of the expression.
package routing

import (
	"net/http"

	"github.com/gwctl/gwctl/internal/resource"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// Request is what a client sends.
type Request struct {
	Method string // in capitals
	Scheme string // "http" or "https": that of the connection
	Host   string // of the Host header; a port in it means nothing
	Port   int32  // that the connection was made to
	Path   string // as it is sent: begins with a slash, without a query
	Query  string // as it is sent, without the question mark
	Header http.Header
}

// Match is one match of a rule of a route, at a listener.
type Match struct {
	Route    resource.ID
	Rule     int    // position in the route
	RuleName string // "" where it has none
	Position int    // in the rule
	Hostname string // of the route's, the most specific that is the request's; "" is any
}

// Answer is what becomes of a request at a gateway.
type Answer struct {
	Gateway  resource.ID
	Listener string      // that takes the request; "" where none does
	Owner    resource.ID // the gateway or the ListenerSet that has Listener
	Path     string      // that rules see, where it is not written as the request's

	Won      *Match                      // nil where no rule is for the request
	Text     string                      // of Won, as plans write matches: "GET /api [x-env=prod]"
	Filters  []gatewayv1.HTTPRouteFilter // of the rule of Won
	Backends []Backend                   // that it is sent to; none where the gateway itself answers

	Status   int    // that the gateway itself answers, 0 where backends do; what it is for gRPC, GRPCStatus says
	Why      string // of a Status that no rule asks for, as a sentence without a full stop
	Location string // of a redirect

	Lost []Loss // all others of the gateway's routes: first those that are for the request too, in order of precedence
}

// Backend is one that requests of a rule go to.
type Backend struct {
	ID     resource.ID
	Port   int32   // of a Service
	Share  float64 // of the rule's requests, 0 to 1
	Status int     // that this share is answered with instead, 0 where the backend answers
	Why    string  // of Status

	// What the backend gets.
	Host   string
	Path   string // with the query
	Header http.Header

	Response []*gatewayv1.HTTPHeaderFilter // how its answer's headers change, in this order
}

// Loss is a match that does not get the request. Of a route that is not at the
// listener there is one, for no rule.
type Loss struct {
	Match
	Reason Reason
	Detail string // continues a sentence about the match: "its path is /api"
}
