package kinds

import (
	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/zclconf/go-cty/cty"
)

var authSchema = schema.Block{
	Type: "external_auth", Max: 1,
	Doc: "Ask another server about each request before it goes on: it goes on if that one answers with 200, or over gRPC with OK. Experimental in the Gateway API.",
	Body: schema.Body{Attrs: []schema.Attr{
		{Name: "to", Type: schema.Ref, Refs: []string{"backend"}, Required: true, Doc: "The server, written as in `forward`."},
		{Name: "protocol", Type: cty.String, Default: `"HTTP"`, OneOf: []string{"HTTP", "GRPC"}, Doc: "What it speaks: HTTP, or Envoy's protocol `ext_authz` over gRPC."},
		{Name: "path", Type: cty.String, Doc: "What is put before the path of the request that it is asked about. Over HTTP."},
		{Name: "allowed_headers", Type: cty.List(cty.String), Default: "over gRPC all, over HTTP none", Doc: "Headers of the request that it is told of; over HTTP besides Host, Content-Length and Authorization. At most 64."},
		{Name: "allowed_response_headers", Type: cty.List(cty.String), Default: "all but Host", Doc: "Headers of its answer that the request goes on with. Over HTTP. At most 64."},
		{Name: "forward_body", Type: cty.Number, Default: "0", Doc: "How many bytes of the request's body it is told of, at most 65535."},
	}},
}

// authLists are the arguments of both protocols, which the object has apart.
var authLists = []struct{ arg, field string }{
	{"allowed_headers", "allowedHeaders"}, {"allowed_response_headers", "allowedResponseHeaders"},
}

// authSettings are where the object has what belongs to a protocol.
var authSettings = map[string]string{"HTTP": "http", "GRPC": "grpc"}

func encodeAuth(b *resource.Block, out Field) {
	f := out.f
	if ref, a := backendRef(b, f); a != nil {
		encodeBackendRef(ref, a, out.Map("backendRef", from(a)))
	}
	protocol, a := f.text(b, "protocol")
	if a == nil {
		protocol = "HTTP"
		out.Set("protocol", protocol, within(b))
	} else {
		out.Set("protocol", protocol, from(a))
	}
	settings, known := authSettings[protocol]
	if !known {
		f.Errorf(a.Range, "Invalid protocol", "protocol is %q; allowed are \"HTTP\" and \"GRPC\".", protocol)
		return
	}
	of := out.Map(settings, within(b)) // the schema wants it, empty as it may be
	onlyHTTP := func(a *resource.Attr) bool {
		if protocol != "HTTP" {
			f.Errorf(a.Range, "Argument without effect", "%s is for a server that speaks HTTP, and protocol is %q. Remove one of the two.", a.Name, protocol)
		}
		return protocol == "HTTP"
	}
	if path, a := f.text(b, "path"); a != nil && onlyHTTP(a) {
		of.Set("path", path, from(a))
	}
	for _, l := range authLists {
		values, a := f.texts(b, l.arg)
		if len(values) == 0 || l.arg == "allowed_response_headers" && !onlyHTTP(a) {
			continue
		}
		for i, v := range values {
			if by := fromIndex(a, i); !headerName().MatchString(v) {
				f.Errorf(by.at, "Invalid header", "%s is %q; a name of a header has letters, digits and any of !#$%%&'*+-.^_`|~.", by, v)
			}
		}
		of.Strings(l.field, values, a)
	}
	if size, a := f.number(b, "forward_body"); a != nil {
		if size < 0 || size > 1<<16-1 {
			f.Errorf(a.Range, "Invalid forward_body", "forward_body is %d; it is a number of bytes, 0 to 65535.", size)
			return
		}
		out.Map("forwardBody", from(a)).Set("maxSize", size, from(a))
	}
}

func decodeAuth(p fields, b *resource.Block, in home) {
	target := p.sub("backendRef")
	ref := decodeBackendRef(target, in)
	p.put("backendRef", target)
	set(b, "to", ref)
	protocol := p.text("protocol")
	if protocol != "HTTP" && protocol != "" {
		set(b, "protocol", protocol)
	}
	if settings := p.sub(authSettings[protocol]); settings.left != nil {
		if path, ok := settings.left["path"].(string); ok && protocol == "HTTP" {
			set(b, "path", path)
			delete(settings.left, "path")
		}
		for _, l := range authLists {
			if protocol != "HTTP" && l.arg == "allowed_response_headers" {
				continue
			}
			if values := list[string](settings, l.field); len(values) > 0 {
				set(b, l.arg, values)
			}
		}
		p.put(authSettings[protocol], settings)
	}
	if body := p.sub("forwardBody"); len(body.left) > 0 {
		if size, ok := body.number("maxSize"); ok {
			set(b, "forward_body", size)
		}
		p.put("forwardBody", body)
	}
}
