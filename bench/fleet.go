package main

import (
	"cmp"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// fleet is a configuration of one gateway, two shared backends and a route for
// each tenant, with a host, a header and weights of its own.
type fleet struct {
	dir    string
	target string // the provider block; "" is one for server
	server string // URL of the xDS server
	port   int    // of the gateway
	v1, v2 string // addresses of the backends
	own    bool   // each route has a backend of its own instead of v1
	weight []int  // of v2, by route, out of 100
}

// newFleet writes a configuration of n routes.
func newFleet(dir string, n int, own bool) (*fleet, error) {
	f := &fleet{dir: dir, own: own, weight: make([]int, n)}
	for i := range f.weight {
		f.weight[i] = 10
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	return f, f.write()
}

const fleetMain = `gwctl { name = "fleet" }

%s

` + fleetVariable + `
gateway "public" {
  listener "http" {
    port     = %d
    protocol = "HTTP"
  }
}

backend "v1" { endpoints = [%q] }
backend "v2" { endpoints = [%q] }

http_route "tenant" {
  for_each  = var.tenants
  gateway   = gateway.public
  hostnames = [each.value.host]
  rule "api" {
    match {
      path_prefix = each.value.path
      methods     = each.value.methods
      headers     = { x-tenant = each.value.tenant }
    }
    timeouts { request = each.value.timeout }
    forward {
      to     = backend.v1
      weight = 100 - each.value.weight
    }
    forward {
      to     = backend.v2
      weight = each.value.weight
    }
  }
}
`

const ownBackends = `
backend "own" {
  for_each  = var.tenants
  endpoints = ["127.0.0.1:9003"]
}
`

// fleetVariable is what gwctl and OpenTofu are given alike.
const fleetVariable = `variable "tenants" {
  type = map(object({
    host    = string
    path    = string
    methods = list(string)
    tenant  = string
    timeout = string
    weight  = number
  }))
}
`

func (f *fleet) write() error {
	main := fmt.Sprintf(fleetMain,
		cmp.Or(f.target, fmt.Sprintf("provider \"xds\" { server = %q }", cmp.Or(f.server, "http://127.0.0.1:18001"))), cmp.Or(f.port, 8080),
		cmp.Or(f.v1, "127.0.0.1:9001"), cmp.Or(f.v2, "127.0.0.1:9002"))
	if f.own {
		main = strings.Replace(main, "backend.v1\n", "backend.own[each.key]\n", 1) + ownBackends
	}
	if err := f.file("main.hcl", main); err != nil {
		return err
	}
	return f.file("gwctl.gwvars", f.variables())
}

// variables are the routes.
func (f *fleet) variables() string {
	var b strings.Builder
	b.WriteString("tenants = {\n")
	for i, weight := range f.weight {
		fmt.Fprintf(&b, "  t%05d = { host = %q, path = %q, methods = [\"GET\"], tenant = \"t%05d\", timeout = \"10s\", weight = %d }\n",
			i, f.host(i), f.path(i), i, weight)
	}
	b.WriteString("}\n")
	return b.String()
}

func (f *fleet) host(i int) string { return fmt.Sprintf("t%05d.example.com", i) }

func (f *fleet) path(i int) string { return fmt.Sprintf("/api/%d", i%100) }

func (f *fleet) header(i int) http.Header {
	return http.Header{"X-Tenant": {fmt.Sprintf("t%05d", i)}}
}

func (f *fleet) file(name, text string) error {
	return os.WriteFile(filepath.Join(f.dir, name), []byte(text), 0o600)
}

// cold forgets what earlier plans found out.
func (f *fleet) cold() error { return os.RemoveAll(filepath.Join(f.dir, ".gwctl")) }

// Configurations of OpenTofu with as many resources as a fleet has routes.
const (
	// tofuPlain is the least that so many resources can be.
	tofuPlain = `resource "terraform_data" "r" {
  count = %d
  input = "10"
}
`
	// tofuFleet says of terraform_data what the fleet says of routes.
	tofuFleet = fleetVariable + `
resource "terraform_data" "public" { input = { port = 8080, protocol = "HTTP" } }
resource "terraform_data" "v1" { input = { endpoints = ["127.0.0.1:9001"] } }
resource "terraform_data" "v2" { input = { endpoints = ["127.0.0.1:9002"] } }

resource "terraform_data" "tenant" {
  for_each = var.tenants
  input = {
    gateway   = terraform_data.public.id
    hostnames = [each.value.host]
    rule = {
      match = {
        path_prefix = each.value.path
        methods     = each.value.methods
        headers     = { x-tenant = each.value.tenant }
      }
      timeouts = { request = each.value.timeout }
      forward = [
        { to = terraform_data.v1.id, weight = 100 - each.value.weight },
        { to = terraform_data.v2.id, weight = each.value.weight },
      ]
    }
  }
}
`
	tofuOwn = `
resource "terraform_data" "own" {
  for_each = var.tenants
  input    = { endpoints = ["127.0.0.1:9003"] }
}
`
)

// tofu is what OpenTofu is given for a fleet.
func (f *fleet) tofu() string {
	if f.own {
		return strings.Replace(tofuFleet, "terraform_data.v1.id", "terraform_data.own[each.key].id", 1) + tofuOwn
	}
	return tofuFleet
}

// tofuBlocks is n resources of OpenTofu's simplest type, each a block of its own.
func tofuBlocks(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "resource \"terraform_data\" \"r%d\" {\n  input = \"10\"\n}\n", i)
	}
	return b.String()
}
