package translate_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/gwctl/gwctl/providers/xds/translate"
	"github.com/rogpeppe/go-internal/txtar"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// TestAChangedLimitIsLittle changes limits of a golden case: Envoys hear of one
// table of routes at most, and the limiter of one policy.
func TestAChangedLimitIsLittle(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/rate_limits.txtar")
	if err != nil {
		t.Fatal(err)
	}
	translator := translate.NewTranslator()
	translator.Limiter = "127.0.0.1:8081"
	before := parse(t, archive.Files[0].Data)
	old := translator.Translate(before)
	change := func(scope string) []string {
		after := slices.Clone(before)
		for i, o := range after {
			if o.Object.GetName() == "httproute-orders" {
				after[i].Object = o.Object.DeepCopy()
				rules, _, _ := unstructured.NestedSlice(after[i].Object.Object, "spec", "rateLimit", scope, "rules")
				rules[0].(map[string]any)["limit"] = map[string]any{"requests": int64(12), "unit": rules[0].(map[string]any)["limit"].(map[string]any)["unit"]}
				if err := unstructured.SetNestedSlice(after[i].Object.Object, rules, "spec", "rateLimit", scope, "rules"); err != nil {
					t.Fatal(err)
				}
			}
		}
		return changed(old, translator.Translate(after))
	}
	if got, want := change("local"), []string{"RDS default/public/8080"}; !slices.Equal(got, want) {
		t.Errorf("a local limit changed %q, want %q", got, want)
	}
	if got, want := change("global"), []string{"RLS default/httproute-orders"}; !slices.Equal(got, want) {
		t.Errorf("a global limit changed %q, want %q", got, want)
	}
}

// changed names the resources that are others than before.
func changed(before, after translate.Result) []string {
	all := func(r translate.Result) map[string]string {
		out := map[string]string{}
		for _, l := range r.Limits {
			out[string(l.Type)+" "+l.Name] = l.Version
		}
		for _, s := range r.Gateways {
			for typ, resources := range s.Resources {
				for name, r := range resources {
					out[string(typ)+" "+name] = r.Version
				}
			}
		}
		return out
	}
	old := all(before)
	var out []string
	for name, version := range all(after) {
		if old[name] != version {
			out = append(out, name)
		}
		delete(old, name)
	}
	return slices.Sorted(slices.Values(append(out, slices.Collect(maps.Keys(old))...)))
}
