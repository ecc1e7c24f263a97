package routing

// Reason is the first criterion by which a match does not get a request.
type Reason int

// The reasons. Up to OtherQuery the match is not for the request; from
// LessSpecificHost on it is, and another one comes before it.
const (
	OtherListener Reason = iota + 1 // another listener takes the request
	NotAttached                     // the listener does not take the route
	OtherHost
	Rival // the listener takes a route of another kind
	NotGRPC
	OtherPath
	OtherService
	OtherMethod
	OtherHeader
	OtherQuery

	LessSpecificHost
	NotExact
	RegexOrPrefix // a prefix behind a regular expression
	ShorterPath
	NoMethod
	ShorterService
	ShorterMethod
	FewerHeaders
	FewerQuery
	Younger
	LaterName
	LaterRule
)

var reasonNames = map[Reason]string{
	OtherListener: "other_listener", NotAttached: "not_attached", Rival: "rival", OtherHost: "other_host",
	NotGRPC: "not_grpc", OtherPath: "other_path", OtherService: "other_service",
	OtherMethod: "other_method", OtherHeader: "other_header", OtherQuery: "other_query",
	LessSpecificHost: "less_specific_host", NotExact: "not_exact", RegexOrPrefix: "prefix_after_regex", ShorterPath: "shorter_path",
	NoMethod: "no_method", ShorterService: "shorter_service", ShorterMethod: "shorter_method",
	FewerHeaders: "fewer_headers", FewerQuery: "fewer_query", Younger: "younger",
	LaterName: "later_name", LaterRule: "later_rule",
}

// String names the reason, for machines.
func (r Reason) String() string { return reasonNames[r] }

// Matches reports whether the match is for the request all the same.
func (r Reason) Matches() bool { return r >= LessSpecificHost }
