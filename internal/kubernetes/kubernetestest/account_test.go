package kubernetestest_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/gwctl/gwctl/internal/kubernetes/kubernetestest"
)

// kubectl runs the real one by a kubeconfig and returns all that it prints.
func kubectl(t *testing.T, kubeconfig string, args ...string) (string, error) {
	t.Helper()
	program, err := kubernetestest.Find("kubectl")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Env = []string{"KUBECONFIG=" + kubeconfig, "HOME=" + t.TempDir()}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestAccountsMayDoWhatTheirRulesSay(t *testing.T) {
	plane := kubernetestest.Shared(t)
	namespace, other := plane.Namespace(t), plane.Namespace(t)
	for _, a := range []kubernetestest.Account{{Name: "deployer"}, {Name: "robot", Token: true}} {
		t.Run(a.Name, func(t *testing.T) {
			a.Namespace = namespace
			a.Rules = []string{"get,list httproutes.gateway.networking.k8s.io,services"}
			a.ClusterRules = []string{"list nodes"}
			kubeconfig := plane.KubeconfigFor(t, a)
			for _, tt := range []struct {
				args string
				want bool
			}{
				{"get httproutes", true}, // the context's namespace
				{"get services", true},
				{"get nodes", true},
				{"get gateways", false},
				{"get httproutes -n " + other, false},
			} {
				out, err := kubectl(t, kubeconfig, strings.Fields(tt.args)...)
				if (err == nil) != tt.want {
					t.Errorf("%s: %v, %s", tt.args, err, out)
				}
				if err != nil && !strings.Contains(out, "Forbidden") {
					t.Errorf("%s is not forbidden: %s", tt.args, out)
				}
			}
		})
	}
}

func TestAnExpiredCertificateIsNoIdentity(t *testing.T) {
	plane := kubernetestest.Shared(t)
	kubeconfig := plane.KubeconfigFor(t, kubernetestest.Account{Name: "yesterday", Expired: true, Rules: []string{"list nodes"}})
	if out, err := kubectl(t, kubeconfig, "get", "nodes"); err == nil || !strings.Contains(out, "logged in") {
		t.Errorf("%v, %s", err, out)
	}
}
