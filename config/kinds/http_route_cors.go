package kinds

import (
	"regexp"
	"slices"
	"strings"

	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/zclconf/go-cty/cty"
)

var corsSchema = schema.Block{
	Type: "cors", Max: 1,
	Doc: "Which pages of other origins may send requests. The gateway answers browsers that ask (preflight requests), and says it in the responses.",
	Body: schema.Body{Attrs: []schema.Attr{
		{Name: "allow_origins", Type: cty.List(cty.String), Doc: "Origins such as `https://shop.example.com`, `https://*.example.com` (any depth) or `http://localhost:3000`; `[\"*\"]` is all. At most 64."},
		{Name: "allow_methods", Type: cty.List(cty.String), OneOf: append(slices.Clip(methods), "*"), Doc: "Methods besides GET, HEAD and POST, which are always allowed; `[\"*\"]` is all."},
		{Name: "allow_headers", Type: cty.List(cty.String), Doc: "Headers that requests may have; `[\"*\"]` is all. At most 64."},
		{Name: "expose_headers", Type: cty.List(cty.String), Doc: "Headers of the response that scripts may read. At most 64."},
		{Name: "allow_credentials", Type: cty.Bool, Default: "false", Doc: "Whether requests may have cookies and other credentials."},
		{Name: "max_age", Type: cty.Number, Default: "5", Doc: "For how many seconds browsers remember the answer."},
	}},
}

var corsLists = []struct{ arg, field, what string }{
	{"allow_origins", "allowOrigins", "an origin is http:// or https://, a host that may begin with \"*.\" or be \"*\", and a port if it is not the scheme's; or \"*\" alone"},
	{"allow_methods", "allowMethods", "a method in capitals, or \"*\" alone"},
	{"allow_headers", "allowHeaders", "a name of a header has letters, digits and any of !#$%&'*+-.^_`|~"},
	{"expose_headers", "exposeHeaders", "a name of a header has letters, digits and any of !#$%&'*+-.^_`|~"},
}

var corsOrigin = regexp.MustCompile(`^(\*|https?://((\*\.)?([a-zA-Z0-9-]+\.)*[a-zA-Z0-9-]+|\*)(:[0-9]{1,5})?)$`)

func encodeCORS(b *resource.Block, out Field) {
	f := out.f
	for _, l := range corsLists {
		values, a := f.texts(b, l.arg)
		if len(values) == 0 {
			continue
		}
		before := len(f.diags)
		seen := make(map[string]bool, len(values))
		for i, v := range values {
			by := fromIndex(a, i)
			switch {
			case seen[v]:
				f.Errorf(by.at, "Name used twice", "%q is in %s already. Remove one.", v, l.arg)
			case v == "*" && len(values) > 1 && l.arg != "expose_headers":
				f.Errorf(by.at, "All and some", "%s has \"*\", which is all, and others. Write [\"*\"] alone, or leave it out.", l.arg)
			case l.arg == "allow_origins" && !corsOrigin.MatchString(v), strings.HasSuffix(l.arg, "_headers") && !headerName().MatchString(v):
				f.Errorf(by.at, "Invalid "+strings.TrimSuffix(l.arg[strings.IndexByte(l.arg, '_')+1:], "s"), "%s is %q; %s.", by, v, l.what)
			}
			seen[v] = true
		}
		if len(f.diags) == before {
			out.Strings(l.field, values, a)
		}
	}
	if allowed, a := f.flag(b, "allow_credentials"); a != nil {
		out.Set("allowCredentials", allowed, from(a))
	}
	if seconds, a := f.number(b, "max_age"); a != nil {
		if seconds < 1 || seconds > 1<<31-1 {
			f.Errorf(a.Range, "Invalid max_age", "max_age is %d; it is a number of seconds, 1 to 2147483647.", seconds)
			return
		}
		out.Set("maxAge", seconds, from(a))
	}
}

func decodeCORS(p fields, b *resource.Block, _ home) {
	for _, l := range corsLists {
		if values := list[string](p, l.field); len(values) > 0 {
			set(b, l.arg, values)
		}
	}
	if allowed, ok := take[bool](p, "allowCredentials"); ok {
		set(b, "allow_credentials", allowed)
	}
	if seconds, ok := p.number("maxAge"); ok && seconds != 5 {
		set(b, "max_age", seconds)
	}
}
