package kinds

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/zclconf/go-cty/cty"
)

// Filters stand in one list in the object, each with a type; in HCL each is a
// block of its own, in the order in which they stand there.

func headersSchema(typ, doc string) schema.Block {
	return schema.Block{
		Type: typ, Max: 1, Doc: doc,
		Body: schema.Body{Attrs: []schema.Attr{
			{Name: "set", Type: cty.Map(cty.String), Doc: "Headers that replace what is there."},
			{Name: "add", Type: cty.Map(cty.String), Doc: "Headers that come on top of what is there."},
			{Name: "remove", Type: cty.List(cty.String), Doc: "Names of headers that go."},
		}},
	}
}

var redirectSchema = schema.Block{
	Type: "redirect", Max: 1,
	Doc: "Answer with another location. What is not set stays as in the request. A rule redirects or forwards, not both.",
	Body: schema.Body{Attrs: []schema.Attr{
		{Name: "scheme", Type: cty.String, OneOf: []string{"http", "https"}, Doc: "The scheme."},
		{Name: "hostname", Type: cty.String, Doc: "The host."},
		{Name: "port", Type: cty.Number, Default: "the scheme's, if scheme is set, else the listener's", Doc: "The port."},
		{Name: "path", Type: cty.String, Doc: "The whole path. Not with `path_prefix`."},
		{Name: "path_prefix", Type: cty.String, Doc: "What replaces the prefix that the rule's only match has in `path_prefix`."},
		{Name: "code", Type: cty.Number, Default: "302", Doc: "The status: 301, 302, 303, 307 or 308."},
	}},
}

var rewriteSchema = schema.Block{
	Type: "rewrite", Max: 1,
	Doc: "Change the request before it is forwarded.",
	Body: schema.Body{Attrs: []schema.Attr{
		{Name: "hostname", Type: cty.String, Doc: "The Host header."},
		{Name: "path", Type: cty.String, Doc: "The whole path. Not with `path_prefix`."},
		{Name: "path_prefix", Type: cty.String, Doc: "What replaces the prefix that the rule's only match has in `path_prefix`."},
	}},
}

// filter is one block type and how it stands in the list.
type filter struct {
	block, typ, field string
	encode            func(b *resource.Block, out Field)
	decode            func(p fields, b *resource.Block, in home)
}

var forwardFilters = []filter{
	{"request_headers", "RequestHeaderModifier", "requestHeaderModifier", encodeHeaders, decodeHeaders},
	{"response_headers", "ResponseHeaderModifier", "responseHeaderModifier", encodeHeaders, decodeHeaders},
	{"rewrite", "URLRewrite", "urlRewrite", encodeRewrite, decodeRewrite},
	{"mirror", "RequestMirror", "requestMirror", encodeMirror, decodeMirror},
	{"cors", "CORS", "cors", encodeCORS, decodeCORS},
}

var ruleFilters = append(slices.Clip(forwardFilters),
	filter{"external_auth", "ExternalAuth", "externalAuth", encodeAuth, decodeAuth},
	filter{"redirect", "RequestRedirect", "requestRedirect", encodeRedirect, decodeRedirect},
)

// encodeFilters writes the blocks of b that are filters into a list of p.
func encodeFilters(b *resource.Block, filters []filter, p Field) {
	for _, n := range b.Blocks {
		i := slices.IndexFunc(filters, func(f filter) bool { return f.block == n.Type })
		if i < 0 {
			continue
		}
		item := p.Item("filters", within(n))
		item.Set("type", filters[i].typ, within(n))
		filters[i].encode(n, item.Map(filters[i].field, within(n)))
	}
}

// decodeFilters is the way back. From the first filter on that has no words
// they all stay, since what stays comes behind what has words: so their order
// is kept.
func decodeFilters(p fields, filters []filter, in home) []*resource.Block {
	all, _ := p.left["filters"].([]any)
	delete(p.left, "filters")
	var blocks []*resource.Block
	keys := make(map[string]int)
	for i, v := range all {
		b := decodeFilter(fieldsOf(v), filters, in)
		if b == nil || b.Key == "" && slices.ContainsFunc(blocks, func(have *resource.Block) bool { return have.Type == b.Type }) {
			p.keep("filters", all[i:])
			break
		}
		if b.Key != "" {
			b.Key = unique(keys, b.Key)
		}
		blocks = append(blocks, b)
	}
	return blocks
}

func decodeFilter(item fields, filters []filter, in home) *resource.Block {
	typ := item.text("type")
	for _, filter := range filters {
		if filter.typ != typ {
			continue
		}
		sub := item.sub(filter.field)
		if sub.left == nil {
			return nil
		}
		b := &resource.Block{Type: filter.block}
		filter.decode(sub, b, in)
		item.put(filter.field, sub)
		if len(item.left) == 0 {
			return b
		}
	}
	return nil
}

func encodeHeaders(b *resource.Block, out Field) {
	f := out.f
	changed := make(map[string]string) // name -> the argument that has it
	for _, arg := range []string{"set", "add"} {
		entries, a := f.textEntries(b, arg)
		for _, e := range distinct(f, entries, a, strings.ToLower) {
			by := fromKey(a, e.key)
			checkHeader(f, changed, e.key, arg, by)
			item := out.Item(arg, by)
			item.Set("name", e.key, by)
			item.Set("value", e.value, by)
		}
	}
	if remove, a := f.texts(b, "remove"); len(remove) > 0 {
		out.Strings("remove", remove, a)
		for i, name := range remove {
			by := fromIndex(a, i)
			if !headerName().MatchString(name) {
				f.Errorf(by.at, "Invalid header", "%s is %q; a name of a header has letters, digits and any of !#$%%&'*+-.^_`|~.", by, name)
				continue
			}
			checkHeader(f, changed, name, "remove", by)
		}
	}
}

var headerName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile("^[A-Za-z0-9!#$%&'*+\\-.^_`|~]+$") })

// checkHeader refuses changes that Envoy does not make, or of which nobody can
// say in which order they come.
func checkHeader(f *Fragment, changed map[string]string, name, arg string, by source) {
	lower := strings.ToLower(name)
	other, twice := changed[lower]
	switch {
	case lower == "host":
		f.Errorf(by.at, "Host as a header", "%s: Envoy does not change the Host header like others. Write rewrite { hostname = \"...\" } in the rule.", by)
	case twice && other != arg:
		f.Errorf(by.at, "Header changed twice", "%q is in %s and in %s. Keep it in one of them.", name, other, arg)
	}
	changed[lower] = arg
}

func decodeHeaders(p fields, b *resource.Block, _ home) {
	for _, arg := range []string{"set", "add"} {
		list, _ := p.left[arg].([]any)
		out := make(map[string]any, len(list))
		for _, v := range list {
			h := fieldsOf(v)
			name, value := h.text("name"), h.text("value")
			if _, twice := out[name]; twice || name == "" || len(h.left) > 0 {
				out = nil
				break
			}
			out[name] = value
		}
		if out == nil {
			continue
		}
		delete(p.left, arg)
		if len(out) > 0 {
			set(b, arg, out)
		}
	}
	if remove := list[string](p, "remove"); len(remove) > 0 {
		set(b, "remove", remove)
	}
}

func encodeRedirect(b *resource.Block, out Field) {
	f := out.f
	for _, arg := range []string{"scheme", "hostname"} {
		if value, a := f.text(b, arg); a != nil {
			out.Set(arg, value, from(a))
		}
	}
	encodeNewPath(b, out)
	if port, a := f.number(b, "port"); a != nil {
		out.Set("port", port, from(a))
	}
	if code, a := f.number(b, "code"); a != nil {
		out.Set("statusCode", code, from(a))
	}
}

func decodeRedirect(p fields, b *resource.Block, _ home) {
	for _, arg := range []string{"scheme", "hostname"} {
		if value := p.text(arg); value != "" {
			set(b, arg, value)
		}
	}
	if port, ok := p.number("port"); ok {
		set(b, "port", port)
	}
	decodeNewPath(p, b)
	if code, ok := p.number("statusCode"); ok && code != 302 {
		set(b, "code", code)
	}
}

func encodeRewrite(b *resource.Block, out Field) {
	if hostname, a := out.f.text(b, "hostname"); a != nil {
		out.Set("hostname", hostname, from(a))
	}
	encodeNewPath(b, out)
}

func decodeRewrite(p fields, b *resource.Block, _ home) {
	if hostname := p.text("hostname"); hostname != "" {
		set(b, "hostname", hostname)
	}
	decodeNewPath(p, b)
}

// newPaths are the arguments that replace a path.
var newPaths = []struct{ arg, typ, field string }{
	{"path", "ReplaceFullPath", "replaceFullPath"}, {"path_prefix", "ReplacePrefixMatch", "replacePrefixMatch"},
}

func encodeNewPath(b *resource.Block, out Field) {
	var first *resource.Attr
	for _, kind := range newPaths {
		value, a := out.f.text(b, kind.arg)
		if a == nil {
			continue
		}
		if first != nil {
			out.f.Errorf(a.Range, "Two new paths", "A %s has path or path_prefix, not both.", b.Type)
			return
		}
		first = a
		if !validNewPath(value) {
			out.f.Errorf(a.Range, "Invalid path", "%s is %q. A path begins with \"/\" and has neither \"?\", \"#\" nor control characters.", a.Name, value)
		}
		path := out.Map("path", from(a))
		path.Set("type", kind.typ, from(a))
		path.Set(kind.field, value, from(a))
	}
}

// validNewPath takes "" as well: it stands for "/", and for a prefix that goes.
func validNewPath(path string) bool {
	control := func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }
	return (path == "" || path[0] == '/') && !strings.ContainsAny(path, "?#") && !strings.ContainsFunc(path, control)
}

func decodeNewPath(p fields, b *resource.Block) {
	path := p.sub("path")
	typ := path.text("type")
	for _, kind := range newPaths {
		if value, ok := path.left[kind.field].(string); ok && kind.typ == typ {
			delete(path.left, kind.field)
			set(b, kind.arg, value)
			p.put("path", path)
		}
	}
}
