package envoygateway_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gwctl/gwctl/internal/kubernetes/kubernetestest/envoygateway"
)

func TestMain(m *testing.M) { envoygateway.Main(m) }

// public is a Gateway of Envoy Gateway's class.
const public = `
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: eg}
spec: {controllerName: ` + envoygateway.ControllerName + `}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: public, namespace: NAMESPACE}
spec:
  gatewayClassName: eg
  listeners: [{name: http, port: 80, protocol: HTTP}]
`

// echo answers with its name and the path.
func echo(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, name+" "+r.URL.Path) })
}

// await asks until the answer is the one that is wanted.
func await(t *testing.T, url, want string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		answer, err := get(ctx, url)
		if err == nil && answer == want {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s answers %q (%v), want %q", url, answer, err, want)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func get(ctx context.Context, url string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return string(body), err
}

func TestRequestsGoThroughEnvoyToBackends(t *testing.T) {
	cluster := envoygateway.Start(t)
	namespace := cluster.Namespace(t)
	host, port := cluster.Listen(t, echo("orders"))
	serviceHost, servicePort := cluster.Listen(t, echo("checkout"))
	cluster.Service(t, namespace, "checkout", 8080, serviceHost, servicePort)
	in := strings.NewReplacer("NAMESPACE", namespace, "HOST", host, "PORT", port)
	cluster.Kubectl(t, in.Replace(public+`
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: Backend
metadata: {name: orders, namespace: NAMESPACE}
spec: {endpoints: [{ip: {address: HOST, port: PORT}}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: orders, namespace: NAMESPACE}
spec:
  parentRefs: [{name: public}]
  rules:
  - matches: [{path: {type: PathPrefix, value: /orders}}]
    backendRefs: [{group: gateway.envoyproxy.io, kind: Backend, name: orders}]
  - matches: [{path: {type: PathPrefix, value: /checkout}}]
    backendRefs: [{name: checkout, port: 8080}]
`), "apply", "--server-side", "-f", "-")
	url := cluster.URL(t, namespace, "public", 80)
	await(t, url+"/orders/1", "orders /orders/1")
	await(t, url+"/checkout", "checkout /checkout")

	cluster.Delete(t, "httproute", namespace, "orders")
	await(t, url+"/orders/1", "")
}

func TestAGatewayThatIsDeletedAnswersNoMore(t *testing.T) {
	cluster := envoygateway.Start(t)
	namespace := cluster.Namespace(t)
	cluster.Apply(t, "test", strings.ReplaceAll(public, "NAMESPACE", namespace))
	url := cluster.URL(t, namespace, "public", 80)
	await(t, url, "")
	cluster.Delete(t, "gateway", namespace, "public")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var err error
	for !errors.Is(err, syscall.ECONNREFUSED) {
		_, err = get(ctx, url)
		if ctx.Err() != nil {
			t.Fatalf("it still answers: %v", err)
		}
	}
}

func TestFind(t *testing.T) {
	dir := t.TempDir()
	program := func(elem ...string) string {
		path := filepath.Join(append([]string{dir}, elem...)...)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		return path
	}
	named := program("named", "my-gateway")
	inTools := program("module", ".tools", "envoy-gateway-"+envoygateway.Version, "envoy-gateway")
	below := filepath.Join(dir, "module", "a", "b")
	if err := os.MkdirAll(below, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Chdir(below)
	for _, tt := range []struct{ name, variable, want string }{
		{"the variable wins", named, named},
		{"then the tools of the module around", "", inTools},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv(envoygateway.Variable, tt.variable)
			if got, err := envoygateway.Find(); err != nil || got != tt.want {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
		})
	}
	t.Run("a wrong variable is not passed over", func(t *testing.T) {
		t.Setenv(envoygateway.Variable, filepath.Join(dir, "missing"))
		if got, err := envoygateway.Find(); err == nil {
			t.Errorf("got %q", got)
		}
	})
	t.Run("none", func(t *testing.T) {
		t.Setenv(envoygateway.Variable, "")
		t.Chdir(t.TempDir())
		if got, err := envoygateway.Find(); !errors.Is(err, envoygateway.ErrNotFound) {
			t.Errorf("got %q, %v", got, err)
		}
	})
}
