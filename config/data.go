package config

import (
	"slices"
	"strings"

	"github.com/gwctl/gwctl/config/kinds"
	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/diag"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	runtime "k8s.io/apimachinery/pkg/runtime/schema"
	dns "k8s.io/apimachinery/pkg/util/validation"
)

// dataPrefix starts the kind in the address of a data block: data.gateway.x.
const dataPrefix = "data."

// dataType is what a data block may name.
type dataType struct {
	schema.Block // by the type in the first label
	object       runtime.GroupVersionKind
	stands       string // the kind that it is taken for where a reference is wanted; "" for none
	inCluster    bool   // an xDS server has none
}

// dataTypes are what belongs to others and is referred to.
var dataTypes = []dataType{
	{
		Block: schema.Block{
			Type: "gateway", Label: "name",
			Doc:  "A gateway of another team: `gateway = data.gateway.public`.",
			Body: schema.Body{Attrs: dataName},
		},
		object: runtime.GroupVersionKind{Group: "gateway.networking.k8s.io", Version: "v1", Kind: "Gateway"},
		stands: "gateway",
	},
	{
		Block: schema.Block{
			Type: "secret", Label: "name",
			Doc:  "A certificate with its key that others made: `certificates = [data.secret.wildcard]`, or to name it: `data.secret.wildcard.name`. It is a Secret of a Kubernetes cluster, whose values are not read, or on an xDS server what another configuration's `certificate` block made.",
			Body: schema.Body{Attrs: dataName},
		},
		object: runtime.GroupVersionKind{Version: "v1", Kind: "Secret"},
		stands: "certificate",
	},
	{
		Block: schema.Block{
			Type: "config_map", Label: "name",
			Doc:  "Certificates of authorities that others made: `certificate_authorities = [data.config_map.corp]`. They are in a ConfigMap of a Kubernetes cluster, or on an xDS server what another configuration's `certificate_authority` block made.",
			Body: schema.Body{Attrs: dataName},
		},
		object: runtime.GroupVersionKind{Version: "v1", Kind: "ConfigMap"},
		stands: "certificate_authority",
	},
	{
		Block: schema.Block{
			Type: "service", Label: "name",
			Doc: "A Service of a Kubernetes cluster: `to = data.service.orders`.",
			Body: schema.Body{Attrs: append(slices.Clip(dataName),
				schema.Attr{Name: "port", Type: cty.Number, Doc: "Port of the Service that requests go to."},
			)},
		},
		object:    runtime.GroupVersionKind{Version: "v1", Kind: "Service"},
		stands:    "backend",
		inCluster: true,
	},
}

var dataName = []schema.Attr{
	{Name: "name", Type: cty.String, Default: "label and key, joined by \"-\", with \"_\" as \"-\"", Doc: "Name of the object."},
	{Name: "namespace", Type: cty.String, Default: "the provider block's, else \"default\"", Doc: "Namespace of the object."},
}

// dataMeta are the arguments of every data block.
var dataMeta = slices.DeleteFunc(slices.Clone(metaArguments.Attrs), func(a schema.Attr) bool {
	return !slices.Contains([]string{"for_each", "count", "provider"}, a.Name)
})

// kind makes of the type what the loader knows blocks by: the block of a kind
// of which only the reference matters.
func (t *dataType) kind() *kind {
	k := &kinds.Kind{Name: dataPrefix + t.Type, Object: t.object, Schema: t.Body}
	for _, a := range t.Body.Attrs {
		k.Identity = append(k.Identity, a.Name)
	}
	k.Refer = func(b *resource.Block, a resource.Address, in kinds.Scope) resource.Ref {
		ref := resource.Ref{Address: a, ID: resource.ID{Group: t.object.Group, Kind: t.object.Kind, Namespace: in.Namespace, Name: dataLabel(a)}}
		if name := b.Attr("name"); name != nil {
			ref.ID.Name, _ = name.Value.(string)
		}
		if namespace := b.Attr("namespace"); namespace != nil {
			ref.ID.Namespace, _ = namespace.Value.(string)
		}
		if port := b.Attr("port"); port != nil {
			ref.Port, _ = port.Value.(int64)
		}
		return ref
	}
	return &kind{Kind: k, body: schema.Body{Attrs: slices.Concat(t.Body.Attrs, dataMeta)}, data: t}
}

// dataLabel is the name of the object where a data block says none.
func dataLabel(a resource.Address) string {
	name := a.Name
	if key := a.KeyText(); key != "" {
		name += "-" + key
	}
	return strings.ReplaceAll(name, "_", "-")
}

// declareData notes a data block.
func (m *module) declareData(b *hclsyntax.Block) {
	l := m.l
	switch {
	case len(b.Labels) == 0:
		l.errorf(b.DefRange(), "Missing label", "data needs two labels, a type and a name: write data \"gateway\" \"...\" { ... }.")
		return
	case l.data[b.Labels[0]] == nil:
		m.unknownData(b)
		return
	case len(b.Labels) == 1:
		l.errorf(b.DefRange(), "Missing label", "data needs two labels, a type and a name: write data %q \"...\" { ... }.", b.Labels[0])
		return
	case len(b.Labels) > 2:
		l.errorf(b.LabelRanges[2], "Too many labels", "data takes two labels, a type and a name.")
		return
	}
	k, name := l.data[b.Labels[0]], b.Labels[1]
	if !m.validName(name, b.LabelRanges[1]) {
		return
	}
	if first := m.data[k.data.Type][name]; first != nil {
		m.duplicate(b.DefRange(), header(b), first.header)
		return
	}
	if m.data[k.data.Type] == nil {
		m.data[k.data.Type] = map[string]*block{}
	}
	m.data[k.data.Type][name] = &block{m: m, kind: k, name: name, header: b.DefRange(), source: b}
}

// unknownData reports a data block of a type that there is not. Terraform's
// users may have meant a block of a kind.
func (m *module) unknownData(b *hclsyntax.Block) {
	typ := b.Labels[0]
	if m.l.kinds[typ] != nil {
		m.l.errorf(b.DefRange(), "Unknown data", "data blocks name what others own, and there is none for %s. What gwctl makes stands in a block of its kind: %s \"name\" { ... }.%s", typ, typ, diag.Allowed("", m.l.dataNames()))
		return
	}
	m.l.errorf(b.LabelRanges[0], "Unknown data", "There is no data %q.%s Other objects are referred to by their names.", typ, diag.Allowed(typ, m.l.dataNames()))
}

// resolveData finds the data block that a traversal refers to.
func (m *module) resolveData(t hcl.Traversal) (reference, *hcl.Diagnostic) {
	var typ, name string
	if len(t) > 1 {
		if step, ok := t[1].(hcl.TraverseAttr); ok {
			typ = step.Name
		}
	}
	if len(t) > 2 {
		if step, ok := t[2].(hcl.TraverseAttr); ok {
			name = step.Name
		}
	}
	ref := reference{root: "data", typ: typ, name: name}
	switch {
	case typ == "":
		return ref, problem(t.SourceRange(), "Incomplete reference", "\"data\" is followed by a type and a name, as in data.gateway.NAME.")
	case m.l.data[typ] == nil:
		return ref, problem(t.SourceRange(), "Unknown reference", "There is no data %q.%s", typ, diag.Allowed(typ, m.l.dataNames()))
	case name == "":
		return ref, problem(t.SourceRange(), "Incomplete reference", "\"data.%s\" is followed by a dot and a name, as in data.%s.NAME.", typ, typ)
	}
	b := m.data[typ][name]
	if d := m.undeclared(t, "data "+typ, `data "`+typ+`" "%s" { ... }`, name, b != nil, keysOf(m.data[typ])); d != nil {
		return ref, d
	}
	return ref, b.checkStep(t, 3)
}

func (l *loader) dataNames() []string {
	names := make([]string, len(dataTypes))
	for i := range dataTypes {
		names[i] = dataTypes[i].Type
	}
	return names
}

// dataOf returns the type of the data block at an address, nil for others.
func (l *loader) dataOf(a resource.Address) *dataType {
	typ, ok := strings.CutPrefix(a.Kind, dataPrefix)
	if !ok || l.data[typ] == nil {
		return nil
	}
	return l.data[typ].data
}

// note keeps what a data block names, to be looked for when a plan is made, and
// reports what cannot be there.
func (l *loader) note(b *block, decoded *resource.Block, ref resource.Ref, provider string) bool {
	errors := len(l.diags)
	for _, check := range []struct {
		arg, value, allowed string
		problems            []string
	}{
		{"name", ref.ID.Name, `digits, "-" and "."`, dns.IsDNS1123Subdomain(ref.ID.Name)},
		{"namespace", ref.ID.Namespace, `digits and "-"`, dns.IsDNS1123Label(ref.ID.Namespace)},
	} {
		if len(check.problems) == 0 {
			continue
		}
		at := b.header
		if a := decoded.Attr(check.arg); a != nil {
			at = a.Range
		}
		l.errorf(at, "Invalid name", "%q cannot be the %s of an object. It has lower-case letters, %s, and starts and ends with a letter or digit.", check.value, check.arg, check.allowed)
	}
	if port := decoded.Attr("port"); port != nil && (ref.Port < 1 || ref.Port > 65535) {
		l.errorf(port.Range, "Invalid port", "port is %v; a port is a whole number from 1 to 65535.", port.Value)
	}
	if p := l.providers[provider]; p != nil && p.typ == "xds" && b.kind.data.inCluster {
		l.errorf(b.header, "Data without a cluster", "An xDS server has no %ss. Remove the block, or say which cluster has this one: provider = kubernetes.", b.kind.data.object.Kind)
	}
	if len(l.diags) > errors {
		return false
	}
	l.config.Data = append(l.config.Data, Data{Name: ref.Address.String(), Provider: provider, ID: ref.ID, Range: b.header})
	return true
}
