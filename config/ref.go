package config

import (
	"slices"
	"strings"

	"github.com/gwctl/gwctl/config/kinds"
	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/diag"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	runtime "k8s.io/apimachinery/pkg/runtime/schema"
)

// reference returns what KIND.NAME stands for: a reference, or a collection of
// them. It needs the arguments alone that identify the block, so that two
// blocks may refer to each other.
func (i *instance) reference(b *block) cty.Value {
	c := get(i.references, b, func() string { return i.name(b.address()) }, b.header)
	return force(i.l, c, cty.DynamicVal, func() cty.Value {
		expansion := i.expansion(b)
		if !expansion.ok {
			return cty.DynamicVal
		}
		if b.kind.Refer == nil {
			i.l.errorf(b.header, "No reference", "Blocks of the kind %s cannot be referred to.", b.kind.Name)
			return cty.DynamicVal
		}
		provider, known := i.provider(b)
		scope := i.l.scope(provider)
		identity := &body{schema: &b.kind.Schema, header: b.header, what: header(b.source), args: b.identity}
		var needs []reference
		for _, arg := range b.identity {
			needs = append(needs, arg.expr.needs...)
		}
		outer := i.scope(needs)
		d := i.decoder(b, b.slots)
		values := make([]cty.Value, len(expansion.items))
		for n, it := range expansion.items {
			a := resource.Address{Module: i.path, Kind: b.kind.Name, Name: b.name, Key: it.key}
			decoded := d.identity(identity, it.context(outer))
			if d.failed {
				return cty.DynamicVal
			}
			decoded.Type, decoded.Label = b.kind.Name, b.name
			ref := b.kind.Refer(decoded, a, scope)
			if b.kind.data != nil && known && !i.l.note(b, decoded, ref, provider) {
				return cty.DynamicVal
			}
			values[n] = refValue(ref)
			i.l.addresses[a.String()] = a
			if known {
				i.l.appliedBy[a] = provider
			}
		}
		return collect(b.rep, expansion.items, values)
	})
}

// identity decodes the arguments that identify a block.
func (d *decoder) identity(b *body, ctx *hcl.EvalContext) *resource.Block {
	d.failed = false
	out := &resource.Block{Range: b.header}
	for _, arg := range b.args {
		switch v := d.argument(arg, ctx); {
		case !v.ok:
			d.failed = true
		case !v.absent:
			out.Attrs = append(out.Attrs, v.attr)
		}
	}
	return out
}

// refValue returns a reference as expressions see it.
func refValue(r resource.Ref) cty.Value {
	port := cty.NullVal(cty.Number)
	if r.Port != 0 {
		port = cty.NumberIntVal(r.Port)
	}
	return cty.ObjectVal(map[string]cty.Value{
		"kind":      cty.StringVal(strings.TrimPrefix(r.Address.Kind, dataPrefix)),
		"address":   cty.StringVal(r.Address.String()),
		"group":     cty.StringVal(r.ID.Group),
		"type":      cty.StringVal(r.ID.Kind),
		"namespace": cty.StringVal(r.ID.Namespace),
		"name":      cty.StringVal(r.ID.Name),
		"port":      port,
	})
}

// isRef reports whether a value is a reference to a block.
func isRef(v cty.Value) bool { return v.Type().Equals(schema.Ref) }

// holdsRef reports whether arguments of a type hold references.
func holdsRef(ty cty.Type) bool {
	switch {
	case ty.Equals(schema.Ref):
		return true
	case ty.IsListType(), ty.IsSetType(), ty.IsMapType():
		return holdsRef(ty.ElementType())
	}
	return false
}

// flatten turns collections of references, as blocks with for_each stand for,
// into a list where a list of references is wanted.
func (c *converter) flatten(v cty.Value) cty.Value {
	if v.IsMarked() || !v.IsKnown() || v.IsNull() || !v.CanIterateElements() {
		return v
	}
	if refs, ok := refsIn(v); ok && !v.Type().IsTupleType() {
		c.flattened = true
		return cty.TupleVal(refs)
	}
	if !v.Type().IsTupleType() {
		return v
	}
	var out []cty.Value
	for it := v.ElementIterator(); it.Next(); {
		_, element := it.Element()
		if refs, ok := refsIn(element); ok {
			c.flattened = true
			out = append(out, refs...)
		} else {
			out = append(out, element)
		}
	}
	return cty.TupleVal(out)
}

// refsIn returns the elements of a collection if all of them are references.
func refsIn(v cty.Value) ([]cty.Value, bool) {
	if isRef(v) || v.IsMarked() || !v.IsKnown() || v.IsNull() || !v.CanIterateElements() {
		return nil, false
	}
	var refs []cty.Value
	for it := v.ElementIterator(); it.Next(); {
		_, element := it.Element()
		if !isRef(element) || !element.IsKnown() || element.IsNull() || element.IsMarked() {
			return nil, false
		}
		refs = append(refs, element)
	}
	return refs, true
}

// ref reads a reference: to a block, or { name = ..., namespace = ... } to
// what another configuration owns.
func (c *converter) ref(v cty.Value) (any, bool) {
	ty := v.Type()
	if !ty.IsObjectType() && !ty.IsMapType() {
		return c.noRef(v)
	}
	if _, many := refsIn(v); many && v.LengthInt() > 0 {
		for it := v.ElementIterator(); it.Next(); {
			_, first := it.Element()
			return c.fail("Wrong type", "%s wants one reference, and this is a block with for_each: name one instance, such as %s.", c.where(), first.GetAttr("address").AsString())
		}
	}
	var f refFields
	for it := v.ElementIterator(); it.Next(); {
		key, field := it.Element()
		if ok := f.set(c, key.AsString(), field); !ok {
			return nil, false
		}
	}
	if f.address != "" {
		return c.own(&f)
	}
	return c.foreign(&f, v)
}

// refFields are the fields of a reference as strings, "" where absent.
type refFields struct {
	kind, address, group, typ, namespace, name string
	port                                       int64
}

func (f *refFields) set(c *converter, key string, v cty.Value) bool {
	if v.IsMarked() {
		_, ok := c.fail("Sensitive value", "%s is shown and stored, so that it cannot take a sensitive value.", c.where())
		return ok
	}
	if !v.IsKnown() {
		return false
	}
	if !schema.Ref.HasAttribute(key) {
		_, ok := c.failAt(key, "Unknown attribute", "A reference has no %q.%s", key, diag.Allowed(key, []string{"name", "namespace", "kind", "group", "type", "port"}))
		return ok
	}
	if v.IsNull() {
		return true
	}
	converted, err := convert.Convert(v, schema.Ref.AttributeType(key))
	if err != nil {
		_, ok := c.fail("Wrong type", "%s.%s wants %s, and this is %s.", c.where(), key, wanted(schema.Ref.AttributeType(key)), describe(v))
		return ok
	}
	switch key {
	case "port":
		n, whole := primitive(converted).(int64)
		if !whole {
			_, ok := c.fail("Wrong type", "%s.port wants a whole number, and this is %s.", c.where(), describe(v))
			return ok
		}
		f.port = n
	case "kind":
		f.kind = converted.AsString()
	case "address":
		f.address = converted.AsString()
	case "group":
		f.group = converted.AsString()
	case "type":
		f.typ = converted.AsString()
	case "namespace":
		f.namespace = converted.AsString()
	case "name":
		f.name = converted.AsString()
	}
	return true
}

// own is a reference to a block of this configuration. Behind a data block is
// what another one owns.
func (c *converter) own(f *refFields) (any, bool) {
	a, ok := c.d.l.addresses[f.address]
	if !ok {
		var err error
		if a, err = resource.ParseAddress(f.address); err != nil {
			return c.fail("Invalid reference", "%s: %s. Leave address out to refer to what another configuration owns.", c.where(), err)
		}
	}
	kind, data := a.Kind, c.d.l.dataOf(a)
	if data != nil {
		kind = data.stands
	}
	if allowed := c.arg.schema.Refs; len(allowed) > 0 && !slices.Contains(allowed, kind) {
		return c.fail("Wrong kind of reference", "%s wants a reference to %s, and this is one to %s.", c.where(), kindList(allowed), f.address)
	}
	if by := c.d.l.appliedBy[a]; by != "" && c.d.provider != "" && by != c.d.provider {
		if data != nil {
			return c.fail("Reference to another target", "%s refers to %s, which is on the provider %s's target; this block is the provider %s's, where it would lead nowhere. Give both one provider.", c.where(), f.address, by, c.d.provider)
		}
		return c.fail("Reference to another target", "%s refers to %s, which the provider %s applies; this block is the provider %s's, where it would lead nowhere. Have one provider apply both.", c.where(), f.address, by, c.d.provider)
	}
	ref := resource.Ref{ID: resource.ID{Group: f.group, Kind: f.typ, Namespace: f.namespace, Name: f.name}, Port: f.port}
	if data == nil {
		ref.Address = a
		c.deps = append(c.deps, a)
	}
	return ref, true
}

// foreign is a reference to what another configuration owns.
func (c *converter) foreign(f *refFields, v cty.Value) (any, bool) {
	allowed := c.arg.schema.Refs
	if f.name == "" {
		return c.noRef(v)
	}
	if f.kind == "" && len(allowed) == 1 {
		f.kind = allowed[0]
	}
	if len(allowed) == 0 && isObjectKind(f.kind) {
		f.typ = f.kind
	}
	if f.typ == "" {
		k := c.d.l.kinds[f.kind]
		switch {
		case f.kind == "" && len(allowed) == 0, k != nil && k.Object.Empty():
			return c.fail("Incomplete reference", "%s may refer to anything, so say what: { group = \"gateway.envoyproxy.io\", kind = \"EnvoyProxy\", name = ... }.", c.where())
		case f.kind == "":
			return c.fail("Incomplete reference", "%s may refer to %s: say which with kind = \"%s\".", c.where(), kindList(allowed), allowed[0])
		case k == nil:
			return c.fail("Unknown kind", "There is no kind %q.%s", f.kind, diag.Allowed(f.kind, c.d.l.kindNames()))
		case len(allowed) > 0 && !slices.Contains(allowed, f.kind):
			return c.fail("Wrong kind of reference", "%s wants a reference to %s, and this is one to %s.", c.where(), kindList(allowed), kindList([]string{f.kind}))
		}
		f.group, f.typ = k.Object.Group, k.Object.Kind
	}
	switch inCluster := kinds.IsClusterScoped(runtime.GroupKind{Group: f.group, Kind: f.typ}); {
	case inCluster:
		f.namespace = ""
	case f.namespace == "":
		f.namespace = c.d.namespace
	}
	return resource.Ref{ID: resource.ID{Group: f.group, Kind: f.typ, Namespace: f.namespace, Name: f.name}, Port: f.port}, true
}

// isObjectKind reports whether a kind is one of Kubernetes', which are written
// in capitals, and not of gwctl's blocks.
func isObjectKind(kind string) bool { return kind != "" && 'A' <= kind[0] && kind[0] <= 'Z' }

func (c *converter) noRef(v cty.Value) (any, bool) {
	example := "KIND.NAME"
	what := "a reference"
	if allowed := c.arg.schema.Refs; len(allowed) > 0 {
		example, what = allowed[0]+".NAME", "a reference to "+kindList(allowed)
	}
	return c.fail("Wrong type", "%s wants %s, and this is %s. Write %s, or { name = \"...\", namespace = \"...\" } for what another configuration owns.", c.where(), what, describe(v), example)
}

// kindList writes kinds for the middle of a sentence: "a gateway or backend
// block".
func kindList(names []string) string { return "a " + strings.Join(names, " or ") + " block" }

// namespaceOf returns the namespace of a block: its argument, or the provider
// block's.
func (d *decoder) namespaceOf(ctx *hcl.EvalContext, provider string) string {
	for _, arg := range d.block.body.args {
		if arg.schema.Name == "namespace" {
			if v := d.argument(arg, ctx); v.ok && !v.absent {
				if s, ok := v.attr.Value.(string); ok {
					return s
				}
			}
		}
	}
	return d.l.scope(provider).Namespace
}

// scope returns what the provider block with a key says for all its blocks.
func (l *loader) scope(key string) kinds.Scope {
	p := l.providers[key]
	if p == nil {
		return kinds.Scope{Namespace: defaultNamespace}
	}
	return ScopeOf(Target{Type: p.typ, Block: l.providerBlock(key)})
}
