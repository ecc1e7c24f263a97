package kubernetes_test

import (
	"errors"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/gwctl/gwctl/internal/kubernetes"
	"github.com/gwctl/gwctl/internal/kubernetes/kubernetestest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(kubernetestest.Around(m)) }

func connect(t *testing.T, o kubernetes.Options) *kubernetes.Cluster {
	t.Helper()
	c, err := kubernetes.Connect(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// wantError returns the error as the type that it should be.
func wantError[E error](t *testing.T, err error, says ...string) E {
	t.Helper()
	e, ok := errors.AsType[E](err)
	if !ok {
		t.Fatalf("error %T: %v; want %T", err, err, e)
	}
	for _, want := range says {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q does not say %q", err, want)
		}
	}
	return e
}
