package kubernetes_test

import (
	"testing"

	"github.com/gwctl/gwctl/internal/kubernetes/kubernetestest"
	"github.com/gwctl/gwctl/state"
	"github.com/gwctl/gwctl/state/storetest"
)

func TestStoreInAClusterBehavesAsStoresDo(t *testing.T) {
	plane := kubernetestest.Shared(t)
	storetest.Run(t, func(t testing.TB) storetest.Place {
		namespace := plane.Namespace(t)
		return func(opts state.Options) state.Store {
			return open(t, connect(t, plane.Kubeconfig()), namespace, opts)
		}
	})
}
