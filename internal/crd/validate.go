package crd

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/gwctl/gwctl/internal/resource"
	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/objectmeta"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// batch bounds how many objects are held as copies at a time.
const batch = 1024

// Validate returns what the API server would find wrong with each object, were
// it created: nil for one that is fine, else errors sorted by field, whose
// paths are such as spec.rules[0].matches[1].path.value. Status is ignored, as
// the API server does. The error is the context's. Validate takes any object,
// changes none, and is safe for concurrent use.
func Validate(ctx context.Context, objects ...*resource.Object) ([]field.ErrorList, error) {
	out := make([]field.ErrorList, 0, len(objects))
	for chunk := range slices.Chunk(objects, batch) {
		problems, err := validateBatch(ctx, chunk)
		if err != nil {
			return nil, err
		}
		out = append(out, problems...)
	}
	return out, nil
}

// candidate is one object on its way through validation.
type candidate struct {
	object   map[string]any
	def      *definition
	decoded  *decodedSchema
	problems field.ErrorList
}

// validateBatch compiles the CEL rules that the batch needs while it checks the
// objects by their schemas.
func validateBatch(ctx context.Context, objects []*resource.Object) ([]field.ErrorList, error) {
	candidates := make([]candidate, len(objects))
	err := parallel(ctx, len(objects), func(i int) { guard(&candidates[i], func(c *candidate) { c.prepare(objects[i]) }) })
	if err != nil {
		return nil, err
	}
	var sets []*rules
	seen := make(map[*rules]bool)
	for _, c := range candidates {
		if c.decoded != nil && !seen[c.decoded.rules] {
			seen[c.decoded.rules] = true
			sets = append(sets, c.decoded.rules)
		}
	}
	err = parallel(ctx, len(sets)+len(candidates), func(i int) {
		if i < len(sets) {
			sets[i].compile()
			return
		}
		guard(&candidates[i-len(sets)], (*candidate).checkSchema)
	})
	if err != nil {
		return nil, err
	}
	err = parallel(ctx, len(candidates), func(i int) {
		guard(&candidates[i], func(c *candidate) { c.checkRules(ctx) })
	})
	out := make([]field.ErrorList, len(candidates))
	for i, c := range candidates {
		out[i] = tidy(c.problems)
	}
	return out, err
}

// guard turns a panic of a validator into a problem of the object it was
// looking at: objects come from anywhere, also over the network.
func guard(c *candidate, check func(*candidate)) {
	defer func() {
		if p := recover(); p != nil {
			c.decoded = nil
			c.problems = append(c.problems, field.InternalError(nil, fmt.Errorf("the object cannot be validated: %v", p)))
		}
	}()
	check(c)
}

// prepare copies the object, takes out what the schema does not know, and sets
// defaults: rules speak of the object as it would be stored.
func (c *candidate) prepare(o *resource.Object) {
	if o == nil || o.Object == nil {
		c.problems = field.ErrorList{field.Required(nil, "there is no object")}
		return
	}
	gvk := o.GroupVersionKind()
	def, ok := lookup(gvk)
	if !ok {
		c.problems = field.ErrorList{field.Invalid(field.NewPath("kind"), gvk.Kind, fmt.Sprintf("no definition is known of this kind in %q", o.GetAPIVersion()))}
		return
	}
	decoded, err := def.decode()
	if err != nil {
		c.problems = field.ErrorList{field.InternalError(nil, err)}
		return
	}
	c.def, c.decoded = def, decoded
	c.object = copyValue(o.Object).(map[string]any)
	delete(c.object, "status")
	for _, path := range pruning.PruneWithOptions(c.object, decoded.structural, true, structural.UnknownFieldPathOptions{TrackUnknownFieldPaths: true}) {
		c.problems = append(c.problems, field.Forbidden(field.NewPath(path), "unknown field"))
	}
	setDefaults(c.object, decoded)
	decoded.rules.fields.see(c.object)
}

func (c *candidate) checkSchema() {
	if c.decoded == nil {
		return
	}
	c.problems = append(c.problems, checkMetadata(c.object, c.def.namespaced)...)
	if !conformsRoot(c.decoded.structural, c.object) {
		c.problems = append(c.problems, validation.ValidateCustomResource(nil, c.object, c.decoded.schema)...)
	}
	if c.decoded.rules.fields.count.embeds {
		c.problems = append(c.problems, objectmeta.Validate(context.Background(), nil, c.object, c.decoded.structural, false)...)
	}
	c.problems = append(c.problems, listtype.ValidateListSetsAndMaps(nil, c.decoded.structural, c.object)...)
}

// checkRules evaluates the CEL rules, unless the object is such that they
// would fail for reasons that are reported already.
func (c *candidate) checkRules(ctx context.Context) {
	if c.decoded == nil || slices.ContainsFunc(c.problems, blocksRules) {
		return
	}
	c.problems = append(c.problems, c.decoded.rules.check(ctx, c.object)...)
}

func blocksRules(err *field.Error) bool {
	switch err.Type {
	case field.ErrorTypeNotSupported, field.ErrorTypeRequired, field.ErrorTypeTooLong, field.ErrorTypeTooMany, field.ErrorTypeTypeInvalid:
		return true
	}
	return false
}

// tidy sorts problems by field and drops those said twice.
func tidy(problems field.ErrorList) field.ErrorList {
	slices.SortStableFunc(problems, func(a, b *field.Error) int {
		return cmp.Or(cmp.Compare(a.Field, b.Field), cmp.Compare(a.Type, b.Type), cmp.Compare(a.Detail, b.Detail))
	})
	return slices.CompactFunc(problems, func(a, b *field.Error) bool {
		return a.Field == b.Field && a.Type == b.Type && a.Detail == b.Detail
	})
}
