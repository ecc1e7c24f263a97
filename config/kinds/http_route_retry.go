package kinds

import (
	"slices"

	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/zclconf/go-cty/cty"
)

var retrySchema = schema.Block{
	Type: "retry", Max: 1,
	Doc: "Send requests again that a backend did not answer, or answered with certain codes. A connection that fails or breaks counts as not answered.",
	Body: schema.Body{Attrs: []schema.Attr{
		{Name: "attempts", Type: cty.Number, Default: "the controller's", Doc: "How many times more, at most."},
		{Name: "backoff", Type: cty.String, Default: "the controller's", Doc: "How long to wait before, such as `100ms`; longer with every attempt."},
		{Name: "codes", Type: cty.List(cty.Number), Default: "none", Doc: "Codes of responses, 400 to 599, for which to try again: `[500, 502, 503, 504]`."},
	}},
}

func encodeRetry(b *resource.Block, rule Field) {
	f := rule.f
	out := rule.Map("retry", within(b))
	if codes, a := f.numbers(b, "codes"); len(codes) > 0 {
		list := make([]any, 0, len(codes))
		for i, code := range codes {
			by := fromIndex(a, i)
			switch {
			case code < 400 || code > 599:
				f.Errorf(by.at, "Invalid code", "%s is %d; a request can be sent again for codes from 400 to 599.", by, code)
			case slices.Contains(codes[:i], code):
				f.Errorf(by.at, "Code listed twice", "%d is in codes already. Remove one.", code)
			default:
				list = append(list, code)
			}
		}
		out.Set("codes", list, from(a))
	}
	if attempts, a := f.number(b, "attempts"); a != nil {
		if attempts < 1 || attempts > 1<<31-1 {
			f.Errorf(a.Range, "Invalid attempts", "attempts is %d; it is 1 or more. Remove the block retry to try nothing again.", attempts)
			return
		}
		out.Set("attempts", attempts, from(a))
	}
	if backoff, _, a := f.duration(b, "backoff"); a != nil {
		out.Set("backoff", backoff, from(a))
	}
}

func decodeRetry(p fields) []*resource.Block {
	in := p.sub("retry")
	if in.left == nil {
		return nil
	}
	b := &resource.Block{Type: "retry"}
	if attempts, ok := in.number("attempts"); ok {
		set(b, "attempts", attempts)
	}
	if backoff := in.text("backoff"); backoff != "" {
		set(b, "backoff", backoff)
	}
	if codes, ok := in.left["codes"].([]any); ok && len(codes) > 0 && !slices.ContainsFunc(codes, notWhole) {
		delete(in.left, "codes")
		set(b, "codes", codes)
	}
	p.put("retry", in)
	return []*resource.Block{b}
}

func notWhole(v any) bool {
	_, ok := whole(v)
	return !ok
}
