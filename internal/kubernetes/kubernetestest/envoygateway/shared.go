package envoygateway

import (
	"context"
	"sync"
	"testing"
)

// shared is the cluster of one test binary.
var shared struct {
	sync.Mutex
	allowed bool // within Main
	cluster *Cluster
	err     error
}

// Shared returns the cluster that all tests of a package use, each in a
// namespace of its own. It is started when it is first asked for.
func Shared(t testing.TB) *Cluster {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	if !shared.allowed {
		t.Fatal("the TestMain of this package has to be envoygateway.Main, which ends the shared cluster")
	}
	if shared.cluster == nil && shared.err == nil {
		shared.cluster, shared.err = run(context.Background())
	}
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.cluster
}

// around ends the shared cluster after the tests.
type around struct{ tests interface{ Run() int } }

func (a around) Run() int {
	shared.Lock()
	shared.allowed = true
	shared.Unlock()
	defer func() {
		shared.Lock()
		defer shared.Unlock()
		shared.allowed = false
		if shared.cluster != nil {
			shared.cluster.stop()
		}
	}()
	return a.tests.Run()
}
