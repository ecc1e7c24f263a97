package translate

import (
	"regexp"
	"slices"
	"strings"

	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// cors says which pages of other origins may send requests.
type cors struct {
	origins     []valueMatch // of the Origin header
	methods     []string
	headers     []string
	expose      []string
	credentials bool
	maxAge      int32 // seconds
}

// defaultMaxAge is the specification's.
const defaultMaxAge = 5

func decodeCORS(d *decoding, path string, in *gatewayv1.HTTPCORSFilter) *cors {
	c := &cors{credentials: value(in.AllowCredentials, false), maxAge: in.MaxAge}
	if c.maxAge == 0 {
		c.maxAge = defaultMaxAge
	}
	if c.maxAge < 0 {
		d.problem(path+".maxAge", "%d is no number of seconds: allowed is 1 and more", c.maxAge)
	}
	for i, o := range in.AllowOrigins {
		origin, ok := decodeOrigin(string(o))
		if !ok {
			d.problem(index(path+".allowOrigins", i), "%q is no origin: allowed are *, and http:// or https:// with a host, which may begin with a wildcard, and a port", o)
			continue
		}
		c.origins = append(c.origins, origin)
	}
	for i, m := range in.AllowMethods {
		if !slices.Contains(corsMethods, string(m)) {
			d.problem(index(path+".allowMethods", i), "method %q is not supported: allowed are %s", m, strings.Join(corsMethods, ", "))
		}
		c.methods = append(c.methods, string(m))
	}
	names := func(field string, in []gatewayv1.HTTPHeaderName) []string {
		var out []string
		for i, h := range in {
			if !validHeaderName(string(h)) { // which "*" is as well
				d.problem(index(path+"."+field, i), "%q is no name of a header", h)
			}
			out = append(out, string(h))
		}
		return out
	}
	c.headers = names("allowHeaders", in.AllowHeaders)
	c.expose = names("exposeHeaders", in.ExposeHeaders)
	if c.credentials { // with them a wildcard is none, and the specification forbids it
		c.expose = slices.DeleteFunc(c.expose, func(h string) bool { return h == "*" })
	}
	return c
}

var corsMethods = []string{"*", "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"}

var originFormat = regexp.MustCompile(`^(https?)://(\*|(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*)(:[0-9]{1,5})?$`)

// decodeOrigin reads an origin as the specification has it. Browsers write
// hosts in lower case, and no port that goes without saying.
func decodeOrigin(origin string) (valueMatch, bool) {
	if origin == "*" {
		return valueMatch{value: ".*", regex: true}, true
	}
	parts := originFormat.FindStringSubmatch(strings.ToLower(origin))
	if parts == nil {
		return valueMatch{}, false
	}
	scheme, host, port := parts[1], parts[2], parts[3]
	if scheme == "http" && port == ":80" || scheme == "https" && port == ":443" {
		port = ""
	}
	rest, wildcard := strings.CutPrefix(host, "*")
	if !wildcard {
		return valueMatch{value: scheme + "://" + host + port}, true
	}
	return valueMatch{value: scheme + "://[^/:]+" + regexp.QuoteMeta(rest+port), regex: true}, true
}
