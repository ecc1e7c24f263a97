package kinds

import (
	"fmt"
	"strings"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/hashicorp/hcl/v2"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// explain says in HCL's words what the schema found, and keeps its own.
func explain(problem *field.Error, o *resource.Object, tr *trace, a resource.Address) *hcl.Diagnostic {
	d := &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Invalid " + a.Kind}
	if at, ok := tr.sources.Find(problem.Field); ok {
		d.Subject = at.Ptr()
	}
	what := describe(problem, subjectOf(problem.Field, tr.words, a), o.GetKind())
	d.Detail = strings.TrimSuffix(what, ".") + "."
	if problem.Field != "" && problem.Field != "<nil>" {
		d.Detail += fmt.Sprintf("\n(%s of %s)", problem.Field, resource.IDOf(o))
	}
	return d
}

// subject is what a problem is about, as users call it.
type subject struct {
	word string // the argument or block that set the field, or the nearest around it
	rest string // the field within that, where it is not the very one
}

func (s subject) String() string {
	if s.rest == "" {
		return s.word
	}
	return s.rest + " of " + s.word
}

func subjectOf(path string, words map[string]string, a resource.Address) subject {
	for end := len(path); end > 0; end = strings.LastIndexAny(path[:end], ".[") {
		if word, ok := words[path[:end]]; ok {
			return subject{word, strings.TrimPrefix(path[end:], ".")}
		}
	}
	return subject{a.String(), path}
}

func describe(problem *field.Error, on subject, kind string) string {
	detail := strings.TrimPrefix(problem.Detail, problem.Field+" in body ")
	value := scalar(problem.BadValue)
	switch problem.Type {
	case field.ErrorTypeRequired:
		if on.rest == "" {
			return on.word + " is required"
		}
		return fmt.Sprintf("%s lacks %s, which is required", on.word, on.rest)
	case field.ErrorTypeNotSupported:
		return fmt.Sprintf("%s is %s; %s", on, value, strings.Replace(detail, "supported values:", "allowed are", 1))
	case field.ErrorTypeTooLong:
		return fmt.Sprintf("%s is too long: it %s", on, detail)
	case field.ErrorTypeTooMany:
		return fmt.Sprintf("%s has too many elements: it %s", on, detail)
	case field.ErrorTypeDuplicate:
		return fmt.Sprintf("%s says %s twice", on, value)
	case field.ErrorTypeForbidden:
		if detail == "unknown field" {
			return fmt.Sprintf("%s sets %s, a field that %s does not have", on.word, lastStep(problem.Field), kind)
		}
	case field.ErrorTypeInvalid, field.ErrorTypeTypeInvalid:
		if words, ok := inWords(detail); ok {
			detail = words + ": it " + detail
		}
		if value != "" {
			return fmt.Sprintf("%s is %s; %s", on, value, detail)
		}
	}
	return fmt.Sprintf("%s: %s", on, detail)
}

// scalar returns a value as HCL writes it, "" for what would fill the screen.
func scalar(v any) string {
	switch v := v.(type) {
	case string:
		if v == "" || len(v) > 200 {
			return ""
		}
		return fmt.Sprintf("%q", v)
	case bool, int, int64, float64:
		return fmt.Sprint(v)
	}
	return ""
}

func lastStep(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }

// patterns are the schemas' regular expressions in words, by how they end.
var patterns = []struct{ pattern, words string }{
	{`'^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$'`, `a hostname has lower-case letters, digits, "-" and ".", and may start with "*."`},
	{`'^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$'`, `a name has lower-case letters, digits, "-" and "."`},
	{`'^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\.?$'`, `a DNS name has lower-case letters, digits, "-" and "."`},
	{`'^[a-z0-9]([-a-z0-9]*[a-z0-9])?$'`, `a namespace has lower-case letters, digits and "-"`},
	{"'^[A-Za-z0-9!#$%&'*+\\-.^_\\x60|~]+$'", "a name of a header or parameter has letters, digits and any of !#$%&'*+-.^_`|~"},
	{`'^(([^:/?#]+):)(//([^/?#]*))([^?#]*)(\?([^#]*))?(#(.*))?'`, `a URI begins with a scheme and "//", as in spiffe://corp/orders`},
	{`'^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$'`, `a path has letters, digits, %XX and any of /-._~!$&'()*+,;=:@`},
	{`'^[!-~]+([\t ]?[!-~]+)*$'`, "a header's value has visible ASCII characters, with single spaces or tabs between them"},
}

func inWords(detail string) (string, bool) {
	for _, p := range patterns {
		if strings.HasSuffix(detail, p.pattern) {
			return p.words, true
		}
	}
	return "", false
}
