package kinds

import (
	"reflect"
	"strings"

	"github.com/gwctl/gwctl/internal/resource"
)

// refused is the status that proxies refuse requests with.
const refused = int64(429)

// encodeRefusal overrides the answers of the proxy itself, and not those of
// backends that count for themselves.
func encodeRefusal(b *resource.Block, spec Field) {
	f := spec.f
	for _, refusal := range b.BlocksOf("refusal") {
		by := within(refusal)
		override := spec.Item("responseOverride", by)
		status := map[string]any{"value": refused}
		override.Map("match", by).Set("statusCodes", []any{status}, by)
		override.Set("source", "Local", by)
		response := override.Map("response", by)
		code, a := f.number(refusal, "status")
		switch {
		case a == nil:
		case code < 400 || code > 599:
			f.Errorf(a.Range, "Refusal that is none", "status is %d, and a refusal says that there is no answer: 400 to 599, such as 429 or 503.", code)
		default:
			response.Set("statusCode", code, from(a))
		}
		kind, ofType := f.text(refusal, "content_type")
		if ofType != nil {
			response.Set("contentType", kind, from(ofType))
		}
		body, text := f.text(refusal, "body")
		if text != nil {
			inline := response.Map("body", from(text))
			inline.Set("type", "Inline", from(text))
			inline.Set("inline", strings.ReplaceAll(body, "%", "%%"), from(text)) // else Envoy would substitute
		}
		switch {
		case ofType != nil && text == nil && argument(refusal, "body") == nil:
			f.Errorf(ofType.Range, "Content type of nothing", "content_type says what body = ... is, which is missing.")
		case len(response.m) == 0:
			f.Errorf(refusal.Range, "Empty refusal", "A refusal block says what differs from a plain 429: status, body and content_type.")
		}
	}
}

// decodeRefusal returns nil unless the block can say all of it.
func decodeRefusal(spec fields) *resource.Block {
	overrides, _ := spec.left["responseOverride"].([]any)
	if len(overrides) != 1 {
		return nil
	}
	b := &resource.Block{Type: "refusal"}
	override := fieldsOf(overrides[0])
	response := override.sub("response")
	if code, ok := response.number("statusCode"); ok {
		set(b, "status", code)
	}
	if inline, _ := response.left["body"].(map[string]any); inline != nil {
		text, _ := inline["inline"].(string)
		body := strings.ReplaceAll(text, "%%", "%")
		set(b, "body", body)
	}
	if kind := response.text("contentType"); kind != "" {
		set(b, "content_type", kind)
	}
	f := &Fragment{root: map[string]any{}}
	encodeRefusal(&resource.Block{Blocks: []*resource.Block{b}}, f.Root())
	if f.diags.HasErrors() || !reflect.DeepEqual(withoutTypes(f.root["responseOverride"]), withoutTypes(any(overrides))) {
		return nil
	}
	delete(spec.left, "responseOverride")
	return b
}
