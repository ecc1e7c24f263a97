package translate

import (
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"

	"github.com/gwctl/gwctl/internal/hostname"
)

// redirectCodes are the allowed answers.
var redirectCodes = map[int]routev3.RedirectAction_RedirectResponseCode{
	301: routev3.RedirectAction_MOVED_PERMANENTLY,
	302: routev3.RedirectAction_FOUND,
	303: routev3.RedirectAction_SEE_OTHER,
	307: routev3.RedirectAction_TEMPORARY_REDIRECT,
	308: routev3.RedirectAction_PERMANENT_REDIRECT,
}

var wellKnownPorts = map[string]int32{"http": 80, "https": 443}

// redirectPort returns the port of the new URL, and whether it goes without
// saying.
func redirectPort(r *redirect, l face) (port int32, implied bool) {
	scheme := r.scheme
	switch {
	case r.port != 0:
		port = r.port
	case scheme != "":
		port = wellKnownPorts[scheme]
	default:
		port = l.port
	}
	if scheme == "" {
		scheme = l.scheme
	}
	return port, wellKnownPorts[scheme] == port
}

func redirectAction(r *redirect, prefix string) *routev3.RedirectAction {
	out := &routev3.RedirectAction{HostRedirect: r.hostname, ResponseCode: redirectCodes[r.code]}
	if r.scheme != "" {
		out.SchemeRewriteSpecifier = &routev3.RedirectAction_SchemeRedirect{SchemeRedirect: r.scheme}
	}
	if r.path == nil {
		return out
	}
	if !r.path.prefix {
		out.PathRewriteSpecifier = &routev3.RedirectAction_PathRedirect{PathRedirect: r.path.value}
		return out
	}
	switch edit := prefixEdit(prefix, r.path.value); {
	case edit.prefix != "":
		out.PathRewriteSpecifier = &routev3.RedirectAction_PrefixRewrite{PrefixRewrite: edit.prefix}
	case edit.regex != nil:
		out.PathRewriteSpecifier = &routev3.RedirectAction_RegexRewrite{RegexRewrite: edit.regex}
	}
	return out
}

// redirectRoutes builds a redirect for the requests of one hostname. Envoy
// keeps the port of the Host header unless it is given a port, which it then
// always writes, or a host. So a port that goes without saying is left out by
// giving the host where it is known; where it is not, because the hostname has
// a wildcard, and the client sent a port, the right one is written out.
func redirectRoutes(r *redirect, m *match, host string, l face) []*routev3.Route {
	action := redirectAction(r, m.path.value)
	out := &routev3.Route{Match: routeMatch(m), Action: &routev3.Route_Redirect{Redirect: action}}
	port, implied := redirectPort(r, l)
	switch {
	case !implied:
		action.PortRedirect = uint32(port)
	case r.hostname != "":
	case hostname.Exact(host):
		action.HostRedirect = host
	default:
		action := redirectAction(r, m.path.value)
		action.PortRedirect = uint32(port)
		withPort := &routev3.Route{Match: routeMatch(m), Action: &routev3.Route_Redirect{Redirect: action}}
		withPort.Match.Headers = append(withPort.Match.Headers, headerMatcher(valueMatch{name: ":authority", value: ".*:[0-9]+", regex: true}))
		return []*routev3.Route{withPort, out}
	}
	return []*routev3.Route{out}
}

// dependsOnHost reports whether a redirect is another one for each hostname.
func dependsOnHost(r *redirect, l face) bool {
	_, implied := redirectPort(r, l)
	return implied && r.hostname == ""
}
