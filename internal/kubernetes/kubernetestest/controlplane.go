// Package kubernetestest runs a real API server, with etcd behind it, for tests
// and benchmarks. Nothing else of a cluster is there: no controllers, so
// nobody writes status or removes what a deleted namespace held, and no nodes.
//
// Packages outside the corner of client-go get what they need by it: objects
// are written as YAML and read as unstructured ones.
package kubernetestest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"

	"github.com/gwctl/gwctl/internal/process"
)

// Options say what a control plane serves. The zero value has the Gateway API
// that gwctl is made for, and Envoy Gateway's kinds.
type Options struct {
	CRDs CRDs
	// Durable makes etcd wait until the disk has what it writes, as in any
	// cluster that has to outlive a power cut: for measurements.
	Durable bool
}

// ControlPlane is one API server with its etcd. Each has its own certificate
// authority and its own kube-system, but all kubeconfigs call their context
// "test": so one can stand behind the name of another.
type ControlPlane struct {
	dir        string
	authority  *authority
	admin      *rest.Config
	kubeconfig string
	etcd       *process.Process
	etcdURL    string
	server     *process.Process
	port       int
	client     *client
}

const (
	startTimeout = 3 * time.Minute
	poll         = 20 * time.Millisecond
)

// Start runs a control plane of the test's own, for tests that stop it, or that
// change what all share.
func Start(t testing.TB, o Options) *ControlPlane {
	t.Helper()
	c, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Stop)
	return c
}

// Run runs a control plane until Stop. It returns when everything is served.
func Run(ctx context.Context, o Options) (*ControlPlane, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		dir, err := os.MkdirTemp("", "kubernetes-")
		if err != nil {
			return nil, err
		}
		c := &ControlPlane{dir: dir}
		if err = c.run(ctx, o); err == nil {
			return c, nil
		}
		c.Stop()
		// Somebody else may have taken a port since it was looked at.
		if !strings.Contains(err.Error(), "address already in use") {
			return nil, err
		}
	}
}

func (c *ControlPlane) run(ctx context.Context, o Options) error {
	if err := c.prepare(); err != nil {
		return err
	}
	if err := c.startEtcd(o.Durable); err != nil {
		return err
	}
	if err := c.startServer(); err != nil {
		return err
	}
	if err := c.connect(); err != nil {
		return err
	}
	if err := c.ready(ctx); err != nil {
		return err
	}
	return c.install(ctx, o.CRDs)
}

// connect makes the administrator's kubeconfig and client.
func (c *ControlPlane) connect() error {
	config, err := c.config(Account{})
	if err != nil {
		return err
	}
	if c.admin, err = restConfig(config); err != nil {
		return err
	}
	if c.client, err = newClient(c.admin); err != nil {
		return err
	}
	c.kubeconfig, err = c.writeKubeconfig("admin", config)
	return err
}

// prepare writes the certificates and keys.
func (c *ControlPlane) prepare() error {
	var err error
	if c.authority, err = newAuthority(); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(c.dir, "ca.crt"), c.authority.pem, 0o600); err != nil {
		return err
	}
	server, err := c.authority.server()
	if err != nil {
		return err
	}
	if err := server.write(c.dir, "server"); err != nil {
		return err
	}
	accounts, err := c.authority.client("service-accounts", nil, false)
	if err != nil {
		return err
	}
	return accounts.write(c.dir, "service-accounts")
}

func (c *ControlPlane) startEtcd(durable bool) error {
	program, err := Find("etcd")
	if err != nil {
		return err
	}
	// Nobody but the API server asks etcd, and it says itself when it cannot.
	client, peer := freePort(), freePort()
	c.etcdURL = "http://127.0.0.1:" + strconv.Itoa(client)
	peerURL := "http://127.0.0.1:" + strconv.Itoa(peer)
	c.etcd, err = process.Start(program, []string{
		"--data-dir", filepath.Join(c.dir, "etcd"), fmt.Sprintf("--unsafe-no-fsync=%t", !durable), "--log-level", "warn",
		"--listen-client-urls", c.etcdURL, "--advertise-client-urls", c.etcdURL,
		"--listen-peer-urls", peerURL, "--initial-advertise-peer-urls", peerURL, "--initial-cluster", "default=" + peerURL,
	}, environ(), c.dir)
	return err
}

// startServer starts the API server, on the port that it had before.
func (c *ControlPlane) startServer() error {
	program, err := Find("kube-apiserver")
	if err != nil {
		return err
	}
	if c.port == 0 {
		c.port = freePort()
	}
	file := func(name string) string { return filepath.Join(c.dir, name) }
	c.server, err = process.Start(program, []string{
		"--etcd-servers", c.etcdURL,
		"--bind-address", "127.0.0.1", "--advertise-address", "127.0.0.1", "--secure-port", strconv.Itoa(c.port),
		"--cert-dir", c.dir, "--tls-cert-file", file("server.crt"), "--tls-private-key-file", file("server.key"), "--client-ca-file", file("ca.crt"),
		"--service-account-issuer", "https://kubernetes.default.svc", "--service-account-key-file", file("service-accounts.crt"), "--service-account-signing-key-file", file("service-accounts.key"),
		"--authorization-mode", "RBAC", "--allow-privileged", "--service-cluster-ip-range", "10.0.0.0/16",
		// No controller makes service accounts, and no other server joins.
		"--disable-admission-plugins", "ServiceAccount", "--endpoint-reconciler-type", "none",
	}, environ(), c.dir)
	return err
}

// ready waits until the API server serves, and has made the namespaces that
// every cluster has.
func (c *ControlPlane) ready(ctx context.Context) error {
	namespaces := schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}
	return c.await(ctx, "the API server is not ready", func() (bool, error) {
		if err := c.client.readyz(ctx); err != nil {
			return false, err
		}
		for _, name := range []string{"default", "kube-system"} {
			if _, err := c.client.dynamic.Resource(namespaces).Get(ctx, name, metav1.GetOptions{}); err != nil {
				return false, err
			}
		}
		return true, nil
	})
}

// await asks until the answer is yes. An error is not the end, unless a process
// has ended.
func (c *ControlPlane) await(ctx context.Context, what string, ask func() (bool, error)) error {
	for {
		ok, err := ask()
		if ok && err == nil {
			return nil
		}
		select {
		case <-c.server.Done():
			return fmt.Errorf("%s: %w", what, c.server.Err())
		case <-c.etcd.Done():
			return fmt.Errorf("%s: %w", what, c.etcd.Err())
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", what, errors.Join(err, context.Cause(ctx)))
		case <-time.After(poll):
		}
	}
}

// Stop ends everything and leaves nothing behind.
func (c *ControlPlane) Stop() {
	if c.server != nil {
		c.server.Kill()
	}
	if c.etcd != nil {
		c.etcd.Kill()
	}
	if c.client != nil {
		c.client.close()
	}
	_ = os.RemoveAll(c.dir) // a temporary folder
}

// StopServer kills the API server. Its data stays for StartServer.
func (c *ControlPlane) StopServer() { c.server.Kill() }

// StartServer starts a stopped API server again, at the same address.
func (c *ControlPlane) StartServer(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), startTimeout)
	defer cancel()
	if err := c.startServer(); err != nil {
		t.Fatal(err)
	}
	if err := c.ready(ctx); err != nil {
		t.Fatal(err)
	}
}

// PauseServer makes the API server hang: connections are taken, and nobody
// answers until ResumeServer.
func (c *ControlPlane) PauseServer(t testing.TB) {
	t.Helper()
	if err := c.server.Pause(); err != nil {
		t.Fatal(err)
	}
}

// ResumeServer lets a paused API server go on.
func (c *ControlPlane) ResumeServer(t testing.TB) {
	t.Helper()
	if err := c.server.Resume(); err != nil {
		t.Fatal(err)
	}
}

// URL returns the address of the API server.
func (c *ControlPlane) URL() string { return "https://127.0.0.1:" + strconv.Itoa(c.port) }

// Config returns the administrator's configuration for client-go.
func (c *ControlPlane) Config() *rest.Config { return rest.CopyConfig(c.admin) }

// Namespace makes a namespace of the test's own.
func (c *ControlPlane) Namespace(t testing.TB) string {
	t.Helper()
	for {
		name := fmt.Sprintf("test-%06x", rand.Uint32()>>8)
		err := c.client.create(t.Context(), "apiVersion: v1\nkind: Namespace\nmetadata: {name: "+name+"}\n")
		switch {
		case apierrors.IsAlreadyExists(err):
		case err != nil:
			t.Fatal(err)
		default:
			return name
		}
	}
}

// freePort returns a port that nobody listens on. It is one below those that
// the system gives to connections and to others who ask for any, so that it is
// still free a moment later, and after the server on it was stopped.
func freePort() int {
	for {
		port := 12000 + rand.IntN(16000)
		l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port))
		if err == nil {
			_ = l.Close()
			return port
		}
	}
}

// environ makes programs that live for some minutes collect their garbage less
// often, which halves the time that they take to start.
func environ() []string { return append(os.Environ(), "GOGC=400") }
