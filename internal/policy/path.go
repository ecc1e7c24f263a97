package policy

import (
	"regexp"
	"strings"

	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// A rule of a BackendTrafficPolicy has one list of headers, one of parameters,
// one path, and methods of which any will do. What a block says beyond that is
// said of the headers :path and :method, which proxies have for every request.
// So is an exact path, and one by a regular expression: Envoy Gateway compares
// them with all that follows the host, query included.
const (
	PathHeader   = ":path"
	MethodHeader = ":method"
)

// The ends of patterns for :path.
const (
	anyQuery  = `(\?.*)?`      // of a whole path
	anyBehind = `([/?].*)?`    // of a path's first segments
	opens     = "(?:"          // around what users write
	closes    = ")" + anyQuery // and behind it
)

// PathPattern is a path as a regular expression for :path.
func PathPattern(kind gatewayv1.PathMatchType, value string) string {
	switch kind {
	case gatewayv1.PathMatchExact:
		return regexp.QuoteMeta(value) + anyQuery
	case gatewayv1.PathMatchPathPrefix:
		return regexp.QuoteMeta(strings.TrimSuffix(value, "/")) + anyBehind
	}
	return opens + value + closes
}

// PathOf is the way back. A pattern that PathPattern did not make is a regular
// expression as it is.
func PathOf(pattern string) (kind gatewayv1.PathMatchType, value string) {
	if inner, ok := strings.CutPrefix(pattern, opens); ok && strings.HasSuffix(inner, closes) {
		return gatewayv1.PathMatchRegularExpression, strings.TrimSuffix(inner, closes)
	}
	if quoted, ok := strings.CutSuffix(pattern, anyQuery); ok {
		return gatewayv1.PathMatchExact, unquoted.ReplaceAllString(quoted, "$1")
	}
	if quoted, ok := strings.CutSuffix(pattern, anyBehind); ok {
		return gatewayv1.PathMatchPathPrefix, unquoted.ReplaceAllString(quoted, "$1")
	}
	return gatewayv1.PathMatchRegularExpression, pattern
}

var unquoted = regexp.MustCompile(`\\(.)`)
