package e2e

import (
	"net/http"

	"github.com/gwctl/gwctl/internal/load"
)

// example says how one folder of examples/ is run and what it must then serve.
type example struct {
	variables []string // beside port
	outputs   string   // of `gwctl output -json`, values alone; {{port "http"}} is filled in
	exchanges []exchange
	// certificates are files of the server, without .crt and .key, by their hosts.
	certificates map[string][]string
	// others starts what is no HTTP backend, and returns variables that name it and
	// what checks that it is reached.
	others  func(*world) (variables []string, check func())
	renders [][]string // flags of each folder that is rendered, for those that nobody applies with gwctl
}

// exchange is a request and what comes back. What is empty is not checked, but
// for status: 0 is 200.
type exchange struct {
	request  load.Request
	status   int
	backend  string
	location string            // its path
	header   map[string]string // of the response
	tls      string            // the name that is asked for in TLS; "" is plain text
	path     string            // that the backend was asked for
	asked    map[string]string // headers that the backend was sent; "" is none
	cookie   string            // name of one that is set
	copied   string            // a backend that is asked as well
}

func ask(host, path string) load.Request { return load.Request{Host: host, Path: path} }

func askWith(method, host, path string, header ...string) load.Request {
	r := load.Request{Method: method, Host: host, Path: path, Header: http.Header{}}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return r
}

// examples has an entry for each folder.
var examples = map[string]example{
	"backend-tls": {
		outputs: `{}`,
		others:  companyAlone,
	},
	"basic": {
		variables: []string{`orders=["{{backend "orders"}}"]`},
		outputs:   `{"url": "http://shop.example.com:{{port "http"}}/"}`,
		exchanges: []exchange{
			{request: ask("shop.example.com", "/a?b=c"), backend: "orders", path: "/a?b=c"},
			{request: ask("another.example.com", "/"), status: 404},
		},
	},
	"canary-by-variable": {
		variables: []string{
			`checkout_v1=["{{backend "v1"}}"]`,
			`checkout_v2=["{{backend "v2"}}"]`,
			`v2_weight=100`,
		},
		outputs:   `{"split": "0/100"}`,
		exchanges: []exchange{{request: ask("checkout.example.com", "/"), backend: "v2"}},
	},
	"client-certificates": {
		variables:    []string{`api=["{{backend "api"}}"]`, `health_port={{port "health"}}`},
		outputs:      `{}`,
		certificates: map[string][]string{"tls/api": {"api.example.com"}},
		others:       partnersAlone,
	},
	"external-auth": {
		variables: []string{`orders=["{{backend "orders"}}"]`, `guard=["{{backend "guard"}}"]`, `gone=["127.0.0.1:1"]`},
		outputs:   `{}`,
		exchanges: []exchange{
			{request: ask("shop.example.com", "/orders/1"), backend: "orders", path: "/orders/1", asked: map[string]string{"X-Backend": "guard"}, copied: "guard"},
			{request: ask("shop.example.com", "/vault"), status: 403},
			{request: ask("shop.example.com", "/public"), backend: "orders", asked: map[string]string{"X-Backend": ""}},
		},
	},
	"gitops-argocd": {
		renders: [][]string{{"-out=rendered"}},
	},
	"gitops-flux": {
		renders: [][]string{{"-out=clusters/production"}, {"-out=clusters/staging", "-var-file=staging.gwvars"}},
	},
	"https": {
		variables:    []string{`shop=["{{backend "shop"}}"]`, `admin=["{{backend "admin"}}"]`},
		outputs:      `{"url": "https://shop.example.com:{{port "http"}}/"}`,
		certificates: map[string][]string{"tls/shop": {"shop.example.com", "other.example.com"}, "tls/admin": {"admin.example.com"}},
		exchanges: []exchange{
			{tls: "shop.example.com", request: ask("shop.example.com", "/a"), backend: "shop", path: "/a"},
			{tls: "admin.example.com", request: ask("admin.example.com", "/"), backend: "admin"},
			{tls: "other.example.com", request: ask("other.example.com", "/"), status: 404},
			{tls: "shop.example.com", request: ask("admin.example.com", "/"), status: 421},
			{tls: "admin.example.com", request: ask("shop.example.com", "/"), status: 421},
			{tls: "admin.example.com", request: ask("elsewhere.test", "/"), status: 404},
		},
	},
	"grpc": {
		outputs: `{}`,
		others:  ordersByCalls,
	},
	"listener-sets": {
		variables:    []string{`www=["{{backend "www"}}"]`, `teams={ shop = ["{{backend "shop"}}"], mail = ["{{backend "mail"}}"] }`},
		outputs:      `{}`,
		certificates: map[string][]string{"tls/www": {"www.example.com"}, "tls/shop": {"shop.example.com"}, "tls/mail": {"mail.example.com"}},
		exchanges: []exchange{
			{tls: "www.example.com", request: ask("www.example.com", "/a"), backend: "www", path: "/a"},
			{tls: "shop.example.com", request: ask("shop.example.com", "/a"), backend: "shop", path: "/a"},
			{tls: "mail.example.com", request: ask("mail.example.com", "/"), backend: "mail"},
			{tls: "mail.example.com", request: ask("shop.example.com", "/"), status: 421},
		},
	},
	"module": {
		variables: []string{`services={ orders = ["{{backend "orders"}}"], billing = ["{{backend "billing"}}"] }`},
		outputs:   `{"hosts": {"billing": "billing.example.com", "orders": "orders.example.com"}}`,
		exchanges: []exchange{
			{request: ask("orders.example.com", "/x"), backend: "orders", path: "/x"},
			{request: ask("billing.example.com", "/x"), backend: "billing", path: "/x"},
			{request: ask("billing.example.com", "/healthz"), backend: "billing", path: "/internal/health"},
		},
	},
	"path-and-header-routing": {
		variables: []string{`backends={ web = ["{{backend "web"}}"], api = ["{{backend "api"}}"], beta = ["{{backend "beta"}}"] }`},
		outputs:   `{}`,
		exchanges: []exchange{
			{
				request: askWith("GET", "shop.example.com", "/api/items?page=2", "X-Debug", "1"), backend: "api", path: "/v1/items?page=2",
				asked: map[string]string{"X-Via": "gwctl", "X-Debug": ""}, header: map[string]string{"X-Served-By": "api"},
			},
			{request: askWith("GET", "shop.example.com", "/api/items", "X-Env", "beta"), backend: "beta", path: "/api/items"},
			{request: ask("shop.example.com", "/api/items?beta=1"), backend: "beta"},
			{request: askWith("DELETE", "shop.example.com", "/api/items"), backend: "api", path: "/v1/items"},
			{request: ask("shop.example.com", "/catalog/1"), backend: "web"},
			{request: ask("shop.example.com", "/apis"), backend: "web"},
			{request: ask("shop.example.com", "/builds/b12"), backend: "web"},
			{request: ask("shop.example.com", "/old"), status: 301, location: "/new"},
			{request: ask("eu.shop.example.com", "/"), backend: "web"},
			{request: ask("example.com", "/"), status: 404},
		},
	},
	"rate-limits": {
		variables: []string{`orders=["{{backend "orders"}}"]`},
		outputs:   `{}`,
		exchanges: []exchange{
			{request: ask("search.example.com", "/search?q=a"), backend: "orders", header: map[string]string{"X-Ratelimit-Remaining": "0"}},
			{request: ask("search.example.com", "/search?q=b"), status: 429},
			{request: askWith("POST", "search.example.com", "/search"), backend: "orders"},
			{request: ask("search.example.com", "/search/a"), backend: "orders"},
			{request: askWith("GET", "orders.example.com", "/", "X-Api-Key", "mine"), backend: "orders"},
			{request: askWith("GET", "orders.example.com", "/", "X-Api-Key", "mine"), status: 429},
			{request: askWith("GET", "orders.example.com", "/health/a?b", "X-Api-Key", "mine"), backend: "orders"},
			{request: askWith("GET", "orders.example.com", "/", "X-Api-Key", "another"), backend: "orders"},
			{request: ask("orders.example.com", "/search"), backend: "orders"}, // each route counts for itself
			{request: ask("orders.example.com", "/search"), status: 429},
		},
	},
	"resilience": {
		variables: []string{
			`backends={ orders = ["{{backend "orders"}}"], orders_v2 = ["{{backend "v2"}}"], carts = ["{{backend "carts"}}"] }`,
			"shown_to_v2=100",
		},
		outputs: `{}`,
		exchanges: []exchange{
			{request: ask("shop.example.com", "/orders/1"), backend: "orders", path: "/orders/1", copied: "v2"},
			{
				request: askWith("OPTIONS", "shop.example.com", "/orders", "Origin", "https://eu.partners.example.com", "Access-Control-Request-Method", "POST"),
				header: map[string]string{
					"Access-Control-Allow-Origin": "https://eu.partners.example.com", "Access-Control-Allow-Headers": "content-type",
					"Access-Control-Allow-Credentials": "true", "Access-Control-Max-Age": "3600",
				},
			},
			{
				request: askWith("OPTIONS", "shop.example.com", "/orders", "Origin", "https://example.org", "Access-Control-Request-Method", "POST"),
				header:  map[string]string{"Access-Control-Allow-Origin": ""},
			},
			{
				request: askWith("POST", "shop.example.com", "/orders", "Origin", "https://eu.partners.example.com"), backend: "orders",
				header: map[string]string{"Access-Control-Allow-Origin": "https://eu.partners.example.com"},
			},
			{request: ask("shop.example.com", "/cart/1"), backend: "carts", cookie: "cart"},
			{request: ask("shop.example.com", "/carts"), status: 404},
		},
	},
	"tls-tcp-udp": {
		variables: []string{`databases=["{{backend "database"}}"]`},
		outputs:   `{}`,
		exchanges: []exchange{{request: ask("any.example.com", "/"), backend: "database"}},
		others:    vaultsAndNames,
	},
	"tenants": {
		variables: []string{`tenants={
			blue  = { endpoints = ["{{backend "blue"}}"] }
			green = { endpoints = ["{{backend "green"}}"], hostnames = ["green.example.org"], timeout = "30s" }
		}`},
		outputs: `{"hosts": ["blue.tenants.example.com", "green.tenants.example.com"]}`,
		exchanges: []exchange{
			{request: ask("blue.tenants.example.com", "/"), backend: "blue", asked: map[string]string{"X-Tenant": "blue"}},
			{request: ask("green.tenants.example.com", "/"), backend: "green", asked: map[string]string{"X-Tenant": "green"}},
			{request: ask("green.example.org", "/"), backend: "green", asked: map[string]string{"X-Tenant": "green"}},
			{request: ask("blue.example.org", "/"), status: 404},
		},
	},
}
