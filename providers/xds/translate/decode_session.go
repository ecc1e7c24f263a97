package translate

import (
	"fmt"
	"slices"
	"strings"
	"time"

	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// session keeps the requests of one client at one endpoint.
type session struct {
	name     string // of the cookie or the header
	header   bool
	path     string        // of the cookie
	lifetime time.Duration // of the cookie; 0: as long as the browser runs
}

func (r *rule) takeSession(d *decoding, path string, in *gatewayv1.SessionPersistence) {
	r.session = decodeSession(d, r, path, in)
	if shares := slices.DeleteFunc(slices.Clone(r.backends), func(b backendRef) bool { return b.weight == 0 }); len(shares) > 1 {
		d.problem(path, "Envoy keeps a session at an endpoint of one backend, and the rule splits requests among %d: give it one backend with all endpoints", len(shares))
	}
}

func decodeSession(d *decoding, r *rule, path string, in *gatewayv1.SessionPersistence) *session {
	s := &session{name: value(in.SessionName, fmt.Sprintf("gwctl-%s", digest([]byte(d.id.String() + "/" + r.label))[:8]))}
	if !validHeaderName(s.name) {
		d.problem(path+".sessionName", "%q is no name of a cookie or a header: allowed are letters, digits and any of !#$%%&'*+-.^_`|~", s.name)
	}
	timeout := decodeDuration(d, path+".absoluteTimeout", in.AbsoluteTimeout)
	permanent := false
	switch typ := value(in.Type, gatewayv1.CookieBasedSessionPersistence); typ {
	case gatewayv1.CookieBasedSessionPersistence:
		s.path = cookiePath(r.matches)
		if in.CookieConfig != nil {
			permanent = value(in.CookieConfig.LifetimeType, gatewayv1.SessionCookieLifetimeType) == gatewayv1.PermanentCookieLifetimeType
		}
	case gatewayv1.HeaderBasedSessionPersistence:
		s.header = true
		if in.CookieConfig != nil {
			d.problem(path+".cookieConfig", "a session by a header has no cookie: remove cookieConfig, or make type Cookie")
		}
	default:
		d.problem(path+".type", "sessions of type %q are not supported: allowed are Cookie and Header", typ)
	}
	switch {
	case permanent && (timeout == nil || *timeout < time.Second):
		d.problem(path+".absoluteTimeout", "a permanent cookie needs an absoluteTimeout of a second or more, which it ends after")
	case permanent:
		s.lifetime = *timeout
	case timeout != nil && s.header:
		d.problem(path+".absoluteTimeout", "Envoy cannot end a session that a header keeps: remove absoluteTimeout, or make type Cookie with a cookieConfig of lifetimeType Permanent")
	case timeout != nil:
		d.problem(path+".absoluteTimeout", "Envoy cannot end a session by a time that its cookie does not have: remove absoluteTimeout, or set lifetimeType Permanent in cookieConfig")
	}
	return s
}

// cookiePath is the longest path that all requests of some matches have in
// common, so that browsers send the cookie with each of them. A semicolon would end
// it.
func cookiePath(matches []match) string {
	var common []string
	for i, m := range matches {
		path := m.path.value
		if m.path.kind == pathRegex {
			path = path[:strings.LastIndexByte(path[:literalLength(path)], '/')+1]
		}
		parts := strings.Split(strings.TrimRight(path, "/"), "/")
		if i == 0 {
			common = parts
		}
		n := 0
		for n < len(common) && n < len(parts) && common[n] == parts[n] && !strings.Contains(parts[n], ";") {
			n++
		}
		common = common[:n]
	}
	if path := strings.Join(common, "/"); path != "" {
		return path
	}
	return "/"
}

// literalLength is how much of a regular expression stands for itself.
func literalLength(regex string) int {
	switch i := strings.IndexAny(regex, `\.+*?()|[]{}^$`); {
	case i < 0:
		return len(regex)
	case strings.Contains(regex, "|"): // the beginning may be one of several
		return 0
	default:
		return i
	}
}
