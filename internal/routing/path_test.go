package routing_test

import (
	"fmt"
	"testing"
)

func TestPathsAsRulesSeeThem(t *testing.T) {
	w := world(t, `{kind: Gateway, metadata: {name: public, namespace: infra}, spec: {listeners: [{name: http, port: 80, protocol: HTTP, hostname: a.test}]}}`,
		`{kind: HTTPRoute, metadata: {name: r, namespace: infra}, spec: {parentRefs: [{name: public}], rules: [{backendRefs: [{name: web, port: 80}]}]}}`)
	w.Partial = true
	for _, tc := range []struct{ path, want string }{
		{"/a/b", "/a/b"},
		{"/a/", "/a/"},
		{"//a", "/a"},
		{"/a///b//", "/a/b/"},
		{"///", "//"}, // as Envoy has it
		{"/a/../b", "/b"},
		{"/a/..", "/"},
		{"/a/b/..", "/a/"},
		{"/a/./b/.", "/a/b/"},
		{"/../../a", "/a"},
		{"/a//../b", "/a/b"},
		{"/a/..//b", "/b"},
		{"/a/%2e%2E/b", "/b"},
		{"/.../..b/b..", "/.../..b/b.."},
		{"/%61%7e%2D%5F%30", "/a~-_0"},
		{"/a%20b%2B%3f%c3%A9", "/a%20b%2B%3f%c3%A9"},
		{"/%25%32%46", "/%252F"}, // decoded once
		{"/a%2Fb", "307 /a/b?q=%2F"},
		{"/a%2f..%5cb", "307 /b?q=%2F"},
		{"/%00", "400 "},
	} {
		a := w.Explain(public, request("http", 80, "GET a.test"+tc.path+"?q=%2F"))
		got := fmt.Sprint(a.Status, " ", a.Location)
		if a.Won != nil {
			got = a.Backends[0].Path[:len(a.Backends[0].Path)-len("?q=%2F")]
			if seen := a.Path; seen != "" && seen != got || (seen == "") != (got == tc.path) {
				t.Errorf("%s: rules see %q", tc.path, seen)
			}
		}
		if got != tc.want || a.Listener != "http" {
			t.Errorf("%s: got %s at listener %q, want %s", tc.path, got, a.Listener, tc.want)
		}
	}
	if a := w.Explain(public, request("http", 80, "POST a.test/a.B%2FC", "content-type: application/grpc")); a.Status != 400 || a.Why == "" {
		t.Errorf("a call with an escaped slash: %+v", a)
	}
}
