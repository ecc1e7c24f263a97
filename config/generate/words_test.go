package generate_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/gwctl/gwctl/config/generate"
	"github.com/gwctl/gwctl/config/kinds"
	"github.com/gwctl/gwctl/internal/resource"
)

const gatewayAndRoutes = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: public}
spec:
  gatewayClassName: eg
  listeners:
  - {name: https, port: 443, protocol: HTTPS}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: 1-app, namespace: shop}
spec:
  parentRefs: [{name: public, namespace: default}]
  rules:
  - backendRefs: [{name: app, namespace: other, port: 80}, {group: multicluster.x-k8s.io, kind: ServiceImport, name: app, port: 80}]
  - matches: [{path: {value: /nothing}}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: 1-app, namespace: store}
spec:
  parentRefs: [{name: public, namespace: default}]
  rules:
  - backendRefs: [{name: app, port: 80}, {name: app, port: 80, weight: 3}]
---
apiVersion: example.com/v1
kind: Widget
metadata: {name: a.b}
spec: {text: "one\ntwo\n${three}\n", empty: {}}
`

var update = flag.Bool("update", false, "write what the tests get as what they want")

func TestWhatAKindHasNoWordsForBecomesAManifest(t *testing.T) {
	from := sources(t, "x.yaml", gatewayAndRoutes)
	opts := options
	opts.Import = false
	result, err := generate.Blocks(t.Context(), from, opts)
	if err != nil || len(result.Errors) > 0 {
		t.Fatal(err, result.Errors)
	}
	load(t, result.Text)
	const golden = "testdata/words.hcl.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(result.Text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := gocmp.Diff(string(want), result.Text); d != "" {
		t.Error(d)
	}
	var notes []string
	for _, n := range result.Notes {
		notes = append(notes, n.Text)
	}
	wantNotes := []string{
		`Gateway default/public cannot be gateway.public, since an HTTPS listener shows a certificate: tls { certificates = [certificate.NAME] }, with a certificate block of that name. It becomes manifest.public.`,
		`HTTPRoute store/1-app cannot be http_route._1_app_store, since it has the same forward store/app:80 twice in one place. It becomes manifest._1_app.`,
	}
	if d := gocmp.Diff(wantNotes, notes); d != "" {
		t.Error(d)
	}
}

func TestObjectsThatAreNoBlocksAreRefused(t *testing.T) {
	tests := map[string]string{
		"apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {b: Yg==}":                                                                                    "Secret a holds values",
		"apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata:\n  name: a\n  ownerReferences: [{apiVersion: v1, kind: Canary, name: c, uid: u}]": "HTTPRoute a belongs to Canary c",
		"apiVersion: gateway.networking.k8s.io/v1alpha2\nkind: TLSRoute\nmetadata: {name: a}\nspec: {rules: [{backendRefs: [{name: b, port: 1}]}]}":             "spec.hostnames: Required value",
		"apiVersion: example.com/v1\nkind: X\nmetadata: {name: a}\ntext: \"e\\u0301\"":                                                                          "not in Unicode's normal form C",
		"apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: a}\nspec: {hostnames: 7}":                                                  "spec.hostnames: Invalid value",
	}
	for text, want := range tests {
		result := blocks(t, sources(t, "x.yaml", text))
		if len(result.Errors) == 0 || !strings.Contains(result.Errors[0].Text, want) || result.Text != "" {
			t.Errorf("%q: %+v; want %s", text, result.Errors, want)
		}
	}
}

func TestAnXDSServerIsGivenWhatItServes(t *testing.T) {
	opts := generate.Options{Scope: kinds.Scope{Provider: "xds", Namespace: "default", Class: "gwctl"}, Provider: "xds.eu"}
	result, err := generate.Blocks(t.Context(), sources(t, "x.yaml", gatewayAndRoutes), opts)
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, p := range result.Errors {
		texts = append(texts, p.Text)
	}
	want := []string{
		`Gateway default/public cannot be gateway.public, since an HTTPS listener shows a certificate: tls { certificates = [certificate.NAME] }, with a certificate block of that name.`,
		`HTTPRoute store/1-app cannot be http_route._1_app_store, since it has the same forward store/app:80 twice in one place.`,
	}
	if d := gocmp.Diff(want, texts); d != "" {
		t.Error(d)
	}
}

// On an xDS server Secrets and ConfigMaps name files, and are blocks; others hold
// what belongs in no configuration.
func TestWhatNamesFilesOfAServerIsABlock(t *testing.T) {
	const text = `
apiVersion: v1
kind: Secret
type: kubernetes.io/tls
metadata: {name: wildcard, annotations: {tls.gwctl.dev/cert-file: tls/w.crt, tls.gwctl.dev/key-file: tls/w.key}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: corp-ca, annotations: {tls.gwctl.dev/ca-file: tls/ca.crt}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {a: b}
`
	opts := generate.Options{Scope: kinds.Scope{Provider: "xds", Namespace: "default", Class: "gwctl"}}
	result, err := generate.Blocks(t.Context(), sources(t, "x.yaml", text), opts)
	if err != nil || len(result.Errors) > 0 {
		t.Fatal(err, result.Errors)
	}
	const want = `certificate "wildcard" {
  cert_file = "tls/w.crt"
  key_file  = "tls/w.key"
}

certificate_authority "corp_ca" {
  file = "tls/ca.crt"
}
`
	if d := gocmp.Diff(want, result.Text); d != "" {
		t.Error(d)
	}
	if len(result.Notes) != 1 || result.Notes[0].Object.Name != "settings" {
		t.Errorf("notes: %+v, want one on what was left out", result.Notes)
	}
	const keys = "apiVersion: v1\nkind: Secret\nmetadata: {name: a, annotations: {tls.gwctl.dev/key-file: a}}\ndata: {tls.key: Yg==}"
	result, err = generate.Blocks(t.Context(), sources(t, "x.yaml", keys), opts)
	if err != nil || len(result.Errors) != 1 || !result.Errors[0].Secret {
		t.Errorf("a key was taken: %v, %+v", err, result)
	}
}

func TestBlocksFitInAmongThoseThatAreThere(t *testing.T) {
	const text = `
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: Backend
metadata: {name: app}
spec: {endpoints: [{ip: {address: 10.0.0.1, port: 80}}]}
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: Backend
metadata: {name: app, namespace: shop}
spec: {endpoints: [{ip: {address: 10.0.0.2, port: 80}}]}
`
	there := resource.Address{Kind: "backend", Name: "app"}
	result, err := generate.Blocks(t.Context(), sources(t, "x.yaml", text), generate.Options{
		Scope: options.Scope, Provider: "kubernetes.eu",
		Taken: func(a resource.Address) bool { return a == there },
	})
	if err != nil {
		t.Fatal(err)
	}
	const want = `backend "app_default" {
  provider  = kubernetes.eu
  name      = "app"
  endpoints = ["10.0.0.1:80"]
}

backend "app_shop" {
  provider  = kubernetes.eu
  name      = "app"
  namespace = "shop"
  endpoints = ["10.0.0.2:80"]
}
`
	if d := gocmp.Diff(want, result.Text); d != "" {
		t.Error(d)
	}
}
