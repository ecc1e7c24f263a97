// Package inpod tests connecting from a Pod, whose files lie at fixed paths.
package inpod

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/gwctl/gwctl/internal/kubernetes"
	"github.com/gwctl/gwctl/internal/kubernetes/kubernetestest"
	"github.com/gwctl/gwctl/internal/kubernetes/kubernetestest/sandbox"
)

// secrets is where a Pod's files are.
const secrets = "/var/run/secrets"

func TestMain(m *testing.M) { sandbox.Main(kubernetestest.Around(m), secrets) }

func TestAPodTalksToItsOwnClusterAsItsServiceAccount(t *testing.T) {
	plane := kubernetestest.Shared(t)
	namespace := plane.Namespace(t)
	beAPod(t, plane, kubernetestest.Account{Name: "gwctl", Namespace: namespace, Token: true, Rules: []string{"list services"}})
	c := connect(t, kubernetes.Options{})
	if c.Namespace != namespace || c.Server != plane.URL() || c.Context != "" {
		t.Errorf("it is namespace %s of %s", c.Namespace, c.Where)
	}
	if err := list(t, c, namespace); err != nil {
		t.Error(err)
	}
	err := list(t, connect(t, kubernetes.Options{As: "jane"}), namespace)
	if e, ok := errors.AsType[*kubernetes.ForbiddenError](err); !ok {
		t.Errorf("acting as jane, which it may not: %v; want a ForbiddenError", e)
	}
}

func TestAKubeconfigCountsMoreThanThePod(t *testing.T) {
	plane := kubernetestest.Shared(t)
	beAPod(t, plane, kubernetestest.Account{Name: "gwctl", Namespace: plane.Namespace(t), Token: true})
	if c := connect(t, kubernetes.Options{Kubeconfig: plane.Kubeconfig()}); c.Context != "test" {
		t.Errorf("it is %s", c.Where)
	}
}

// beAPod writes what the kubelet would.
func beAPod(t *testing.T, plane *kubernetestest.ControlPlane, a kubernetestest.Account) {
	t.Helper()
	config, err := clientcmd.LoadFromFile(plane.KubeconfigFor(t, a))
	if err != nil {
		t.Fatal(err)
	}
	at := config.Contexts[config.CurrentContext]
	dir := filepath.Join(secrets, "kubernetes.io", "serviceaccount")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	for name, content := range map[string]string{
		"token":     config.AuthInfos[at.AuthInfo].Token,
		"ca.crt":    string(config.Clusters[at.Cluster].CertificateAuthorityData),
		"namespace": a.Namespace,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	server, err := url.Parse(plane.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("KUBERNETES_SERVICE_HOST", server.Hostname())
	t.Setenv("KUBERNETES_SERVICE_PORT", server.Port())
	t.Setenv("KUBECONFIG", "")
	t.Setenv("HOME", t.TempDir())
}

func connect(t *testing.T, o kubernetes.Options) *kubernetes.Cluster {
	t.Helper()
	c, err := kubernetes.Connect(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func list(t *testing.T, c *kubernetes.Cluster, namespace string) error {
	t.Helper()
	services := schema.GroupVersionResource{Version: "v1", Resource: "services"}
	_, err := c.Dynamic().Resource(services).Namespace(namespace).List(t.Context(), metav1.ListOptions{})
	return c.Explain(t.Context(), err, kubernetes.Access{Verb: "list", Resource: services.GroupResource(), Namespace: namespace})
}
