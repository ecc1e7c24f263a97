package hcltext

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
	"pgregory.net/rapid"
)

// Whatever a value holds, HCL reads the same from what was written, on one line
// and on several.
func TestHCLReadsWhatWasWritten(t *testing.T) {
	text := rapid.OneOf(
		rapid.String(),
		rapid.StringMatching(`([$%{}"\\~ a]|\n|EOT){0,12}`),
		rapid.StringMatching(`([$%]{0,3}[{]?[a-z ]{0,5}\n){2,4}`),
		rapid.SampledFrom([]string{"for", "if", "null", "true", "a-b", "1a", "EOT\n\nEOT\n", "a\n\n EOT\n", strings.Repeat("x", 150)}),
	).Filter(func(s string) bool { return cty.NormalizeString(s) == s })
	leaf := rapid.OneOf(
		rapid.Map(text, func(s string) any { return s }),
		rapid.SampledFrom([]any{true, false, int64(0), int64(-7), int64(1 << 52), 0.25, nil}),
	)
	list := rapid.Map(rapid.SliceOfN(leaf, 0, 4), func(l []any) any { return l })
	object := rapid.Map(rapid.MapOfN(text, rapid.OneOf(leaf, list), 0, 4), func(m map[string]any) any { return m })
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(leaf, list, object).Draw(t, "value")
		nested := map[string]any{"metadata": map[string]any{"labels": value}, "items": []any{value, "last"}}
		b := &resource.Block{Type: "a", Label: text.Filter(func(s string) bool { return s != "" && !strings.Contains(s, "\n") }).Draw(t, "label"), Attrs: []resource.Attr{
			{Name: "value", Value: value}, {Name: "object", Value: nested}, {Name: "last", Value: int64(1)},
		}, Blocks: []*resource.Block{{Type: "b", Attrs: []resource.Attr{{Name: "value", Value: value}}}, {Type: "c"}}}
		src := Block(b)
		file, diags := hclsyntax.ParseConfig([]byte(src), "x.hcl", hcl.InitialPos)
		if diags.HasErrors() {
			t.Fatalf("%v in\n%s", diags, src)
		}
		body := file.Body.(*hclsyntax.Body)
		read := body.Blocks[0]
		if d := cmp.Diff([]string{b.Label}, read.Labels); d != "" {
			t.Fatalf("%s in\n%s", d, src)
		}
		same(t, src, value, read.Body.Attributes["value"])
		same(t, src, nested, read.Body.Attributes["object"])
		same(t, src, value, read.Body.Blocks[0].Body.Attributes["value"])
		if again := Block(b); again != src {
			t.Fatalf("other text the second time:\n%s\n%s", src, again)
		}
	})
}

func same(t *rapid.T, src string, want any, attr *hclsyntax.Attribute) {
	t.Helper()
	v, diags := attr.Expr.Value(nil)
	if diags.HasErrors() {
		t.Fatalf("%v in\n%s", diags, src)
	}
	data, err := ctyjson.Marshal(v, v.Type())
	if err != nil {
		t.Fatal(err)
	}
	wanted, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var a, b any
	if json.Unmarshal(data, &a) != nil || json.Unmarshal(wanted, &b) != nil {
		t.Fatalf("no JSON: %s %s", data, wanted)
	}
	if d := cmp.Diff(b, a); d != "" {
		t.Fatalf("%s in\n%s", d, src)
	}
}

func TestBlocksAreLaidOutAsPeopleDo(t *testing.T) {
	ref := func(name string) resource.Ref {
		return resource.Ref{Address: resource.Address{Kind: "backend", Name: name}}
	}
	b := &resource.Block{
		Type: "http_route", Label: "orders",
		Attrs: []resource.Attr{
			{Name: "gateway", Value: resource.Ref{Address: resource.Address{Kind: "gateway", Name: "public"}}},
			{Name: "hostnames", Value: []any{"shop.example.com"}},
		},
		Blocks: []*resource.Block{
			{Type: "rule", Label: "api", Blocks: []*resource.Block{
				{Type: "match", Attrs: []resource.Attr{{Name: "path_prefix", Value: "/api"}}},
				{Type: "forward", Key: "backend.a", Attrs: []resource.Attr{{Name: "to", Value: ref("a")}, {Name: "weight", Value: int64(90)}}},
				{Type: "forward", Key: "backend.b", Attrs: []resource.Attr{{Name: "to", Value: ref("b")}}},
			}},
			{Type: "rule", Key: "#1", Blocks: []*resource.Block{
				{Type: "forward", Attrs: []resource.Attr{{Name: "to", Value: resource.Ref{ID: resource.ID{Kind: "Service", Name: "c", Namespace: "x"}, Port: 80}}, {Name: "weight", Value: int64(0)}}},
			}},
		},
	}
	const want = `http_route "orders" {
  gateway   = gateway.public
  hostnames = ["shop.example.com"]

  rule "api" {
    match { path_prefix = "/api" }
    forward {
      to     = backend.a
      weight = 90
    }
    forward { to = backend.b }
  }

  rule {
    forward {
      to     = { name = "c", namespace = "x", group = "", port = 80, type = "Service" }
      weight = 0
    }
  }
}
`
	if d := cmp.Diff(want, Block(b)); d != "" {
		t.Error(d)
	}
}
