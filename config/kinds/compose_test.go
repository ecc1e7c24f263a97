package kinds

import (
	"strings"
	"testing"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/hashicorp/hcl/v2"
	runtime "k8s.io/apimachinery/pkg/runtime/schema"
)

// limit is a kind whose blocks share an object, as later ones do.
var limit = &Kind{
	Name:   "limit",
	Object: runtime.GroupVersionKind{Group: "example.com", Version: "v1", Kind: "Policy"},
	Shared: &Sharing{},
	Encode: func(b *resource.Block, f *Fragment) {
		f.ID.Name = "shared"
		spec := f.Spec(b)
		for _, arg := range []string{"rate", "burst"} {
			if n, a := f.number(b, arg); a != nil {
				spec.Map("limits", within(b)).Set(arg, n, from(a))
			}
		}
	},
}

func limits(name string) (*Kind, bool) { return limit, name == "limit" }

func at(line int) hcl.Range {
	return hcl.Range{Filename: "main.hcl", Start: hcl.Pos{Line: line, Column: 1, Byte: 10 * line}, End: hcl.Pos{Line: line, Column: 5, Byte: 10*line + 4}}
}

func limitResource(name string, line int, attrs ...resource.Attr) *resource.Resource {
	return &resource.Resource{
		Address: resource.Address{Kind: "limit", Name: name},
		Block:   &resource.Block{Type: "limit", Label: name, Range: at(line), Attrs: attrs},
		Range:   at(line),
	}
}

func TestBlocksShareAnObject(t *testing.T) {
	rs := []*resource.Resource{
		limitResource("a", 1, resource.Attr{Name: "rate", Value: int64(10), Range: at(2)}),
		limitResource("b", 4, resource.Attr{Name: "burst", Value: int64(5), Range: at(5)}),
		limitResource("c", 7, resource.Attr{Name: "rate", Value: int64(10), Range: at(8)}),
	}
	if diags := compose(rs, nil, limits); diags.HasErrors() {
		t.Fatal(diags)
	}
	for _, r := range rs {
		if len(r.Objects) != 1 || r.Objects[0] != rs[0].Objects[0] {
			t.Errorf("%s has objects of its own: %v", r.Address, r.Objects)
		}
	}
	spec := rs[0].Objects[0].Object["spec"].(map[string]any)["limits"].(map[string]any)
	if spec["rate"] != int64(10) || spec["burst"] != int64(5) {
		t.Errorf("the object has %v", spec)
	}
}

func TestAClashNamesBothLines(t *testing.T) {
	rs := []*resource.Resource{
		limitResource("a", 1, resource.Attr{Name: "rate", Value: int64(10), Range: at(2)}),
		limitResource("b", 4, resource.Attr{Name: "burst", Value: int64(5), Range: at(5)}),
		limitResource("c", 7, resource.Attr{Name: "rate", Value: int64(11), Range: at(8)}),
	}
	diags := compose(rs, nil, limits)
	if len(diags) != 1 {
		t.Fatalf("got %v", diags)
	}
	d := diags[0]
	if d.Subject == nil || d.Subject.Start.Line != 8 || !strings.Contains(d.Detail, "main.hcl line 2") || !strings.Contains(d.Detail, "spec.limits.rate") {
		t.Errorf("got %v at %v", d.Detail, d.Subject)
	}
}

func TestOneNameOnTwoTargetsIsNoCollision(t *testing.T) {
	block := &resource.Block{Type: "backend", Label: "a", Attrs: []resource.Attr{{Name: "dns", Value: "a:80"}}}
	here := &resource.Resource{Address: resource.Address{Kind: "backend", Name: "a"}, Provider: "xds", Block: block}
	there := &resource.Resource{Address: resource.Address{Module: "module.eu", Kind: "backend", Name: "b"}, Provider: "xds.eu", Block: block}
	there.Block = &resource.Block{Type: "backend", Label: "b", Attrs: append(block.Attrs, resource.Attr{Name: "name", Value: "a"})}
	if diags := Compose([]*resource.Resource{here, there}, map[string]Scope{"xds.eu": {Namespace: "default"}}); diags.HasErrors() {
		t.Error(diags)
	}
	there.Provider = "xds"
	if diags := Compose([]*resource.Resource{here, there}, nil); !diags.HasErrors() {
		t.Error("two blocks made one object")
	}
}

func TestScopesSayNamespaceAndClass(t *testing.T) {
	r := &resource.Resource{Address: resource.Address{Kind: "gateway", Name: "a"}, Provider: "kubernetes", Block: &resource.Block{Type: "gateway", Label: "a"}}
	Compose([]*resource.Resource{r}, map[string]Scope{"kubernetes": {Namespace: "infra", Class: "eg"}})
	o := r.Objects[0]
	if class := o.Object["spec"].(map[string]any)["gatewayClassName"]; o.GetNamespace() != "infra" || class != "eg" {
		t.Errorf("namespace %q, class %v", o.GetNamespace(), class)
	}
}
