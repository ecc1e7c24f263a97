// Package plannertest lets tests of plans be written in HCL: blocks become
// objects by one general rule, without the kinds that gwctl knows.
package plannertest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gwctl/gwctl/internal/resource"
)

// Codec is a planner.Codec for objects that keep a block as it is in their
// spec. `weight` of a forward is 1 where nobody says otherwise.
type Codec struct{}

var objectKinds = map[string]resource.ID{
	"gateway":    {Group: "gateway.networking.k8s.io", Kind: "Gateway"},
	"http_route": {Group: "gateway.networking.k8s.io", Kind: "HTTPRoute"},
	"backend":    {Group: "gateway.envoyproxy.io", Kind: "Backend"},
	"rate_limit": {Group: "gateway.envoyproxy.io", Kind: "BackendTrafficPolicy"},
}

// ID returns the identity of the object that a block at a makes.
func ID(a resource.Address, name string) resource.ID {
	id := objectKinds[a.Kind]
	id.Namespace, id.Name = "default", name
	if name == "" {
		parts := strings.FieldsFunc(a.Module+"."+a.Name+a.Key, func(r rune) bool { return strings.ContainsRune(`.[]"`, r) })
		parts = slices.DeleteFunc(parts, func(s string) bool { return s == "module" })
		id.Name = strings.ReplaceAll(strings.Join(parts, "-"), "_", "-")
	}
	return id
}

// Encode implements planner.Codec.
func (Codec) Encode(a resource.Address, b *resource.Block) (*resource.Object, error) {
	name := ""
	if n := b.Attr("name"); n != nil {
		name, _ = n.Value.(string)
	}
	id := ID(a, name)
	return &resource.Object{Object: map[string]any{
		"apiVersion": id.Group + "/v1",
		"kind":       id.Kind,
		"metadata":   map[string]any{"name": id.Name, "namespace": id.Namespace},
		"spec":       encodeTop(a, b),
	}}, nil
}

// encodeTop marks the blocks of a kind whose objects are shared with the block
// that they are from.
func encodeTop(a resource.Address, b *resource.Block) map[string]any {
	spec := encodeBody(b)
	if blocks, ok := spec["_blocks"].([]any); ok && a.Kind == "rate_limit" {
		for _, n := range blocks {
			n.(map[string]any)["_of"] = a.Name
		}
	}
	return spec
}

func encodeBody(b *resource.Block) map[string]any {
	body := map[string]any{}
	for _, a := range b.Attrs {
		body[a.Name] = encodeValue(a.Value)
	}
	var blocks []any
	for _, n := range b.Blocks {
		nested := encodeBody(n)
		nested["_type"], nested["_label"] = n.Type, n.Label
		blocks = append(blocks, nested)
	}
	if blocks != nil {
		body["_blocks"] = blocks
	}
	return body
}

func encodeValue(v any) any {
	switch v := v.(type) {
	case resource.Ref:
		return map[string]any{"_ref": v.ID.Kind, "group": v.ID.Group, "namespace": v.ID.Namespace, "name": v.ID.Name}
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = encodeValue(v[i])
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = encodeValue(e)
		}
		return out
	}
	return v
}

// Default implements planner.Codec.
func (Codec) Default(o *resource.Object) (*resource.Object, error) {
	c := o.DeepCopy()
	if spec, ok := c.Object["spec"].(map[string]any); ok {
		fillWeights(spec)
	}
	return c, nil
}

func fillWeights(body map[string]any) {
	if _, ok := body["weight"]; !ok && body["_type"] == "forward" {
		body["weight"] = int64(1)
	}
	blocks, _ := body["_blocks"].([]any)
	for _, b := range blocks {
		if nested, ok := b.(map[string]any); ok {
			fillWeights(nested)
		}
	}
}

// Words implements planner.Codec.
func (Codec) Words(a resource.Address, o *resource.Object, names func(resource.ID) (resource.Address, bool)) (*resource.Block, error) {
	spec, ok := o.Object["spec"].(map[string]any)
	if !ok {
		return nil, fmt.Errorf("there is no spec")
	}
	if blocks, ok := spec["_blocks"].([]any); ok && a.Kind == "rate_limit" {
		own := slices.DeleteFunc(slices.Clone(blocks), func(n any) bool { return n.(map[string]any)["_of"] != a.Name })
		spec = maps.Clone(spec)
		spec["_blocks"] = own
	}
	b := decodeBody(spec, names)
	b.Type, b.Label = a.Kind, a.Name
	return b, nil
}

func decodeBody(body map[string]any, names func(resource.ID) (resource.Address, bool)) *resource.Block {
	b := &resource.Block{}
	for _, k := range slices.Sorted(maps.Keys(body)) {
		if strings.HasPrefix(k, "_") || k == "weight" && body["_type"] == "forward" && fmt.Sprint(body[k]) == "1" {
			continue
		}
		v := decodeValue(body[k], names)
		b.Attrs = append(b.Attrs, resource.Attr{Name: k, Value: v})
		if ref, ok := v.(resource.Ref); ok && k == "to" {
			b.Key = ref.String()
		}
	}
	b.Type, _ = body["_type"].(string)
	b.Label, _ = body["_label"].(string)
	blocks, _ := body["_blocks"].([]any)
	for _, n := range blocks {
		if nested, ok := n.(map[string]any); ok {
			b.Blocks = append(b.Blocks, decodeBody(nested, names))
		}
	}
	return b
}

func decodeValue(v any, names func(resource.ID) (resource.Address, bool)) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = decodeValue(v[i], names)
		}
		return out
	case map[string]any:
		if kind, ok := v["_ref"].(string); ok {
			text := func(key string) string { s, _ := v[key].(string); return s }
			id := resource.ID{Group: text("group"), Kind: kind, Namespace: text("namespace"), Name: text("name")}
			a, _ := names(id)
			return resource.Ref{Address: a, ID: id}
		}
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = decodeValue(e, names)
		}
		return out
	}
	return v
}

// HasPath implements planner.Codec.
func (Codec) HasPath(kind, path string) bool {
	first, _, _ := strings.Cut(path, ".")
	switch kind {
	case "http_route":
		return slices.Contains([]string{"gateway", "hostnames", "rule"}, first)
	case "backend":
		return slices.Contains([]string{"endpoints", "labels"}, first)
	}
	return first == "listener"
}

// Traffic implements planner.Codec. Every route is served, wherever it is.
func (Codec) Traffic(_ resource.Address, id resource.ID, b *resource.Block, _ resource.Find) resource.Traffic {
	var t resource.Traffic
	if id.Kind != "HTTPRoute" {
		return t
	}
	for _, host := range hostsOf(b) {
		for _, rule := range b.BlocksOf("rule") {
			for _, match := range rule.BlocksOf("match") {
				f := flowOf(host, rule, match)
				t.Flows = append(t.Flows, resource.ServedFlow{Flow: f, Host: fmt.Sprint(host), Own: fmt.Sprint(host), Claims: []string{f.Match}})
			}
		}
	}
	return t
}

// Claims implements planner.Codec.
func (Codec) Claims(*resource.Block) []string { return nil }

func hostsOf(b *resource.Block) []any {
	if a := b.Attr("hostnames"); a != nil {
		if hosts, ok := a.Value.([]any); ok {
			return hosts
		}
	}
	return []any{"*"}
}

func flowOf(host any, rule, match *resource.Block) resource.Flow {
	f := resource.Flow{Match: fmt.Sprint(host)}
	for i := range match.Attrs {
		f.Match += " " + fmt.Sprint(match.Attrs[i].Value)
	}
	for _, redirect := range rule.BlocksOf("redirect") {
		f.Answer = "redirect"
		if to := redirect.Attr("path"); to != nil {
			f.Answer += " to " + fmt.Sprint(to.Value)
		}
	}
	sum := 0.0
	for _, forward := range rule.BlocksOf("forward") {
		if f.To == nil {
			f.To = map[string]float64{}
		}
		w := weightOf(forward)
		f.To[strings.TrimPrefix(forward.Key, "backend.")] += w
		sum += w
	}
	for k := range f.To {
		f.To[k] /= sum
	}
	return f
}

func weightOf(b *resource.Block) float64 {
	a := b.Attr("weight")
	if a == nil {
		return 1
	}
	switch w := a.Value.(type) {
	case int64:
		return float64(w)
	case float64:
		return w
	}
	return 1
}
