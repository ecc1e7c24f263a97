package kubernetestest

import (
	"context"
	"os"
	"sync"
	"testing"
)

// shared is the control plane of one test binary.
var shared struct {
	sync.Mutex
	allowed bool // within Around
	plane   *ControlPlane
	err     error
}

// Main runs the tests of a package and then ends the shared control plane, if
// any test asked for it:
//
//	func TestMain(m *testing.M) { kubernetestest.Main(m) }
func Main(m *testing.M) { os.Exit(Around(m).Run()) }

// Around is Main for packages that look for leaked goroutines after the tests:
//
//	goleak.VerifyTestMain(kubernetestest.Around(m))
func Around(m interface{ Run() int }) interface{ Run() int } { return around{m} }

type around struct{ tests interface{ Run() int } }

func (a around) Run() int {
	shared.Lock()
	shared.allowed = true
	shared.Unlock()
	defer func() {
		shared.Lock()
		defer shared.Unlock()
		shared.allowed = false
		if shared.plane != nil {
			shared.plane.Stop()
		}
	}()
	return a.tests.Run()
}

// Shared returns the control plane that all tests of a package use, each in a
// namespace of its own. It is started when it is first asked for.
func Shared(t testing.TB) *ControlPlane {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	if !shared.allowed {
		t.Fatal("the TestMain of this package has to be kubernetestest.Main, which ends the shared control plane")
	}
	if shared.plane == nil && shared.err == nil {
		shared.plane, shared.err = Run(context.Background(), Options{})
	}
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.plane
}
