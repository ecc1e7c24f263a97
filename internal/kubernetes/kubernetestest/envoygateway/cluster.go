// Package envoygateway runs a cluster whose gateways answer: a real API server,
// the real Envoy Gateway, and the real Envoy for every Gateway. There is no
// kubelet and no cloud: what those would do for Envoy Gateway is done here.
//
// The programs insist on ports and paths, so the tests of a package that uses
// this run in a sandbox:
//
//	func TestMain(m *testing.M) { envoygateway.Main(m) }
package envoygateway

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/gwctl/gwctl/internal/kubernetes/kubernetestest"
	"github.com/gwctl/gwctl/internal/kubernetes/kubernetestest/sandbox"
	"github.com/gwctl/gwctl/internal/process"
)

// ControllerName is what a GatewayClass names to be Envoy Gateway's.
const ControllerName = "gateway.envoyproxy.io/gatewayclass-controller"

// Namespace is where Envoy Gateway lives, with the Envoys of all Gateways.
const Namespace = "envoy-gateway-system"

const (
	certificates = "/certs" // where Envoy Gateway looks for its own
	poll         = 50 * time.Millisecond
	startTimeout = 3 * time.Minute
)

// settings allow what gwctl makes: Backends are off by default. Elections are
// for several.
const settings = `
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: EnvoyGateway
gateway: {controllerName: ` + ControllerName + `}
provider:
  type: Kubernetes
  kubernetes: {leaderElection: {disable: true}}
extensionApis: {enableBackend: true, enableEnvoyPatchPolicy: true}
rateLimit: {backend: {type: Redis, redis: {url: "redis.default.svc.cluster.local:6379"}}}
logging: {level: {default: info}}
`

// Main runs the tests of a package in a sandbox. Shared control planes work in
// it too, and the shared cluster ends with it.
func Main(m *testing.M) { os.Exit(Run(Around(m))) }

// Run runs tests in the sandbox, for packages that do something around that
// (see sandbox.Run) or around Around.
func Run(m interface{ Run() int }) int { return sandbox.Run(m, certificates) }

// Around ends what tests share after them.
func Around(m interface{ Run() int }) interface{ Run() int } { return kubernetestest.Around(around{m}) }

// Cluster is a control plane with Envoy Gateway.
type Cluster struct {
	*kubernetestest.ControlPlane

	dir        string
	client     kubernetes.Interface
	controller *process.Process
	kubelet    *kubelet
}

// Start runs a cluster until the test ends. There can be one at a time.
// Its Gateways have to listen on different ports, since all Envoys have the
// same addresses.
func Start(t testing.TB) *Cluster {
	t.Helper()
	c, err := run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.stop)
	return c
}

// run runs a cluster until stop.
func run(ctx context.Context) (*Cluster, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	dir, err := os.MkdirTemp("", "envoy-gateway-")
	if err != nil {
		return nil, err
	}
	c := &Cluster{dir: dir}
	if err := c.start(ctx); err != nil {
		c.stop()
		return nil, err
	}
	return c, nil
}

func (c *Cluster) start(ctx context.Context) error {
	program, err := Find()
	if err != nil {
		return err
	}
	if c.ControlPlane, err = kubernetestest.Run(ctx, kubernetestest.Options{}); err != nil {
		return err
	}
	if c.client, err = kubernetes.NewForConfig(c.Config()); err != nil {
		return err
	}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: Namespace}}
	if _, err := c.client.CoreV1().Namespaces().Create(ctx, namespace, metav1.CreateOptions{}); err != nil {
		return err
	}
	environ := append(os.Environ(), "KUBECONFIG="+c.Kubeconfig(), "ENVOY_GATEWAY_NAMESPACE="+Namespace)
	generate := exec.CommandContext(ctx, program, "certgen", "--disable-topology-injector")
	generate.Env = environ
	if out, err := generate.CombinedOutput(); err != nil {
		return fmt.Errorf("make Envoy Gateway's certificates: %w\n%s", err, out)
	}
	if err := writeSecret(ctx, c.client, "envoy-gateway", certificates); err != nil {
		return err
	}
	path := filepath.Join(c.dir, "envoy-gateway.yaml")
	if err := os.WriteFile(path, []byte(settings), 0o600); err != nil {
		return err
	}
	if c.controller, err = process.Start(program, []string{"server", "--config-path", path}, environ, c.dir); err != nil {
		return err
	}
	if err := c.await(ctx, c.ready); err != nil {
		return err
	}
	c.kubelet = startKubelet(c.client, c.dir)
	return nil
}

// writeSecret writes a secret of Envoy Gateway's namespace into a folder, as a
// volume would be.
func writeSecret(ctx context.Context, client kubernetes.Interface, name, dir string) error {
	secret, err := client.CoreV1().Secrets(Namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	for key, value := range secret.Data {
		if err := os.WriteFile(filepath.Join(dir, key), value, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// ready asks Envoy Gateway whether it works.
func (c *Cluster) ready(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1:8081/readyz", nil)
	if err != nil {
		return err
	}
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		return err
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return errors.New("/readyz answered " + resp.Status)
	}
	return nil
}

// await asks until there is no error. What Envoy Gateway says belongs to the
// error when time is up.
func (c *Cluster) await(ctx context.Context, ask func(context.Context) error) error {
	for {
		err := ask(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-c.controller.Done():
			return errors.Join(err, c.controller.Err())
		case <-ctx.Done():
			return errors.Join(err, c.controller.Err())
		case <-time.After(poll):
		}
	}
}

func (c *Cluster) stop() {
	if c.kubelet != nil {
		c.kubelet.stop()
	}
	if c.controller != nil {
		c.controller.Kill()
	}
	if c.ControlPlane != nil {
		c.Stop()
	}
	_ = os.RemoveAll(c.dir) // a temporary folder
}

// URL returns where a listener of a Gateway answers, given its port. It waits
// until Envoy Gateway says that the Gateway is programmed, and its Envoy serves
// the listener.
func (c *Cluster) URL(t testing.TB, namespace, gateway string, port int) string {
	t.Helper()
	return "http://" + c.address(t, namespace, gateway, port, func(ctx context.Context, address string) error {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
		if err != nil {
			return err
		}
		return conn.Close()
	})
}

// UDPAddress returns where a listener of datagrams is, once its Gateway is
// programmed.
func (c *Cluster) UDPAddress(t testing.TB, namespace, gateway string, port int) string {
	t.Helper()
	return c.address(t, namespace, gateway, port, func(context.Context, string) error { return nil })
}

func (c *Cluster) address(t testing.TB, namespace, gateway string, port int, answers func(ctx context.Context, address string) error) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), startTimeout)
	defer cancel()
	var address string
	err := c.await(ctx, func(ctx context.Context) error {
		if err := c.programmed(t, namespace, gateway); err != nil {
			return err
		}
		var err error
		if address, err = c.kubelet.address(namespace, gateway, port); err != nil {
			return err
		}
		return answers(ctx, address)
	})
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// programmed returns an error that says why a Gateway is not programmed.
func (c *Cluster) programmed(t testing.TB, namespace, gateway string) error {
	t.Helper()
	o := c.Get(t, "gateways."+gatewayGroup, namespace, gateway)
	if o == nil {
		return fmt.Errorf("there is no Gateway %s/%s", namespace, gateway)
	}
	if condition := conditionOf(o, "Programmed"); condition.status != "True" || condition.generation != o.GetGeneration() {
		return fmt.Errorf("the Gateway %s/%s of generation %d is not programmed: %+v", namespace, gateway, o.GetGeneration(), condition)
	}
	return nil
}
