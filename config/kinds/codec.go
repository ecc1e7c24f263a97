package kinds

import (
	"fmt"

	"github.com/gwctl/gwctl/internal/crd"
	"github.com/gwctl/gwctl/internal/resource"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Codec turns objects of every kind into HCL's words. The zero Codec is ready.
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

// Words returns an object in HCL's words, defaults left out.
func (Codec) Words(o *resource.Object, names Names) (*resource.Block, error) {
	k, ok := Of(o.GroupVersionKind().GroupKind())
	if !ok {
		return nil, fmt.Errorf("there is no block type for %s %s", o.GetAPIVersion(), o.GetKind())
	}
	return k.Decode(o, names)
}

// Flows says what traffic notices of a block; nothing for kinds that route
// nothing.
func (Codec) Flows(b *resource.Block) []resource.Flow {
	if k, ok := ByName(b.Type); ok && k.Flows != nil {
		return k.Flows(b)
	}
	return nil
}

// KindOf returns the block type of objects of a type.
func (Codec) KindOf(gk schema.GroupKind) (string, bool) {
	if k, ok := Of(gk); ok {
		return k.Name, true
	}
	return "", false
}
