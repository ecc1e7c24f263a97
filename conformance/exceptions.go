package conformance

import (
	"maps"
	"slices"
)

// exceptions are the tests of supported features that cannot pass yet. They are
// left out of the run, listed in docs/conformance with their reasons, and
// TestExceptionsStillFail finds those that would pass.
var exceptions = map[string]string{}

func exceptionNames() []string { return slices.Sorted(maps.Keys(exceptions)) }
