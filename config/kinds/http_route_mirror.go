package kinds

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/zclconf/go-cty/cty"
)

var mirrorSchema = schema.Block{
	Type: "mirror", KeyAttr: "to", Max: 16,
	Doc: "Send copies of the requests to another backend as well; its answers are thrown away.",
	Body: schema.Body{Attrs: []schema.Attr{
		{Name: "to", Type: schema.Ref, Refs: []string{"backend"}, Required: true, Doc: "The backend, written as in `forward`."},
		{Name: "percent", Type: cty.Number, Default: "100", Doc: "Of how many requests, 0 to 100, a whole number."},
		{Name: "fraction", Type: cty.String, Doc: "Of how many requests, where `percent` is too coarse: `\"1/1000\"`. Not with `percent`."},
	}},
}

func encodeMirror(b *resource.Block, out Field) {
	f := out.f
	if ref, a := backendRef(b, f); a != nil {
		encodeBackendRef(ref, a, out.Map("backendRef", from(a)))
	}
	percent, whole := f.number(b, "percent")
	fraction, part := f.text(b, "fraction")
	switch {
	case whole != nil && part != nil:
		f.Errorf(part.Range, "percent and fraction", "A mirror has percent or fraction, not both.")
	case whole != nil && (percent < 0 || percent > 100):
		f.Errorf(whole.Range, "Invalid percent", "percent is %d; allowed is 0 to 100.", percent)
	case whole != nil:
		out.Set("percent", percent, from(whole))
	case part != nil:
		numerator, denominator, ok := parseFraction(fraction)
		if !ok {
			f.Errorf(part.Range, "Invalid fraction", "fraction is %q; it is two whole numbers such as \"1/1000\", the first one at most the second, which is 1 to 2147483647.", fraction)
			return
		}
		of := out.Map("fraction", from(part))
		of.Set("numerator", numerator, from(part))
		if denominator != 100 {
			of.Set("denominator", denominator, from(part))
		}
	}
}

var fractionFormat = regexp.MustCompile(`^(0|[1-9][0-9]{0,9})/([1-9][0-9]{0,9})$`)

// parseFraction reads "1/1000".
func parseFraction(s string) (numerator, denominator int64, ok bool) {
	if !fractionFormat.MatchString(s) {
		return 0, 0, false
	}
	over, under, _ := strings.Cut(s, "/")
	numerator, errN := strconv.ParseInt(over, 10, 32)
	denominator, errD := strconv.ParseInt(under, 10, 32)
	return numerator, denominator, errN == nil && errD == nil && numerator <= denominator
}

func decodeMirror(p fields, b *resource.Block, in home) {
	target := p.sub("backendRef")
	ref := decodeBackendRef(target, in)
	p.put("backendRef", target)
	b.Key = ref.String()
	set(b, "to", ref)
	if percent, ok := p.number("percent"); ok {
		set(b, "percent", percent)
	}
	fraction := p.sub("fraction")
	if numerator, ok := fraction.number("numerator"); ok {
		denominator, given := fraction.number("denominator")
		if !given {
			denominator = 100
		}
		set(b, "fraction", fmt.Sprintf("%d/%d", numerator, denominator))
		p.put("fraction", fraction)
	}
}
