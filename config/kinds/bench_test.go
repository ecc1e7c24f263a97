package kinds_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/gwctl/gwctl/config"
	"github.com/gwctl/gwctl/config/kinds"
	"github.com/gwctl/gwctl/internal/crd"
	"github.com/gwctl/gwctl/internal/resource"
)

// loadRoutes loads a gateway, two backends and n routes.
func loadRoutes(b *testing.B, n int) []*resource.Resource {
	b.Helper()
	dir := b.TempDir()
	text := fmt.Sprintf(`
provider "xds" {}
gateway "public" {
  listener "http" { port = 8080 }
}
backend "a" { endpoints = ["127.0.0.1:9001"] }
backend "b" { endpoints = ["127.0.0.1:9002"] }
http_route "r" {
  count     = %d
  gateway   = gateway.public
  hostnames = ["h${count.index}.example.com"]
  rule "api" {
    match { path_prefix = "/api/${count.index}" }
    forward {
      to     = backend.a
      weight = 90
    }
    forward {
      to     = backend.b
      weight = 10
    }
  }
}
`, n)
	if err := os.WriteFile(filepath.Join(dir, "main.hcl"), []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	loaded, diags := config.Load(b.Context(), config.Options{Dir: dir})
	if diags.HasErrors() {
		b.Fatal(diags)
	}
	return loaded.Resources
}

func BenchmarkCompose(b *testing.B) {
	rs := loadRoutes(b, 1000)
	b.ReportAllocs()
	for b.Loop() {
		if diags := kinds.Compose(rs, nil); diags.HasErrors() {
			b.Fatal(diags)
		}
	}
}

// BenchmarkEncodeDefaultDigest does what a plan without changes does: blocks
// to objects, defaults, and the look into the cache.
func BenchmarkEncodeDefaultDigest(b *testing.B) {
	rs := loadRoutes(b, 1000)
	cache := crd.LoadCache(filepath.Join(b.TempDir(), "validated"))
	if diags := kinds.Validate(b.Context(), rs, cache); diags.HasErrors() {
		b.Fatal(diags)
	}
	b.ReportAllocs()
	for b.Loop() {
		kinds.Compose(rs, nil)
		for _, r := range rs {
			for _, o := range r.Objects {
				if _, err := (kinds.Codec{}).Default(o); err != nil {
					b.Fatal(err)
				}
			}
		}
		if diags := kinds.Validate(b.Context(), rs, cache); diags.HasErrors() {
			b.Fatal(diags)
		}
	}
}

func BenchmarkWords(b *testing.B) {
	rs := loadRoutes(b, 1000)
	names := namesOf(rs)
	b.ReportAllocs()
	for b.Loop() {
		for _, r := range rs {
			for _, o := range r.Objects {
				if _, err := (kinds.Codec{}).Words(r.Address, o, names); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
}
