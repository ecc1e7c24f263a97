package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gwctl/gwctl/internal/kubernetes/kubernetestest"
)

// cluster is a real API server, a real etcd that waits for the disk, and the
// real kubectl. Nothing else of a cluster runs: no controller writes meanwhile.
type cluster struct {
	*kubernetestest.ControlPlane
	b          *bench
	kubectl    string
	kubeconfig string // whose API server is asked
	dir        string
}

func startCluster(ctx context.Context, b *bench) (*cluster, error) {
	kubectl, err := kubernetestest.Find("kubectl")
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(b.dir, "cluster-")
	if err != nil {
		return nil, err
	}
	plane, err := kubernetestest.Run(ctx, kubernetestest.Options{Durable: true})
	if err != nil {
		return nil, err
	}
	c := &cluster{ControlPlane: plane, b: b, kubectl: kubectl, kubeconfig: plane.Kubeconfig(), dir: dir}
	if err := c.class(ctx); err != nil {
		c.Stop()
		return nil, err
	}
	return c, nil
}

// class makes the class of all gateways, so that no plan has to doubt them.
func (c *cluster) class(ctx context.Context) error {
	file := filepath.Join(c.dir, "class.yaml")
	text := "apiVersion: gateway.networking.k8s.io/v1\nkind: GatewayClass\nmetadata: {name: eg}\nspec: {controllerName: gateway.envoyproxy.io/gatewayclass-controller}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return err
	}
	_, err := c.run(ctx, "apply", "--server-side", "-f", file)
	return err
}

// fleet makes a namespace, and writes a configuration of n routes for it.
func (c *cluster) fleet(ctx context.Context, namespace string, n int) (*fleet, error) {
	if _, err := c.run(ctx, "create", "namespace", namespace); err != nil {
		return nil, err
	}
	f, err := newFleet(filepath.Join(c.dir, namespace), n, false)
	if err != nil {
		return nil, err
	}
	f.target, f.v1, f.v2 = provider(c.kubeconfig, namespace), "10.1.0.1:9001", "10.1.0.2:9002"
	return f, f.write()
}

// provider is the provider block for a namespace.
func provider(kubeconfig, namespace string) string {
	return fmt.Sprintf("provider \"kubernetes\" {\n  kubeconfig = %q\n  namespace  = %q\n  class      = \"eg\"\n}", kubeconfig, namespace)
}

// run runs kubectl. What it finds out about the API server it remembers, as it
// does at home.
func (c *cluster) run(ctx context.Context, args ...string) (sample, error) {
	common := []string{"--kubeconfig", c.kubeconfig, "--cache-dir", filepath.Join(c.dir, "kubectl")}
	return measure(ctx, c.dir, c.kubectl, append(common, args...)...)
}

// far calls a function with the API server as far away as a delay each way
// makes it.
func (c *cluster) far(ctx context.Context, delay time.Duration, measure func() error) error {
	d, err := newDistance(ctx, strings.TrimPrefix(c.URL(), "https://"), delay)
	if err != nil {
		return err
	}
	defer d.stop()
	near, err := os.ReadFile(c.Kubeconfig())
	if err != nil {
		return err
	}
	c.kubeconfig = filepath.Join(c.dir, "far")
	defer func() { c.kubeconfig = c.Kubeconfig() }()
	if err := os.WriteFile(c.kubeconfig, bytes.ReplaceAll(near, []byte(c.URL()), []byte("https://"+d.address)), 0o600); err != nil {
		return err
	}
	return measure()
}

// apply applies a folder, which has to say what is expected. Nobody is waited
// for: there are no controllers.
func (c *cluster) apply(ctx context.Context, dir, says string, args ...string) (sample, error) {
	return c.gwctl(ctx, dir, says, append([]string{"apply", "-no-color", "-concise", "-auto-approve", "-wait-for=none"}, args...)...)
}

// gwctl runs gwctl in a folder, which has to say what is expected.
func (c *cluster) gwctl(ctx context.Context, dir, says string, args ...string) (sample, error) {
	s, err := measure(ctx, dir, c.b.gwctl, args...)
	if err == nil && !strings.Contains(s.stdout, says) {
		err = fmt.Errorf("gwctl %s does not say %q:\n%s", args[0], says, s.stdout[max(0, len(s.stdout)-2000):])
	}
	return s, err
}

// rendered writes the fleet's objects for kubectl, in another namespace, and
// returns the file.
func (c *cluster) rendered(ctx context.Context, f *fleet, namespace string) (string, error) {
	other, err := c.fleet(ctx, namespace, len(f.weight))
	if err != nil {
		return "", err
	}
	s, err := measure(ctx, other.dir, c.b.gwctl, "render", "-out=-")
	if err != nil {
		return "", err
	}
	file := filepath.Join(other.dir, "objects.yaml")
	return file, os.WriteFile(file, []byte(s.stdout), 0o600)
}

// clear removes all of the Gateway API and Envoy Gateway from a namespace.
func (c *cluster) clear(ctx context.Context, namespace string) error {
	for _, resource := range []string{
		"gateway.networking.k8s.io/v1/namespaces/%s/httproutes",
		"gateway.networking.k8s.io/v1/namespaces/%s/gateways",
		"gateway.envoyproxy.io/v1alpha1/namespaces/%s/backends",
	} {
		if _, err := c.run(ctx, "delete", "--raw", "/apis/"+fmt.Sprintf(resource, namespace)); err != nil {
			return err
		}
	}
	return nil
}

// requests returns what a command asks the API server, sorted.
func (c *cluster) requests(ctx context.Context, command func(kubeconfig string) error) (asked requests, err error) {
	proxy, err := c.RunProxy(ctx, kubernetestest.Account{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, proxy.Stop()) }()
	if err := command(proxy.Kubeconfig()); err != nil {
		return nil, err
	}
	for _, r := range proxy.Requests() {
		asked = append(asked, r.String())
	}
	slices.Sort(asked)
	return asked, nil
}
