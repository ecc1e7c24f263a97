package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fleet writes a configuration of one gateway, two shared backends and n
// routes by for_each.
func fleet(tb testing.TB, n int) string {
	tb.Helper()
	dir := tb.TempDir()
	var tenants strings.Builder
	tenants.WriteString("tenants = {\n")
	for i := range n {
		fmt.Fprintf(&tenants, "  t%05d = { host = \"t%05d.example.com\", weight = %d }\n", i, i, i%101)
	}
	tenants.WriteString("}\n")
	const main = `
provider "xds" {}

variable "tenants" {
  type = map(object({ host = string, weight = number }))
}

gateway "public" {
  listener "http" {
    port     = 8080
    protocol = "HTTP"
  }
}

backend "v1" { endpoints = ["127.0.0.1:9001"] }
backend "v2" { endpoints = ["127.0.0.1:9002"] }

http_route "tenant" {
  for_each  = var.tenants
  gateway   = gateway.public
  hostnames = [each.value.host]

  rule "api" {
    match {
      path_prefix = "/api/${each.key}"
      methods     = ["GET", "HEAD"]
      headers     = { x-tenant = each.key }
    }
    forward {
      to     = backend.v1
      weight = 100 - each.value.weight
    }
    forward {
      to     = backend.v2
      weight = each.value.weight
    }
  }
  rule "rest" {
    match { path_prefix = "/" }
    forward { to = backend.v1 }
  }
}
`
	for name, text := range map[string]string{"main.hcl": main, "gwctl.gwvars": tenants.String()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			tb.Fatal(err)
		}
	}
	return dir
}

// BenchmarkLoad reads, evaluates and decodes; what kinds make of the blocks is
// theirs.
func BenchmarkLoad(b *testing.B) {
	for _, n := range []int{1000, 10000} {
		b.Run(fmt.Sprintf("routes=%d", n), func(b *testing.B) {
			dir, all := fleet(b, n), testKinds()
			b.ReportAllocs()
			for b.Loop() {
				c, diags := load(b.Context(), Options{Dir: dir}, all, composeNothing)
				if diags.HasErrors() || len(c.Resources) != n+3 {
					b.Fatal(len(c.Resources), diags)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(n), "µs/route")
		})
	}
}
