package kinds

import (
	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/zclconf/go-cty/cty"
)

var sessionSchema = schema.Block{
	Type: "session_persistence", Max: 1,
	Doc: "Send the requests of one client to the endpoint that answered its first one, as long as that one is there.",
	Body: schema.Body{Attrs: []schema.Attr{
		{Name: "type", Type: cty.String, Default: `"Cookie"`, OneOf: []string{"Cookie", "Header"}, Doc: "How clients say which session is theirs: by a cookie, or by a header that they repeat."},
		{Name: "session_name", Type: cty.String, Default: "one of the rule's own", Doc: "Name of the cookie or header, at most 128 characters. No other rule should use it."},
		{Name: "absolute_timeout", Type: cty.String, Doc: "When a session ends in any case, such as `1h`."},
		{Name: "cookie_lifetime", Type: cty.String, Default: `"Session"`, OneOf: []string{"Session", "Permanent"}, Doc: "Whether the cookie goes when the browser is closed, or after `absolute_timeout`."},
	}},
}

func encodeSession(b *resource.Block, rule Field) {
	f := rule.f
	out := rule.Map("sessionPersistence", within(b))
	typ, a := f.text(b, "type")
	if a != nil {
		out.Set("type", typ, from(a))
	}
	if name, a := f.text(b, "session_name"); a != nil {
		if !headerName().MatchString(name) || len(name) > 128 {
			f.Errorf(a.Range, "Invalid session_name", "session_name is %q; a name of a cookie or a header has 1 to 128 letters, digits and any of !#$%%&'*+-.^_`|~.", name)
		}
		out.Set("sessionName", name, from(a))
	}
	_, _, timeout := f.duration(b, "absolute_timeout")
	if timeout != nil {
		out.Set("absoluteTimeout", timeout.Value, from(timeout))
	}
	lifetime, a := f.text(b, "cookie_lifetime")
	switch {
	case a == nil:
		return
	case typ == "Header":
		f.Errorf(a.Range, "A cookie without a cookie", "cookie_lifetime is for sessions in cookies, and type is \"Header\". Remove one of the two.")
		return
	case lifetime == "Permanent" && argument(b, "absolute_timeout") == nil:
		f.Errorf(a.Range, "Cookie without an end", "A permanent cookie needs an end: write absolute_timeout = \"24h\", or how long it should be.")
		return
	}
	out.Map("cookieConfig", from(a)).Set("lifetimeType", lifetime, from(a))
}

func decodeSession(p fields) []*resource.Block {
	in := p.sub("sessionPersistence")
	if in.left == nil {
		return nil
	}
	b := &resource.Block{Type: "session_persistence"}
	if typ := in.text("type"); typ != "" && typ != "Cookie" {
		set(b, "type", typ)
	}
	for _, arg := range []struct{ arg, field string }{{"session_name", "sessionName"}, {"absolute_timeout", "absoluteTimeout"}} {
		if value := in.text(arg.field); value != "" {
			set(b, arg.arg, value)
		}
	}
	if cookie := in.sub("cookieConfig"); cookie.left != nil {
		lifetime := cookie.text("lifetimeType")
		if lifetime == "" {
			lifetime = "Session"
		}
		set(b, "cookie_lifetime", lifetime)
		in.put("cookieConfig", cookie)
	}
	p.put("sessionPersistence", in)
	return []*resource.Block{b}
}
