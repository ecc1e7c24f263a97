package kubernetes_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/gwctl/gwctl/internal/kubernetes/kubernetestest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(kubernetestest.Around(m)) }
