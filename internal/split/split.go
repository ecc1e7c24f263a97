// Package split is how canaries divide the requests of a route's rules: what the
// configuration fills in, and the weights in it that are not the
// configuration's to say.
package split

import (
	"encoding/json"
	"math"
	"slices"

	"github.com/gwctl/gwctl/internal/resource"
)

// Whole is the sum of the weights of a canary's two backends, the largest that
// the Gateway API has.
const Whole = 1_000_000

// Annotation says on a route which backends canaries divide requests between, by
// identity and not by address: a renamed block moves no request.
const Annotation = resource.MarkPrefix + "canaries"

// Pair is the two backends of a canary. In each rule that a canary divides, the
// candidate comes first and stable second, and nothing else.
type Pair struct {
	Stable    Backend `json:"stable"`
	Candidate Backend `json:"candidate"`
}

// Backend is what a backendRef leads to.
type Backend struct {
	resource.ID
	Port int64 `json:"port,omitempty"` // of a Service
}

// Encode writes the annotation, the same for pairs in any order.
func Encode(pairs []Pair) string {
	texts := make([]string, len(pairs))
	for i, p := range pairs {
		text, _ := json.Marshal(p) // strings and a number
		texts[i] = string(text)
	}
	slices.Sort(texts)
	out := "["
	for i, text := range slices.Compact(texts) {
		if i > 0 {
			out += ","
		}
		out += text
	}
	return out + "]"
}

// Of returns what the annotation of a route says; nothing where it says nothing
// that can be read.
func Of(o *resource.Object) []Pair {
	text := o.GetAnnotations()[Annotation]
	if text == "" {
		return nil
	}
	var pairs []Pair
	if json.Unmarshal([]byte(text), &pairs) != nil {
		return nil
	}
	return pairs
}

// Keep returns a wanted route with the weights that its canaries have live: in
// each rule that one divides, the candidate keeps the share that it has in the
// live rule of that name, which is 0 where it is not there, and stable has the
// rest. Neither argument is changed.
func Keep(wanted, live *resource.Object) *resource.Object {
	pairs := Of(wanted)
	if len(pairs) == 0 {
		return wanted
	}
	kept := wanted.DeepCopy()
	now := rulesOf(live)
	for i, rule := range rulesOf(kept) {
		refs := refsOf(rule)
		if len(refs) != 2 || !slices.Contains(pairs, Pair{Stable: backendOf(refs[1], kept), Candidate: backendOf(refs[0], kept)}) {
			continue
		}
		weight := candidateWeight(ruleAt(now, rule, i), backendOf(refs[0], kept), live)
		refs[0]["weight"], refs[1]["weight"] = weight, int64(Whole)-weight
	}
	return kept
}

// ruleAt finds the live rule of a rule's name; rules without one go by their
// order.
func ruleAt(live []map[string]any, rule map[string]any, position int) map[string]any {
	name, _ := rule["name"].(string)
	if name == "" {
		if position < len(live) && live[position]["name"] == nil {
			return live[position]
		}
		return nil
	}
	i := slices.IndexFunc(live, func(r map[string]any) bool { return r["name"] == name })
	if i < 0 {
		return nil
	}
	return live[i]
}

// candidateWeight is the share that a backend has of a rule's requests, in parts
// of Whole.
func candidateWeight(rule map[string]any, candidate Backend, o *resource.Object) int64 {
	var own, all int64
	for _, ref := range refsOf(rule) {
		weight := weightOf(ref)
		all += weight
		if backendOf(ref, o) == candidate {
			own += weight
		}
	}
	if all == 0 {
		return 0
	}
	return int64(math.Round(float64(own) / float64(all) * Whole))
}

func rulesOf(o *resource.Object) []map[string]any {
	spec, _ := o.Object["spec"].(map[string]any)
	return mapsOf(spec["rules"])
}

func refsOf(rule map[string]any) []map[string]any { return mapsOf(rule["backendRefs"]) }

// mapsOf returns the elements of a list, nil for those that are no maps.
func mapsOf(v any) []map[string]any {
	list, _ := v.([]any)
	out := make([]map[string]any, len(list))
	for i := range list {
		out[i], _ = list[i].(map[string]any)
	}
	return out
}

// backendOf reads where a backendRef of a route leads, with the defaults of the
// Gateway API.
func backendOf(ref map[string]any, route *resource.Object) Backend {
	b := Backend{ID: resource.ID{Kind: "Service", Namespace: route.GetNamespace()}}
	for field, into := range map[string]*string{"group": &b.Group, "kind": &b.Kind, "namespace": &b.Namespace, "name": &b.Name} {
		if text, ok := ref[field].(string); ok {
			*into = text
		}
	}
	b.Port, _ = number(ref["port"])
	return b
}

// weightOf is the weight of a backendRef: 1 unless it says something else.
func weightOf(ref map[string]any) int64 {
	n, ok := number(ref["weight"])
	switch {
	case !ok:
		return 1
	case n < 0 || n > Whole:
		return 0 // the API server refuses it
	}
	return n
}

func number(v any) (int64, bool) {
	switch v := v.(type) {
	case int64:
		return v, true
	case float64:
		return int64(v), true
	}
	return 0, false
}
