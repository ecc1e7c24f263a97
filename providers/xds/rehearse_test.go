package xds_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gwctl/gwctl/internal/certificate/certificatetest"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers"
)

// A plan says that a server has no limiter, not only the apply.
func TestGlobalLimitsWantALimiterAtPlan(t *testing.T) {
	p := startServer(t).provider(t)
	limit := func(scope string) *resource.Object {
		return object(`
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: BackendTrafficPolicy
metadata: {name: orders, namespace: default}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: orders}]
  rateLimit: {%s: {rules: [{limit: {requests: 3, unit: Hour}}]}}
`, scope)
	}
	_, err := p.Rehearse(t.Context(), changes(t, p, limit("global")), 1)
	refused, ok := errors.AsType[*providers.RefusedError](err)
	field := providers.Field{ID: resource.IDOf(limit("global")), Path: "spec.rateLimit.global"}
	if !ok || len(refused.Refusals) != 1 || refused.Refusals[0].Fields[0] != field {
		t.Errorf("got %v", err)
	}
	if _, err := p.Rehearse(t.Context(), changes(t, p, limit("local")), 1); err != nil {
		t.Errorf("each Envoy counts local ones: %v", err)
	}
}

// TestRehearsal asks about files before anything is applied.
func TestRehearsal(t *testing.T) {
	p := startServer(t).provider(t)
	w := &httpsWorld{dir: t.TempDir(), authority: certificatetest.NewAuthority(t)}
	w.authority.Issue(t, "shop.example.com").Write(t, w.dir, "shop")
	w.authority.Issue(t, "admin.example.com").Write(t, w.dir, "admin")
	if err := os.Chmod(filepath.Join(w.dir, "admin.key"), 0o644); err != nil {
		t.Fatal(err)
	}
	gateway := object(`
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: public, namespace: default}
spec:
  gatewayClassName: gwctl
  listeners:
  - {name: fits, port: 8443, protocol: HTTPS, hostname: shop.example.com, tls: {certificateRefs: [{name: shop}]}}
  - {name: one-fits, port: 8443, protocol: HTTPS, hostname: admin.example.com, tls: {certificateRefs: [{name: shop}, {name: admin}]}}
  - {name: none-fits, port: 8443, protocol: HTTPS, hostname: other.example.com, tls: {certificateRefs: [{name: shop}]}}
  - {name: some-fit, port: 8443, protocol: HTTPS, hostname: "*.example.com", tls: {certificateRefs: [{name: shop}]}}
  - {name: any-host, port: 9443, protocol: HTTPS, tls: {certificateRefs: [{name: shop}]}}
  - {name: not-ours, port: 8443, protocol: HTTPS, hostname: theirs.example.com, tls: {certificateRefs: [{name: shop, namespace: theirs}]}}
`)
	doubts, err := p.Rehearse(t.Context(), changes(t, p, gateway, w.certificate("shop"), w.certificate("admin")), 1)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range doubts {
		got = append(got, fmt.Sprintf("%s %s: %s", d.ID, d.Path, d.Summary))
	}
	want := []string{
		"Secret default/admin metadata.annotations[tls.gwctl.dev/key-file]: Key that others can read",
		"Gateway default/public spec.listeners[2].tls.certificateRefs[0]: Certificate for other hosts",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}

	_, err = p.Rehearse(t.Context(), changes(t, p, w.certificate("gone")), 1)
	refused, ok := errors.AsType[*providers.RefusedError](err)
	field := providers.Field{ID: resource.IDOf(w.certificate("gone")), Path: "metadata.annotations[tls.gwctl.dev/cert-file]"}
	if !ok || len(refused.Refusals) != 1 || refused.Refusals[0].Fields[0] != field {
		t.Errorf("got %v", err)
	}
	// Who names no files needs no answer.
	if doubts, err := p.Rehearse(t.Context(), changes(t, p, backend("blue", "127.0.0.1:9001")), 1); doubts != nil || err != nil {
		t.Errorf("got %v, %v", doubts, err)
	}
}
