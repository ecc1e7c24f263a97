package kinds

import (
	"net/netip"
	"strings"

	"github.com/gwctl/gwctl/internal/policy"
	"github.com/gwctl/gwctl/internal/resource"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// encodeSelectors writes which requests a rule counts, and what it tells apart.
func encodeSelectors(rule *resource.Block, item Field, scope string) {
	selector := item.Item("clientSelectors", within(rule))
	for _, m := range rule.BlocksOf("match") {
		checkSaysSomething(m, "are counted", selector.f)
		encodeMatchedPath(m, selector)
		encodeMatchedMethods(m, selector, scope)
		encodeSelected(m, selector, false)
	}
	excepts := rule.BlocksOf("except")
	for _, m := range excepts {
		checkSaysSomething(m, "are not counted", selector.f)
		encodeExceptedPath(m, selector)
	}
	for _, m := range excepts {
		encodeExceptedMethods(m, selector)
	}
	for _, m := range excepts {
		encodeSelected(m, selector, true)
	}
	encodeDistinct(rule, selector)
}

func checkSaysSomething(m *resource.Block, what string, f *Fragment) {
	if len(m.Attrs) == 0 {
		f.Errorf(m.Range, "Empty "+m.Type, "The %s block says nothing. Remove it, or say which requests %s.", m.Type, what)
	}
}

func encodeMatchedPath(m *resource.Block, selector Field) {
	typ, value, a := onePath(m, selector.f)
	if a == nil || typ == "PathPrefix" && value == "/" {
		return
	}
	path := selector.Map("path", from(a))
	if typ != "PathPrefix" {
		typ, value = "RegularExpression", pathPattern(typ, value)
	}
	path.Set("type", typ, from(a))
	path.Set("value", value, from(a))
}

func encodeExceptedPath(m *resource.Block, selector Field) {
	typ, value, a := onePath(m, selector.f)
	if a == nil {
		return
	}
	if typ == "PathPrefix" && value == "/" {
		selector.f.Errorf(a.Range, "Limit on nothing", "Every path begins with \"/\", so that no request would be counted. Name the paths that are not to be counted.")
		return
	}
	encodeCondition(selector, "headers", policy.PathHeader, pathPattern(typ, value), true, true, from(a))
}

// onePath reads the path of a match, which has one at most.
func onePath(m *resource.Block, f *Fragment) (typ, value string, at *resource.Attr) {
	for _, p := range pathTypes {
		v, a := f.text(m, p.arg)
		switch {
		case a == nil:
			continue
		case at != nil:
			f.Errorf(a.Range, "Two paths in one block", "A block has one path, and this one has %s already. Write another rule, or another except block.", at.Name)
			continue
		case p.typ == "RegularExpression":
			checkRegex(f, v, a.Name, a.Range)
		default:
			checkPath(f, v, a)
		}
		typ, value, at = p.typ, v, a
	}
	return typ, value, at
}

// pathArgument names the argument that a pattern for :path comes from.
func pathArgument(pattern string) (arg, value string) {
	kind, value := policy.PathOf(pattern)
	for _, p := range pathTypes {
		if p.typ == string(kind) {
			arg = p.arg
		}
	}
	return arg, value
}

// pathPattern is a path as a pattern for :path.
func pathPattern(typ, value string) string {
	return policy.PathPattern(gatewayv1.PathMatchType(typ), value)
}

// encodeMatchedMethods says several as Envoy Gateway can: for local limits it
// would make one of each, which Envoy refuses.
func encodeMatchedMethods(m *resource.Block, selector Field, scope string) {
	methods := selector.f.methodsOf(m)
	if len(methods) > 1 && scope == policy.Local {
		encodeCondition(selector, "headers", policy.MethodHeader, anyOf(methods), true, false, methods[0].by)
		return
	}
	for _, method := range methods {
		if method.name != "" {
			selector.Item("methods", method.by).Set("value", method.name, method.by)
		}
	}
}

func encodeExceptedMethods(m *resource.Block, selector Field) {
	if methods := selector.f.methodsOf(m); methods[0].name != "" {
		encodeCondition(selector, "headers", policy.MethodHeader, anyOf(methods), len(methods) > 1, true, methods[0].by)
	}
}

func anyOf(methods []namedMethod) string {
	names := make([]string, len(methods))
	for i, m := range methods {
		names[i] = m.name
	}
	return strings.Join(names, "|")
}

// encodeSelected writes headers and query parameters, of which each holds or, in
// an except block, does not.
func encodeSelected(m *resource.Block, selector Field, invert bool) {
	f := selector.f
	for _, c := range []struct {
		arg, field string
		fold       func(string) string
	}{{"headers", "headers", strings.ToLower}, {"query", "queryParams", strings.Clone}} {
		entries, a := f.entries(m, c.arg)
		for _, e := range distinct(f, entries, a, c.fold) {
			by := fromKey(a, e.key)
			value, isRegex, ok := condition(e.value)
			switch {
			case !ok:
				f.Errorf(by.at, "Wrong type", "%q in %s must be a string, or { regex = \"...\" }.", e.key, c.arg)
				continue
			case isRegex:
				checkRegex(f, value, c.arg, by.at)
			case value == "" && c.arg == "query":
				f.Errorf(by.at, "Empty value", "%q in query has no value to compare with. Match any with { regex = \".*\" }.", e.key)
			}
			checkConditionName(f, c.arg, e.key, by)
			encodeCondition(selector, c.field, e.key, value, isRegex, invert, by)
		}
	}
}

func encodeCondition(selector Field, list, name, value string, isRegex, invert bool, by source) {
	item := selector.Item(list, by)
	item.Set("name", name, by)
	item.Set("value", value, by)
	if isRegex {
		item.Set("type", "RegularExpression", by)
	}
	if invert {
		item.Set("invert", true, by)
	}
}

// checkConditionName refuses names that nothing in a request can have.
func checkConditionName(f *Fragment, arg, name string, by source) {
	switch {
	case name == "":
		f.Errorf(by.at, "Invalid name", "A name in %s is empty.", arg)
	case arg != "query" && arg != "per_query" && !headerName().MatchString(name):
		f.Errorf(by.at, "Invalid header name", "%q in %s cannot be the name of a header. It has letters, digits and any of !#$%%&'*+-.^_`|~.", name, arg)
	}
}

// encodeDistinct writes what each value has its own count of.
func encodeDistinct(rule *resource.Block, selector Field) {
	f := selector.f
	one, single := f.text(rule, "per_header")
	several, multiple := f.texts(rule, "per_headers")
	switch {
	case single != nil && multiple != nil:
		f.Errorf(multiple.Range, "per_header and per_headers", "A rule has per_header or per_headers, not both. Write per_headers = [...] with all of them.")
	case multiple != nil && len(several) == 0:
		f.Errorf(multiple.Range, "No headers", "per_headers names at least one header. Leave it out for one count of all requests.")
	}
	distinct := func(list, name string, a *resource.Attr, by source) {
		checkConditionName(f, a.Name, name, by)
		item := selector.Item(list, by)
		item.Set("name", name, by)
		item.Set("type", "Distinct", by)
	}
	if single != nil {
		distinct("headers", one, single, from(single))
	}
	for i, name := range several {
		distinct("headers", name, multiple, fromIndex(multiple, i))
	}
	if name, a := f.text(rule, "per_query"); a != nil {
		distinct("queryParams", name, a, from(a))
	}
}

// encodeAddresses writes the addresses that a rule counts, "" for any.
func encodeAddresses(rule *resource.Block, item Field, cidr string, each bool) {
	if cidr == "" {
		return
	}
	by := within(rule)
	for _, name := range []string{"per_client_ip", "source_cidr"} {
		if a := argument(rule, name); a != nil {
			by = from(a)
		}
	}
	selectors := item.m["clientSelectors"].([]any)
	selector := Field{f: item.f, m: selectors[0].(map[string]any), path: item.element("clientSelectors", 0)}
	out := selector.Map("sourceCIDR", by)
	out.Set("value", cidr, by)
	if each {
		out.Set("type", "Distinct", by)
	}
}

func checkCIDR(f *Fragment, cidr string, a *resource.Attr) {
	prefix, err := netip.ParsePrefix(cidr)
	address, alone := netip.ParseAddr(cidr)
	switch {
	case alone == nil && address.Zone() == "":
		f.Errorf(a.Range, "Invalid address range", "source_cidr is %q, an address without the bits that count: %s is this one alone.", cidr, netip.PrefixFrom(address, address.BitLen()))
	case err != nil || prefix.Addr().Is4In6():
		f.Errorf(a.Range, "Invalid address range", "source_cidr is %q; a range is an address and how many of its bits count: \"10.0.0.0/8\", \"2001:db8::/32\".", cidr)
	case prefix != prefix.Masked():
		f.Errorf(a.Range, "Address range with host bits", "source_cidr is %q, of which %d bits count, and others are set. The range is %q.", cidr, prefix.Bits(), prefix.Masked())
	}
}

// readSelectors reads the conditions of a rule, or as much of them as a block
// can say; whoever calls it compares.
func readSelectors(rule fields, b *resource.Block, anyClient bool) {
	selectors, _ := rule.left["clientSelectors"].([]any)
	if len(selectors) != 1 {
		return
	}
	p := fieldsOf(selectors[0])
	match := &resource.Block{Type: "match"}
	readPath(p.sub("path"), match)
	var methods []any
	for _, v := range list[map[string]any](p, "methods") {
		methods = append(methods, v.(map[string]any)["value"])
	}
	setMethods(match, methods)
	b.Blocks = append(b.Blocks, match)
	readConditions(p, "headers", "headers", b)
	readConditions(p, "queryParams", "query", b)
	if len(match.Attrs) == 0 {
		b.Blocks = b.Blocks[1:]
	}
	if source := p.sub("sourceCIDR"); source.left != nil {
		if source.text("type") == "Distinct" {
			set(b, "per_client_ip", true)
		}
		if !anyClient {
			set(b, "source_cidr", source.text("value"))
		}
	}
}

func readPath(path fields, match *resource.Block) {
	if path.left == nil {
		return
	}
	value := path.text("value")
	if path.text("type") == "RegularExpression" {
		arg, value := pathArgument(value)
		set(match, arg, value)
	} else if value != "/" {
		set(match, "path_prefix", value)
	}
}

// readConditions reads headers or query parameters into a rule, which has a
// match block to begin with. Those of except blocks keep their order: a name
// that does not come after the last one begins another block.
func readConditions(p fields, field, arg string, rule *resource.Block) {
	match := rule.Blocks[0]
	except := func(name string, value any) {
		n := &resource.Block{Type: "except"}
		set(n, name, value)
		rule.Blocks = append(rule.Blocks, n)
	}
	held := map[string]any{}
	var broken map[string]any
	var distinct []any
	last := ""
	for _, v := range list[map[string]any](p, field) {
		item := fieldsOf(v)
		name, typ, value := item.text("name"), item.text("type"), item.text("value")
		invert, _ := item.left["invert"].(bool)
		var said any = value
		if typ == "RegularExpression" {
			said = map[string]any{"regex": value}
		}
		switch {
		case typ == "Distinct":
			distinct = append(distinct, name)
		case name == policy.PathHeader:
			path, value := pathArgument(value)
			except(path, value)
		case name == policy.MethodHeader && invert:
			n := &resource.Block{Type: "except"}
			setMethods(n, methodsIn(value))
			rule.Blocks = append(rule.Blocks, n)
		case name == policy.MethodHeader:
			setMethods(match, methodsIn(value))
		case !invert:
			held[name] = said
		case broken == nil || name <= last:
			broken = map[string]any{name: said}
			except(arg, broken)
			last = name
		default:
			broken[name] = said
			last = name
		}
	}
	if len(held) > 0 {
		set(match, arg, held)
	}
	switch {
	case len(distinct) == 0:
	case arg == "query":
		set(rule, "per_query", distinct[0])
	case len(distinct) == 1:
		set(rule, "per_header", distinct[0])
	default:
		set(rule, "per_headers", distinct)
	}
}

func methodsIn(pattern string) []any {
	var out []any
	for method := range strings.SplitSeq(pattern, "|") {
		out = append(out, method)
	}
	return out
}

func setMethods(b *resource.Block, methods []any) {
	switch len(methods) {
	case 0:
	case 1:
		set(b, "method", methods[0])
	default:
		set(b, "methods", methods)
	}
}
