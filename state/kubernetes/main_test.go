package kubernetes_test

import (
	"testing"

	"go.uber.org/goleak"

	cluster "github.com/gwctl/gwctl/internal/kubernetes"
	"github.com/gwctl/gwctl/internal/kubernetes/kubernetestest"
	"github.com/gwctl/gwctl/state"
	"github.com/gwctl/gwctl/state/kubernetes"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(kubernetestest.Around(m)) }

// connect is the cluster of a kubeconfig, until the test ends.
func connect(t testing.TB, kubeconfig string) *cluster.Cluster {
	t.Helper()
	c, err := cluster.Connect(cluster.Options{Kubeconfig: kubeconfig})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func open(t testing.TB, c *cluster.Cluster, namespace string, opts state.Options) state.Store {
	t.Helper()
	store, err := kubernetes.New(c, kubernetes.Options{Options: opts, Namespace: namespace, Version: "0.2.0"})
	if err != nil {
		t.Fatal(err)
	}
	return store
}
