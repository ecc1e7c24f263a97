package policy

import (
	"strings"

	"github.com/gwctl/gwctl/internal/resource"
)

// AnnotationRateLimits says of each rule of a BackendTrafficPolicy's rate limits
// which block and rule in HCL made it: a line for each, in their order, "global
// rate_limit.orders key". Rules of the object itself have no names. A line
// "refusal rate_limit.orders -" says which block made the answer to what is refused.
const AnnotationRateLimits = resource.MarkPrefix + "rate-limits"

// AnnotationLimiterDown says what happens to requests on an xDS server while
// the limiter cannot be asked: "closed", or "open" as without it. Envoy Gateway
// has one setting for all policies.
const AnnotationLimiterDown = resource.MarkPrefix + "limiter-down"

// The scopes of rate limits, as fields of spec.rateLimit are called, and what else
// an origin may be of.
const (
	Global  = "global"
	Local   = "local"
	Refusal = "refusal"
)

// Unnamed stands for the name of a rule that a block says without one, in its
// argument `other`.
const Unnamed = "-"

// Origin is the part of a block that a rule comes from.
type Origin struct {
	Scope   string // Global, Local or Refusal
	Address resource.Address
	Rule    string
}

// String returns the line of the annotation.
func (o Origin) String() string { return o.Scope + " " + o.Address.String() + " " + o.Rule }

// Origins returns where the rules of one scope come from, in their order: the
// i-th of spec.rateLimit.SCOPE.rules from the i-th. Where nobody said so, as in
// objects that gwctl did not make, there are none.
func Origins(o *resource.Object, scope string) []Origin {
	var out []Origin
	for line := range strings.Lines(o.GetAnnotations()[AnnotationRateLimits]) {
		if origin, ok := parseOrigin(strings.TrimSpace(line)); ok && origin.Scope == scope {
			out = append(out, origin)
		}
	}
	return out
}

// MoveOrigins writes the lines of an annotation as they are when a block is at
// another address.
func MoveOrigins(lines string, from, to resource.Address) string {
	var out []string
	for line := range strings.Lines(lines) {
		line = strings.TrimSpace(line)
		if origin, ok := parseOrigin(line); ok && origin.Address == from {
			origin.Address = to
			line = origin.String()
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

// parseOrigin reads a line: keys in addresses may hold spaces, names of rules
// have none.
func parseOrigin(line string) (Origin, bool) {
	scope, rest, found := strings.Cut(line, " ")
	end := strings.LastIndexByte(rest, ' ')
	if !found || end < 0 {
		return Origin{}, false
	}
	a, err := resource.ParseAddress(rest[:end])
	return Origin{Scope: scope, Address: a, Rule: rest[end+1:]}, err == nil
}
