package kinds

import (
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/zclconf/go-cty/cty"
)

var callMatchSchema = schema.Block{
	Type: "match", Max: 64,
	Doc: "Calls that the rule is for: those for which all of it holds. Any of several blocks is enough; without one, every call matches.",
	Body: schema.Body{Attrs: []schema.Attr{
		{Name: "service", Type: cty.String, Doc: "The service, with its package: `shop.v1.Orders`."},
		{Name: "method", Type: cty.String, Doc: "The method: `Place`."},
		{Name: "methods", Type: cty.List(cty.String), Doc: "Any of several methods."},
		{Name: "service_regex", Type: cty.String, Doc: "The whole name of the service, as a regular expression in RE2's syntax. Service and method are both exact, or both regular expressions."},
		{Name: "method_regex", Type: cty.String, Doc: "The whole name of the method, likewise."},
		{Name: "headers", Type: cty.DynamicPseudoType, Doc: "Metadata of the call, all of it: `{ x-env = \"prod\", x-build = { regex = \"^b[0-9]+$\" } }`."},
	}},
}

// encodeCallMatch writes one match for each method.
func encodeCallMatch(m *resource.Block, rule Field) {
	for i, method := range rule.f.methodsOf(m) {
		match := rule.Item("matches", within(m))
		encodeCall(m, match, i == 0)
		if method.name != "" {
			match.Map("method", method.by).Set("method", method.name, method.by)
			if !callNames["method"]().MatchString(method.name) {
				rule.f.Errorf(method.by.at, "Invalid method", "%s is %q. A method has letters, digits and \"_\", such as Place; a regular expression goes to method_regex.", method.by, method.name)
			}
		}
	}
}

// callNames are what services and methods may be called.
var callNames = map[string]func() *regexp.Regexp{
	"service": sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(?i)\.?[a-z_][a-z_0-9]*(\.[a-z_][a-z_0-9]*)*$`) }),
	"method":  sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z_][A-Za-z_0-9]*$`) }),
}

// encodeCall writes everything but the methods. Only the first of the matches
// that a block stands for reports what is wrong.
func encodeCall(m *resource.Block, match Field, report bool) {
	f := match.f
	if !report {
		known := f.diags
		defer func() { f.diags = known }()
	}
	service, exact := f.text(m, "service")
	if exact != nil {
		if !callNames["service"]().MatchString(service) {
			f.Errorf(exact.Range, "Invalid service", "service is %q. A service has letters, digits and \"_\", with its package before it, such as shop.v1.Orders; a regular expression goes to service_regex.", service)
		}
		match.Map("method", from(exact)).Set("service", service, from(exact))
	}
	for _, a := range []*resource.Attr{argument(m, "method"), argument(m, "methods")} {
		if a != nil && exact == nil {
			exact = a
		}
	}
	for _, field := range []string{"service", "method"} {
		pattern, a := f.text(m, field+"_regex")
		if a == nil {
			continue
		}
		if exact != nil {
			f.Errorf(a.Range, "Exact and not", "The Gateway API takes service and method both exactly or both as regular expressions, and %s is exact. Write %s as an expression too: %s_regex = %q.", exact.Name, exact.Name, strings.TrimSuffix(exact.Name, "s"), quotedNames(exact))
			continue
		}
		checkRegex(f, pattern, a.Name, a.Range)
		call := match.Map("method", from(a))
		call.Set("type", "RegularExpression", from(a))
		call.Set(field, pattern, from(a))
	}
	encodeConditions(m, "headers", match, "headers", strings.ToLower)
}

// quotedNames writes exact names as a regular expression.
func quotedNames(a *resource.Attr) string {
	if name, ok := a.Value.(string); ok {
		return regexp.QuoteMeta(name)
	}
	names := stringsOf(a)
	for i := range names {
		names[i] = regexp.QuoteMeta(names[i])
	}
	return "(" + strings.Join(names, "|") + ")"
}

func decodeCallMatches(rule fields) []*resource.Block {
	return foldMethods(rule, func(m map[string]any) (fields, string) {
		p := fieldsOf(m)
		call := p.sub("method")
		if call.left["type"] == "Exact" { // the default
			delete(call.left, "type")
		}
		method := ""
		if call.left["type"] == nil {
			method = call.text("method")
		}
		p.put("method", call)
		return p, method
	}, decodeCallMatch)
}

// decodeCallMatch returns nil for a match that has no words.
func decodeCallMatch(p fields, method string) *resource.Block {
	b := &resource.Block{Type: "match"}
	call := p.sub("method")
	ending := ""
	if typ, ok := take[string](call, "type"); ok {
		if typ != "RegularExpression" {
			return nil
		}
		ending = "_regex"
	}
	if service := call.text("service"); service != "" {
		set(b, "service"+ending, service)
	}
	if pattern := call.text("method"); pattern != "" {
		set(b, "method"+ending, pattern)
	}
	if method != "" {
		set(b, "method", method)
	}
	p.put("method", call)
	if conditions := decodeConditions(p, "headers"); conditions != nil {
		set(b, "headers", conditions)
	}
	if len(p.left) > 0 {
		return nil
	}
	return b
}

// describeCalls returns the calls that a rule is for, such as
// "grpc shop.v1.Orders/Place [x-env=prod]". "*" is any, "~" begins a regular
// expression.
func describeCalls(rule *resource.Block) []string {
	matches := rule.BlocksOf("match")
	if len(matches) == 0 {
		return []string{"grpc */*"}
	}
	var out []string
	for _, m := range matches {
		service := "*"
		methods := stringsOf(m.Attr("methods"))
		for _, p := range []struct{ arg, mark string }{{"service", ""}, {"service_regex", "~"}} {
			if a := argument(m, p.arg); a != nil {
				service = p.mark + fmt.Sprint(a.Value)
			}
		}
		for _, p := range []struct{ arg, mark string }{{"method", ""}, {"method_regex", "~"}} {
			if a := argument(m, p.arg); a != nil {
				methods = []string{p.mark + fmt.Sprint(a.Value)}
			}
		}
		if len(methods) == 0 {
			methods = []string{"*"}
		}
		for _, method := range methods {
			out = append(out, "grpc "+service+"/"+method+describeConditions(m))
		}
	}
	return out
}
