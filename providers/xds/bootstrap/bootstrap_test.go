package bootstrap_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/gwctl/gwctl/internal/envoy"
	"github.com/gwctl/gwctl/providers/xds/bootstrap"
)

func TestEnvoyTakesTheBootstrap(t *testing.T) {
	for name, opts := range map[string]bootstrap.Options{
		"changes only, server by address": {Gateway: "default/public", NodeID: "a", Server: "127.0.0.1:18000"},
		"state of the world":              {Gateway: "default/public", NodeID: "a", Server: "127.0.0.1:18000", StateOfTheWorld: true},
		"server by name, admin port":      {Gateway: "infra/edge", NodeID: "b", Server: "xds.internal:443", Admin: "127.0.0.1:9901"},
		"IPv6":                            {Gateway: "infra/edge", NodeID: "b", Server: "[2001:db8::1]:443", Admin: "[::1]:0"},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := bootstrap.Bootstrap(opts)
			if err != nil {
				t.Fatal(err)
			}
			again, err := bootstrap.Bootstrap(opts)
			if err != nil || !bytes.Equal(b, again) {
				t.Errorf("the same options gave other bytes: %v", err)
			}
			if err := envoy.Validate(t.Context(), "", b); err != nil {
				t.Errorf("%v\n%s", err, b)
			}
		})
	}
}

func TestBootstrapSaysWhatIsWrong(t *testing.T) {
	good := bootstrap.Options{Gateway: "default/public", NodeID: "a", Server: "127.0.0.1:18000"}
	for _, tc := range []struct {
		name   string
		change func(*bootstrap.Options)
		want   string
	}{
		{"gateway without namespace", func(o *bootstrap.Options) { o.Gateway = "public" }, "NAMESPACE/NAME"},
		{"gateway with a space", func(o *bootstrap.Options) { o.Gateway = "default/a b" }, "NAMESPACE/NAME"},
		{"no server", func(o *bootstrap.Options) { o.Server = "" }, "HOST:PORT"},
		{"server without port", func(o *bootstrap.Options) { o.Server = "xds" }, "HOST:PORT"},
		{"server with port 0", func(o *bootstrap.Options) { o.Server = "xds:0" }, "port 0"},
		{"port too large", func(o *bootstrap.Options) { o.Server = "xds:70000" }, "0 to 65535"},
		{"admin open to all", func(o *bootstrap.Options) { o.Admin = "0.0.0.0:9901" }, "loopback"},
		{"admin by name", func(o *bootstrap.Options) { o.Admin = "localhost:9901" }, "loopback"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			opts := good
			tc.change(&opts)
			if b, err := bootstrap.Bootstrap(opts); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %s, %v; want an error with %q", b, err, tc.want)
			}
		})
	}
}
