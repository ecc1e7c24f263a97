package translate

import (
	"slices"
	"strings"

	"github.com/gwctl/gwctl/internal/hostname"

	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// redirect is the answer of a rule that sends clients elsewhere.
type redirect struct {
	scheme, hostname string // "": as in the request
	port             int32  // 0: not given
	path             *pathChange
	code             int
}

// rewrite changes requests on their way to the backend.
type rewrite struct {
	hostname string // "": as in the request
	path     *pathChange
}

// pathChange puts value in the place of the whole path, or of the prefix that
// matched.
type pathChange struct {
	prefix bool
	value  string
}

// filters is what happens to the requests of a rule, or to those that one of
// its backends gets, and to their responses.
type filters struct {
	request  headerChange
	response headerChange
	redirect *redirect
	rewrite  *rewrite
	mirrors  []mirror
	cors     *cors
	auth     *auth
}

// decodeFilters decodes the filters of a rule or of a backend in it.
func decodeFilters(d *decoding, at string, matches []match, in []gatewayv1.HTTPRouteFilter) filters {
	var out filters
	seen := map[gatewayv1.HTTPRouteFilterType]bool{}
	for i := range in {
		path, typ := index(at+".filters", i), in[i].Type
		if seen[typ] && typ != gatewayv1.HTTPRouteFilterRequestMirror {
			d.problem(path, "a list has at most one filter of type %s", typ)
			continue
		}
		seen[typ] = true
		decodeFilter(d, &out, path, &in[i])
	}
	if out.redirect != nil && out.rewrite != nil {
		d.problem(at+".filters", "a rule either redirects or rewrites: remove one of the two filters")
	}
	for _, c := range []*pathChange{pathOf(out.redirect), rewritePathOf(out.rewrite)} {
		if c != nil && c.prefix && slices.ContainsFunc(matches, func(m match) bool { return m.path.kind != pathPrefix }) {
			d.problem(at+".filters", "ReplacePrefixMatch needs a prefix: all matches of the rule must be of type PathPrefix")
		}
	}
	return out
}

func pathOf(r *redirect) *pathChange {
	if r == nil {
		return nil
	}
	return r.path
}

func rewritePathOf(r *rewrite) *pathChange {
	if r == nil {
		return nil
	}
	return r.path
}

func decodeFilter(d *decoding, r *filters, path string, in *gatewayv1.HTTPRouteFilter) {
	missing := func(field string) {
		d.problem(path+"."+field, "a filter of type %s needs the field %s", in.Type, field)
	}
	switch in.Type {
	case gatewayv1.HTTPRouteFilterRequestHeaderModifier:
		if in.RequestHeaderModifier == nil {
			missing("requestHeaderModifier")
			return
		}
		r.request = decodeHeaders(d, path+".requestHeaderModifier", in.RequestHeaderModifier)
	case gatewayv1.HTTPRouteFilterResponseHeaderModifier:
		if in.ResponseHeaderModifier == nil {
			missing("responseHeaderModifier")
			return
		}
		r.response = decodeHeaders(d, path+".responseHeaderModifier", in.ResponseHeaderModifier)
	case gatewayv1.HTTPRouteFilterRequestRedirect:
		if in.RequestRedirect == nil {
			missing("requestRedirect")
			return
		}
		r.redirect = decodeRedirect(d, path+".requestRedirect", in.RequestRedirect)
	case gatewayv1.HTTPRouteFilterURLRewrite:
		if in.URLRewrite == nil {
			missing("urlRewrite")
			return
		}
		path += ".urlRewrite"
		r.rewrite = &rewrite{
			hostname: decodePreciseHostname(d, path+".hostname", in.URLRewrite.Hostname),
			path:     decodePathChange(d, path+".path", in.URLRewrite.Path),
		}
	case gatewayv1.HTTPRouteFilterRequestMirror:
		if in.RequestMirror == nil {
			missing("requestMirror")
			return
		}
		r.mirrors = append(r.mirrors, decodeMirror(d, path+".requestMirror", in.RequestMirror))
	case gatewayv1.HTTPRouteFilterCORS:
		if in.CORS == nil {
			missing("cors")
			return
		}
		r.cors = decodeCORS(d, path+".cors", in.CORS)
	case gatewayv1.HTTPRouteFilterExternalAuth:
		if in.ExternalAuth == nil {
			missing("externalAuth")
			return
		}
		r.auth = decodeAuth(d, path+".externalAuth", in.ExternalAuth)
	default:
		d.problem(path+".type", "filters of type %q are not supported by the xDS server: allowed are RequestHeaderModifier, ResponseHeaderModifier, RequestRedirect, URLRewrite, RequestMirror, CORS and ExternalAuth", in.Type)
	}
}

// decodeHeaders leaves out a name that a list has already, as the
// specification wants; a name in two lists is a problem.
func decodeHeaders(d *decoding, path string, in *gatewayv1.HTTPHeaderFilter) headerChange {
	var out headerChange
	list := map[string]string{}
	take := func(action string, i int, name string) (string, bool) {
		lower, at := strings.ToLower(name), index(path+"."+action, i)
		switch other := list[lower]; {
		case !validHeaderName(name):
			d.problem(at, "%q is no name of a header", name)
		case lower == "host":
			d.problem(at, "the Host header is changed by a URLRewrite filter with a hostname, not as a header")
		case other == "":
			list[lower] = action
			return lower, true
		case other != action:
			d.problem(at, "header %q is in %s and in %s: it can be in one of them", name, other, action)
		}
		return "", false
	}
	values := func(action string, headers []gatewayv1.HTTPHeader) (out []header) {
		for i, h := range headers {
			name, ok := take(action, i, string(h.Name))
			switch {
			case !ok:
			case !printable(h.Value):
				d.problem(index(path+"."+action, i)+".value", "the value of header %q has control characters", h.Name)
			default:
				out = append(out, header{name, h.Value})
			}
		}
		return out
	}
	out.set = values("set", in.Set)
	out.add = values("add", in.Add)
	for i, name := range in.Remove {
		if name, ok := take("remove", i, name); ok {
			out.remove = append(out.remove, name)
		}
	}
	return out
}

func decodeRedirect(d *decoding, path string, in *gatewayv1.HTTPRequestRedirectFilter) *redirect {
	r := &redirect{
		scheme:   value(in.Scheme, ""),
		hostname: decodePreciseHostname(d, path+".hostname", in.Hostname),
		path:     decodePathChange(d, path+".path", in.Path),
		port:     value(in.Port, 0),
		code:     value(in.StatusCode, 302),
	}
	if in.Scheme != nil && r.scheme != "http" && r.scheme != "https" {
		d.problem(path+".scheme", "%q is not supported: allowed are http and https", r.scheme)
	}
	if in.Port != nil && (r.port < 1 || r.port > 65535) {
		d.problem(path+".port", "%d is no port: allowed is 1 to 65535", r.port)
	}
	if _, ok := redirectCodes[r.code]; !ok {
		d.problem(path+".statusCode", "%d is not supported: allowed are 301, 302, 303, 307 and 308", r.code)
	}
	return r
}

func decodePreciseHostname(d *decoding, path string, in *gatewayv1.PreciseHostname) string {
	if in == nil {
		return ""
	}
	name := normalizeHostname(string(*in))
	if !validHostname(name) || !hostname.Exact(name) {
		d.problem(path, "%q is no hostname: allowed are names without a wildcard, such as shop.example.com", *in)
		return ""
	}
	return name
}

func decodePathChange(d *decoding, path string, in *gatewayv1.HTTPPathModifier) *pathChange {
	if in == nil {
		return nil
	}
	var c pathChange
	switch {
	case in.Type == gatewayv1.FullPathHTTPPathModifier && in.ReplaceFullPath != nil:
		path, c.value = path+".replaceFullPath", *in.ReplaceFullPath
		if c.value == "" {
			c.value = "/"
		}
	case in.Type == gatewayv1.PrefixMatchHTTPPathModifier && in.ReplacePrefixMatch != nil:
		path, c.prefix, c.value = path+".replacePrefixMatch", true, strings.TrimRight(*in.ReplacePrefixMatch, "/")
	default:
		d.problem(path, "a path is changed either by type ReplaceFullPath with replaceFullPath or by type ReplacePrefixMatch with replacePrefixMatch")
		return nil
	}
	if c.value != "" && !strings.HasPrefix(c.value, "/") || strings.ContainsAny(c.value, "?#") || !printable(c.value) {
		d.problem(path, "%q is no path: it begins with a slash and has neither ? nor #", c.value)
		return nil
	}
	return &c
}
