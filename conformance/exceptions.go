package conformance

import (
	"maps"
	"slices"
)

// why a test cannot pass yet.
const noTLS = "HTTPS listeners are not translated yet"

// exceptions are the tests of supported features that cannot pass yet. They are
// left out of the run, listed in docs/conformance with their reasons, and
// TestExceptionsStillFail finds those that would pass.
var exceptions = map[string]string{
	"GatewayInvalidTLSConfiguration":            noTLS,
	"GatewayModifyListeners":                    noTLS + ", and the listener that the test adds is one",
	"GatewaySecretInvalidReferenceGrant":        noTLS,
	"GatewaySecretMissingReferenceGrant":        noTLS,
	"GatewaySecretReferenceGrantAllInNamespace": noTLS,
	"GatewaySecretReferenceGrantSpecific":       noTLS,
	"GatewayWithAttachedRoutes":                 noTLS + ", and the routes of one are counted",
	"HTTPRouteHTTPSListener":                    noTLS,
	"HTTPRouteRedirectPortAndScheme":            noTLS + ", and the redirects of one are tested",
}

func exceptionNames() []string { return slices.Sorted(maps.Keys(exceptions)) }
