package main

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gwctl/gwctl/internal/kubernetes/kubernetestest"
)

// channels are what a cluster of a script's own has of the Gateway API.
var channels = map[string]kubernetestest.Channel{
	"":         kubernetestest.Experimental,
	"standard": kubernetestest.Standard,
	"older":    kubernetestest.Older,
	"bare":     kubernetestest.NoCRDs,
}

// clusterCommand gives a script a namespace in the cluster that all share, or a
// cluster of its own.
func clusterCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 1 || len(args) > 3 || len(args) == 3 && args[0] != "start" {
		ts.Fatalf("usage: cluster, cluster start NAME [standard|older|bare], cluster stop|pause|resume NAME")
	}
	t, p := asTest(ts), partsOf(ts)
	if len(args) == 0 {
		useCluster(ts, kubernetestest.Shared(t))
		return
	}
	name := args[1]
	c := p.clusters[name]
	switch {
	case args[0] == "start" && c == nil:
		channel, ok := channels[strings.Join(args[2:], "")]
		if !ok {
			ts.Fatalf("there are no CRDs %s", args[2])
		}
		var err error
		c, err = kubernetestest.Run(p.ctx, kubernetestest.Options{CRDs: kubernetestest.CRDs{Channel: channel}})
		ts.Check(err)
		p.clusters[name] = c
		ts.Setenv(name, useCluster(ts, c))
	case c == nil:
		ts.Fatalf("there is no cluster %s", name)
	case args[0] == "start":
		c.StartServer(t)
	case args[0] == "stop":
		c.StopServer()
	case args[0] == "pause":
		c.PauseServer(t)
	case args[0] == "resume":
		c.ResumeServer(t)
	default:
		ts.Fatalf("a cluster does not %s", args[0])
	}
}

// useCluster makes a namespace and points gwctl and kubectl there.
func useCluster(ts *testscript.TestScript, c *kubernetestest.ControlPlane) string {
	t, p := asTest(ts), partsOf(ts)
	p.cluster = c
	namespace := c.Namespace(t)
	kubeconfig := c.KubeconfigFor(t, kubernetestest.Account{Namespace: namespace})
	kubectl, err := kubernetestest.Find("kubectl")
	ts.Check(err)
	ts.Setenv("PATH", ts.Getenv("PATH")+string(filepath.ListSeparator)+filepath.Dir(kubectl))
	ts.Setenv("KUBECONFIG", kubeconfig)
	p.variables = append(p.variables, "KUBECONFIG", "NAMESPACE")
	ts.Setenv("NAMESPACE", namespace)
	export(ts, "namespace", namespace)
	return kubeconfig
}

// accountCommand makes a kubeconfig of an account that may do little.
func accountCommand(ts *testscript.TestScript, neg bool, args []string) {
	p := partsOf(ts)
	if neg || len(args) < 1 || p.cluster == nil {
		ts.Fatalf("usage, after cluster: account NAME [\"VERBS RESOURCES\"]...")
	}
	namespace := ts.Getenv("NAMESPACE")
	ts.Setenv(args[0], p.cluster.KubeconfigFor(asTest(ts), kubernetestest.Account{
		Name: args[0] + "-of-" + namespace, Namespace: namespace, Rules: args[1:],
	}))
}

// expiredCommand makes a kubeconfig whose client certificate ran out.
func expiredCommand(ts *testscript.TestScript, neg bool, args []string) {
	p := partsOf(ts)
	if neg || len(args) != 1 || p.cluster == nil {
		ts.Fatalf("usage, after cluster: expired NAME")
	}
	ts.Setenv(args[0], p.cluster.KubeconfigFor(asTest(ts), kubernetestest.Account{Name: args[0], Expired: true}))
}

// test is a script as what it is for packages that help tests.
type test struct {
	testing.TB
	script *testscript.TestScript
}

// asTest needs the test of all scripts, for what only that can do.
func asTest(ts *testscript.TestScript) test { return test{partsOf(ts).test, ts} }

func (t test) Helper()                           {}
func (t test) Context() context.Context          { return partsOf(t.script).ctx }
func (t test) Cleanup(do func())                 { t.script.Defer(do) }
func (t test) Fatal(args ...any)                 { t.script.Fatalf("%v", args...) }
func (t test) Fatalf(format string, args ...any) { t.script.Fatalf(format, args...) }
func (t test) Errorf(format string, args ...any) { t.script.Fatalf(format, args...) }
