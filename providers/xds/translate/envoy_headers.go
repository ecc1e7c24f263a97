package translate

import (
	"strings"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
)

// headerOptions returns what to add and set; what to remove is a list of names
// in Envoy as well.
func headerOptions(c headerChange) []*corev3.HeaderValueOption {
	var out []*corev3.HeaderValueOption
	option := func(h header, action corev3.HeaderValueOption_HeaderAppendAction) {
		out = append(out, &corev3.HeaderValueOption{
			Header:       &corev3.HeaderValue{Key: h.name, Value: literal(h.value)},
			AppendAction: action,
			// An empty value is what was asked for, not the absence of one.
			KeepEmptyValue: h.value == "",
		})
	}
	for _, h := range c.set {
		option(h, corev3.HeaderValueOption_OVERWRITE_IF_EXISTS_OR_ADD)
	}
	for _, h := range c.add {
		option(h, corev3.HeaderValueOption_APPEND_IF_EXISTS_OR_ADD)
	}
	return out
}

// literal escapes what Envoy would take for a substitution.
func literal(value string) string { return strings.ReplaceAll(value, "%", "%%") }
