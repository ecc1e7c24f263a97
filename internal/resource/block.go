package resource

import (
	"maps"
	"slices"
	"strconv"

	"github.com/hashicorp/hcl/v2"
)

// Block is a piece of configuration in HCL's words, whether a user wrote it or
// it was decoded from a live object. Siblings are told apart by Type, Label and
// Key, never by position; only blocks that people do not name (match) have
// neither label nor key.
type Block struct {
	Type   string    `json:"type"`
	Label  string    `json:"label,omitempty"` // written in quotes: rule "api"
	Key    string    `json:"key,omitempty"`   // identity taken from a reference: forward backend.orders
	Attrs  []Attr    `json:"attrs,omitempty"`
	Blocks []*Block  `json:"blocks,omitempty"`
	Range  hcl.Range `json:"-"` // the header; zero when decoded from an object
}

// Attr is one argument. Value is one of: nil, bool, int64, float64, string,
// Ref, []any and map[string]any of these.
type Attr struct {
	Name  string    `json:"name"`
	Value any       `json:"value"`
	Range hcl.Range `json:"-"`
	// ValueRanges gives the place of each element for a map or list written
	// out; nil where the value was computed.
	ValueRanges ElementRanges `json:"-"`
}

// ElementRanges are the places of the elements of a map or list, keyed by the
// map's key or the decimal index.
type ElementRanges map[string]ElementRange

// ElementRange is the place of one element, and of those in it where it is a
// map or list written out.
type ElementRange struct {
	hcl.Range
	Elements ElementRanges
}

// Ref is a reference from one block to another, or to an object that somebody
// else owns. Two references are the same when their IDs are.
type Ref struct {
	Address Address `json:"address,omitzero"` // zero for what another configuration owns
	ID      ID      `json:"id"`
	Port    int64   `json:"port,omitempty"` // of a Service
}

// String returns the address that is referred to: references come from other
// modules too, where a name may be the same. What another configuration owns
// is "infra/orders", a Service with its port "infra/orders:8080".
func (r Ref) String() string {
	if !r.Address.IsZero() {
		return r.Address.String()
	}
	s := r.ID.Name
	if r.ID.Namespace != "" {
		s = r.ID.Namespace + "/" + s
	}
	if r.Port != 0 {
		s += ":" + strconv.FormatInt(r.Port, 10)
	}
	return s
}

// Attr returns the named argument, or nil.
func (b *Block) Attr(name string) *Attr {
	for i := range b.Attrs {
		if b.Attrs[i].Name == name {
			return &b.Attrs[i]
		}
	}
	return nil
}

// BlocksOf returns the nested blocks of one type, in order.
func (b *Block) BlocksOf(typ string) []*Block {
	var out []*Block
	for _, n := range b.Blocks {
		if n.Type == typ {
			out = append(out, n)
		}
	}
	return out
}

// EachRef visits the references in b and the blocks in it, in order.
func (b *Block) EachRef(visit func(Ref)) {
	if b == nil {
		return
	}
	for i := range b.Attrs {
		eachRefIn(b.Attrs[i].Value, visit)
	}
	for _, n := range b.Blocks {
		n.EachRef(visit)
	}
}

func eachRefIn(v any, visit func(Ref)) {
	switch v := v.(type) {
	case Ref:
		visit(v)
	case []any:
		for _, e := range v {
			eachRefIn(e, visit)
		}
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			eachRefIn(v[k], visit)
		}
	}
}

// Name returns what identifies b among siblings of its type: label or key.
func (b *Block) Name() string {
	if b.Label != "" {
		return b.Label
	}
	return b.Key
}
