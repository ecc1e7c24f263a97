package views

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
)

// shown runs a view and returns what it wrote to stdout and stderr.
func shown(t *testing.T, o Options, show func(Options) error) (out, messages string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	o.Out, o.Err, o.Version, o.Now = &stdout, &stderr, "0.1.0", clock
	if err := show(o); err != nil {
		t.Fatal(err)
	}
	return stdout.String(), stderr.String()
}

func same(t *testing.T, what, want, got string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s:\n%s", what, diff)
	}
}

func TestValidate(t *testing.T) {
	warning := &hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: "Odd"}
	failure := &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Wrong"}
	tests := map[string]struct {
		diags             hcl.Diagnostics
		out, messages     string
		valid, errs, warn string
	}{
		"valid":    {nil, "Success! The configuration is valid.\n", "", "true", "0", "0"},
		"warnings": {hcl.Diagnostics{warning}, "Success! The configuration is valid, but there were some warnings as shown above.\n", "Warning: Odd\n", "true", "0", "1"},
		"errors":   {hcl.Diagnostics{failure, warning}, "", "Error: Wrong\n\nWarning: Odd\n", "false", "1", "1"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			show := func(o Options) error { return NewValidate(o).Validate(test.diags, nil) }
			out, messages := shown(t, Options{}, show)
			same(t, "stdout", test.out, out)
			same(t, "stderr", test.messages, messages)

			out, messages = shown(t, Options{JSON: true}, show)
			head := `{"format_version":"1.0","valid":` + test.valid + `,"error_count":` + test.errs + `,"warning_count":` + test.warn + `,"diagnostics":[`
			if !strings.HasPrefix(out, head) || messages != "" {
				t.Errorf("-json wrote %q and %q", out, messages)
			}
		})
	}
}

func TestOutputs(t *testing.T) {
	outputs := []Output{
		{Name: "url", Value: "https://shop.example.com/${x}"},
		{Name: "ports", Value: []any{int64(80), 0.5, true, nil}},
		{Name: "token", Value: "s3cret", Sensitive: true},
		{Name: "tags", Value: map[string]any{"a-b": "1", "c d": map[string]any{}}},
	}
	all := func(o Options) error { return NewOutputs(o).All(outputs) }
	out, _ := shown(t, Options{}, all)
	same(t, "for people", `ports = [80, 0.5, true, null]
tags  = { a-b = "1", "c d" = {} }
token = (sensitive value)
url   = "https://shop.example.com/$${x}"
`, out)
	out, _ = shown(t, Options{JSON: true}, all)
	same(t, "for machines", `{"ports":{"sensitive":false,"type":["tuple",["number","number","bool","dynamic"]],"value":[80,0.5,true,null]},`+
		`"tags":{"sensitive":false,"type":["object",{"a-b":"string","c d":["object",{}]}],"value":{"a-b":"1","c d":{}}},`+
		`"token":{"sensitive":true,"type":"dynamic","value":null},"url":{"sensitive":false,"type":"string","value":"https://shop.example.com/${x}"}}`+"\n", out)
	out, _ = shown(t, Options{JSON: true}, func(o Options) error { return NewOutputs(o).One(outputs[1]) })
	same(t, "one for machines", "[80,0.5,true,null]\n", out)
}

// remembered is a state with a module in it.
func remembered() []Resource {
	orders := resource.Ref{Address: resource.Address{Kind: "backend", Name: "orders"}, ID: resource.ID{Kind: "Backend", Name: "orders"}}
	return []Resource{
		{
			Address: resource.Address{Kind: "http_route", Name: "orders"}, Provider: "xds",
			Objects: []resource.ID{{Kind: "HTTPRoute", Namespace: "default", Name: "orders"}},
			Block: &resource.Block{
				Type: "http_route", Label: "orders",
				Attrs: []resource.Attr{{Name: "hostnames", Value: []any{"shop.example.com"}}},
				Blocks: []*resource.Block{{Type: "rule", Label: "api", Blocks: []*resource.Block{{
					Type: "forward", Key: "backend.orders", Attrs: []resource.Attr{{Name: "to", Value: orders}, {Name: "weight", Value: int64(90)}},
				}}}},
			},
		},
		{Address: resource.Address{Module: "module.eu", Kind: "backend", Name: "a", Key: `["blue"]`}, Provider: "xds", Block: &resource.Block{Type: "backend", Label: "a"}},
		{Address: resource.Address{Kind: "backend", Name: "b", Key: `[3]`}, Provider: "xds"},
	}
}

func TestState(t *testing.T) {
	out, _ := shown(t, Options{}, func(o Options) error { return NewState(o).List(remembered()) })
	same(t, "list", "http_route.orders\nmodule.eu.backend.a[\"blue\"]\nbackend.b[3]\n", out)

	show := func(o Options) error {
		return NewState(o).Show(remembered(), []Output{{Name: "token", Sensitive: true}})
	}
	out, _ = shown(t, Options{}, show)
	same(t, "show", `# http_route.orders
# HTTPRoute default/orders
http_route "orders" {
  hostnames = ["shop.example.com"]

  rule "api" {
    forward {
      to     = backend.orders
      weight = 90
    }
  }
}

# module.eu.backend.a["blue"]
backend "a" {}

# backend.b[3]

Outputs:

token = (sensitive value)
`, out)
	out, _ = shown(t, Options{JSON: true}, show)
	same(t, "show -json", `{"format_version":"1.0","gwctl_version":"0.1.0","values":{"outputs":{"token":{"sensitive":true}},"root_module":{"resources":[`+
		`{"address":"http_route.orders","mode":"managed","type":"http_route","name":"orders","provider_name":"xds","schema_version":0,"values":{"hostnames":["shop.example.com"],`+
		`"rule":[{"forward":[{"to":"backend.orders","weight":90}],"name":"api"}]},"sensitive_values":{}},`+
		`{"address":"backend.b[3]","mode":"managed","type":"backend","name":"b","index":3,"provider_name":"xds","schema_version":0,"values":null,"sensitive_values":{}}],`+
		`"child_modules":[{"address":"module.eu","resources":[{"address":"module.eu.backend.a[\"blue\"]","mode":"managed","type":"backend","name":"a","index":"blue","provider_name":"xds","schema_version":0,"values":{},"sensitive_values":{}}]}]}}}`+"\n", out)
}

func TestStatus(t *testing.T) {
	fleet := Fleet{
		Server: "http://127.0.0.1:18001", Store: "a1b2", Revision: 42,
		Gateways: []FleetGateway{
			{Name: "default/public", Envoys: []Envoy{
				{Node: "envoy-1", Version: "1.40.0", Connected: clock().Add(-90 * time.Minute), Types: []EnvoyType{{Type: "CDS", Sent: "3", Acknowledged: "3"}, {Type: "RDS", Sent: "4", Acknowledged: "4"}}},
				{Node: "envoy-2", Version: "1.40.0", Connected: clock().Add(-5 * time.Second), Types: []EnvoyType{{Type: "RDS", Sent: "4", Acknowledged: "3"}}},
				{Node: "envoy-4", Version: "1.40.0", Connected: clock().Add(-time.Minute), Types: []EnvoyType{
					{Type: "CDS", Sent: "3", Acknowledged: "3", Waiting: clock().Add(-12 * time.Second)},
					{Type: "RDS", Sent: "4", Acknowledged: "4", Waiting: clock().Add(-11 * time.Second)},
				}},
				{Node: "envoy-3", Version: "1.40.0", Connected: clock(), Types: []EnvoyType{{Type: "LDS", Sent: "4", Acknowledged: "3", Refusal: "cannot bind\x1b[1m '0.0.0.0:9901'"}}},
			}},
			{Name: "default/internal"},
		},
		Certificates: []FleetCertificate{
			{Name: "Secret default/fine", Expires: clock().Add(30 * 24 * time.Hour)},
			{Name: "Secret default/late", Expires: clock().Add(50 * time.Hour)},
			{Name: "Secret default/wildcard", Problem: "tls/wildcard.key: it does not belong to the certificate"},
		},
	}
	out, _ := shown(t, Options{}, func(o Options) error { return NewStatus(o).Status(fleet) })
	same(t, "status", `http://127.0.0.1:18001, store a1b2, revision 42

GATEWAY           ENVOY    VERSION  CONNECTED  STATUS
default/public    envoy-1  1.40.0   1h         acknowledged all
default/public    envoy-2  1.40.0   5s         waiting for RDS
default/public    envoy-4  1.40.0   1m         waiting for CDS, RDS since 12s
default/public    envoy-3  1.40.0   0s         refused LDS
default/internal  -        -        -          no Envoy is connected

Refused: envoy-3 refused LDS: cannot bind`+"\uFFFD"+`[1m '0.0.0.0:9901'

Certificate: Secret default/late: it expires in 2d
Certificate: Secret default/wildcard: tls/wildcard.key: it does not belong to the certificate
`, out)
	out, _ = shown(t, Options{}, func(o Options) error {
		return NewStatus(o).Status(Fleet{Server: "s", Store: "i", RateLimits: &FleetRateLimits{
			Address: "10.0.0.9:8081", Problem: "the service at 10.0.0.9:8081 does not answer within 1s",
			Limiters: []Limiter{
				{Node: "limiter-1", Connected: clock().Add(-time.Minute), Types: []EnvoyType{{Type: "RLS", Sent: "3", Acknowledged: "3"}}},
				{Node: "limiter-2", Connected: clock(), Types: []EnvoyType{{Type: "RLS", Sent: "4", Acknowledged: "3", Refusal: "duplicate descriptor"}}},
			},
		}})
	})
	same(t, "limiters", `s, store i, revision 0

No gateway was applied yet, and no Envoy is connected.

RATE LIMITS    LIMITER    CONNECTED  STATUS
10.0.0.9:8081  limiter-1  1m         acknowledged all
10.0.0.9:8081  limiter-2  0s         refused RLS

Rate limits: the service at 10.0.0.9:8081 does not answer within 1s

Refused: limiter limiter-2 refused RLS: duplicate descriptor
`, out)
	out, _ = shown(t, Options{}, func(o Options) error {
		return NewStatus(o).Status(Fleet{Server: "s", Store: "i", RateLimits: &FleetRateLimits{Address: "10.0.0.9:8081"}})
	})
	if !strings.Contains(out, "10.0.0.9:8081  -        -          no limiter is connected") {
		t.Errorf("without a limiter:\n%s", out)
	}
	out, _ = shown(t, Options{}, func(o Options) error { return NewStatus(o).Status(Fleet{Server: "s", Store: "i"}) })
	same(t, "an empty server", "s, store i, revision 0\n\nNo gateway was applied yet, and no Envoy is connected.\n", out)
}

func TestLongListsTakeALineAnElement(t *testing.T) {
	var hosts []any
	for range 8 {
		hosts = append(hosts, "a-rather-long-name.example.com")
	}
	w := newBlockWriter(Options{Width: 60})
	w.attr(&planner.AttrDiff{Name: "hostnames", Action: planner.Create, After: hosts}, len("hostnames"), 4)
	out := w.b.String()
	if n := strings.Count(out, "\n"); n != 10 {
		t.Errorf("it takes %d lines:\n%s", n, out)
	}
}

func TestFileNamesAreQuotedForTheShell(t *testing.T) {
	for name, want := range map[string]string{"a/b.plan": "a/b.plan", "my plan": "'my plan'", "it's": `'it'\''s'`, "": "''"} {
		same(t, name, want, shellQuote(name))
	}
}
