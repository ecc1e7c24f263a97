package kinds_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gwctl/gwctl/config"
	"github.com/gwctl/gwctl/config/kinds"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/rogpeppe/go-internal/txtar"
)

// TestEveryFieldKnowsItsLine looks up each field of each object, and reads the
// source where it says it was written.
func TestEveryFieldKnowsItsLine(t *testing.T) {
	loaded := loadArchive(t, "testdata/shop.txtar")
	for _, r := range loaded.Resources {
		for _, o := range r.Objects {
			sources := kinds.Sources(r, o)
			eachField("", o.Object, func(path string, value any) {
				if at, ok := sources[path]; !ok || at.Filename == "" {
					t.Errorf("%s: %s has no line", r.Address, path)
				}
			})
		}
	}
	for _, tt := range []struct{ address, path, text string }{
		{"http_route.orders", "spec.rules[0].backendRefs[1].weight", "10"},
		{"http_route.orders", "spec.rules[0].matches[1].method", `"HEAD"`},
		{"http_route.orders", "spec.rules[0].matches[0].headers[0].value", `{ regex = "^b[0-9]+$" }`},
		{"http_route.orders", "spec.rules[1].filters[0].requestRedirect.statusCode", "301"},
		{"http_route.orders", "spec.hostnames[1]", `"www.example.com"`},
		{"http_route.orders", "metadata.labels[team]", `"orders"`},
		{"http_route.orders", "spec.rules[3].retry.attempts", `rule "rest"`},
		{"http_route.orders", "metadata.name", `http_route "orders"`},
		{"backend.orders", "spec.endpoints[1].ip.port", `"[::1]:9001"`},
		{"gateway.public", "spec.listeners[1].allowedRoutes.namespaces.from", `"All"`},
	} {
		for _, r := range loaded.Resources {
			if r.Address.String() != tt.address {
				continue
			}
			at, ok := kinds.Sources(r, r.Objects[0]).Find(tt.path)
			if !ok {
				t.Errorf("%s of %s has no line", tt.path, tt.address)
				continue
			}
			if got := string(at.SliceBytes(loaded.Sources[at.Filename].Bytes)); got != tt.text {
				t.Errorf("%s of %s was written as %s, want %s", tt.path, tt.address, got, tt.text)
			}
		}
	}
}

// The fields of a manifest lead into its object, as far as that is written out.
func TestFieldsOfManifestsKnowTheirLine(t *testing.T) {
	loaded := loadArchive(t, "testdata/manifest.txtar")
	for _, tt := range []struct{ address, path, text string }{
		{"manifest.limits", "spec.connection.bufferLimit", `"32Ki"`},
		{"manifest.limits", "spec.targetRefs[0].name", "gateway.public.name"},
		{"manifest.limits", "metadata.labels[team]", `"platform"`},
		{"manifest.limits", "metadata.labels.team", `"platform"`},
		{"manifest.limits", "metadata.namespace", "manifest.shop.name"},
		{"manifest.limits", "spec.http1.http10", "{}"},
		{"manifest.issuer", "metadata.name", `{ namespace = "" }`},
		{`manifest.role["read"]`, "rules[0].verbs[0]", `each.key == "read" ? "get" : "patch"`},
		{"manifest.shop", "metadata.name", `{ apiVersion = "v1", kind = "Namespace" }`},
	} {
		i := slices.IndexFunc(loaded.Resources, func(r *resource.Resource) bool { return r.Address.String() == tt.address })
		r := loaded.Resources[i]
		at, _ := kinds.Sources(r, r.Objects[0]).Find(tt.path)
		if got := string(at.SliceBytes(loaded.Sources[at.Filename].Bytes)); got != tt.text {
			t.Errorf("%s of %s was written as %s, want %s", tt.path, tt.address, got, tt.text)
		}
	}
}

func eachField(path string, v any, visit func(string, any)) {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			switch {
			case path == "":
				eachField(key, value, visit)
			case path == "metadata.labels" || path == "metadata.annotations":
				visit(fmt.Sprintf("%s[%s]", path, key), value)
			default:
				eachField(path+"."+key, value, visit)
			}
		}
	case []any:
		for i, value := range v {
			eachField(fmt.Sprintf("%s[%d]", path, i), value, visit)
		}
	default:
		visit(path, v)
	}
}

func TestManyInstancesOfOneMistakeAreOneError(t *testing.T) {
	dir := t.TempDir()
	text := `
provider "xds" {}
gateway "public" {
  listener "http" { port = 8080 }
}
backend "orders" { dns = "orders:80" }
http_route "orders" {
  count     = 100
  gateway   = gateway.public
  hostnames = ["Shop.example.com"]
  rule "all" {
    forward { to = backend.orders }
  }
}
`
	if err := os.WriteFile(filepath.Join(dir, "main.hcl"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	loaded, diags := config.Load(t.Context(), config.Options{Dir: dir})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	diags = kinds.Validate(t.Context(), loaded.Resources, nil)
	if len(diags) != 1 || !strings.HasSuffix(diags[0].Detail, "(spec.hostnames[0] of HTTPRoute default/orders-0, and in 99 more places)") {
		t.Errorf("got %v", diags)
	}
}

func loadArchive(t *testing.T, file string) *config.Config {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, f := range archive.Files {
		if strings.HasSuffix(f.Name, ".hcl") {
			if err := os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	loaded, diags := config.Load(t.Context(), config.Options{Dir: dir})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	return loaded
}
