package kinds

import (
	"errors"
	"fmt"

	"github.com/gwctl/gwctl/internal/crd"
	"github.com/gwctl/gwctl/internal/resource"
)

// Codec turns objects of every kind into HCL's words and back. It changes no
// argument; the zero Codec is ready, and safe for concurrent use.
type Codec struct{}

// Default returns a copy of an object with its schema's defaults, so that it
// compares with a live one. An object of a type without a schema here is copied
// as it is.
func (Codec) Default(o *resource.Object) (*resource.Object, error) {
	if !crd.Known(o.GroupVersionKind()) {
		return o.DeepCopy(), nil
	}
	return crd.Default(o)
}

// Words returns what block a says of an object, in HCL's words and with
// defaults left out.
func (Codec) Words(a resource.Address, o *resource.Object, names func(resource.ID) (resource.Address, bool)) (*resource.Block, error) {
	gk := o.GroupVersionKind().GroupKind()
	k, ok := ByName(a.Kind)
	if !ok || !k.makes(gk) {
		return nil, fmt.Errorf("%s makes no objects of type %s", a.Kind, gk)
	}
	o = k.part(o, a)
	b, err := k.Decode(o, names)
	if err == nil && (k.makesAny() || hasOther(b)) {
		// Only the schema knows the defaults of fields without arguments: with
		// all of them set, they read the same whoever wrote them.
		if o, err = (Codec{}).Default(o); err == nil {
			b, err = k.Decode(o, names)
		}
	}
	if err != nil {
		return nil, err
	}
	b.Label = a.Name
	return b, nil
}

// Encode returns the object that block a becomes when it says what b does.
func (Codec) Encode(a resource.Address, b *resource.Block) (*resource.Object, error) {
	k, ok := ByName(a.Kind)
	if !ok {
		return nil, fmt.Errorf("%q is no kind of block that makes objects", a.Kind)
	}
	f := encode(k, &resource.Resource{Address: a, Block: b}, Scope{}, nil)
	if f.diags.HasErrors() {
		errs := make([]error, len(f.diags))
		for i, d := range f.diags {
			errs[i] = errors.New(d.Detail)
		}
		return nil, errors.Join(errs...)
	}
	if f.none {
		return nil, fmt.Errorf("%s makes no object", a)
	}
	return &resource.Object{Object: f.root}, nil
}

// HasPath reports whether a path of ignore_changes can name anything in a
// block of a kind.
func (Codec) HasPath(kind, path string) bool {
	k, ok := ByName(kind)
	return ok && hasPath(k.Schema, path)
}

// Traffic says what traffic notices of block b at a, which makes object id;
// nothing for kinds of which it notices nothing.
func (Codec) Traffic(a resource.Address, id resource.ID, b *resource.Block, find resource.Find) resource.Traffic {
	if k, ok := ByName(a.Kind); ok && k.Traffic != nil {
		return k.Traffic(a, id, b, find)
	}
	return resource.Traffic{}
}

// Claims lists what the flows of a block may have in common with those of
// others, without computing them.
func (Codec) Claims(b *resource.Block) []string {
	if k, ok := ByName(b.Type); ok && k.Claims != nil {
		return k.Claims(b)
	}
	return nil
}
