package kubernetes_test

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	cluster "github.com/gwctl/gwctl/internal/kubernetes"
	"github.com/gwctl/gwctl/internal/kubernetes/kubernetestest"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/state"
)

// head is the Secret of the owner "shop".
const head = "gwctl-state-shop"

func stateOf(serial uint64, objects ...*resource.Object) *state.State {
	s := state.New("shop")
	s.Gwctl, s.Serial, s.Lineage = "0.2.0", serial, "L1"
	for i, o := range objects {
		s.Resources = append(s.Resources, state.Record{
			Address: resource.Address{Kind: "manifest", Name: "x" + string(rune('a'+i))}, Provider: "kubernetes.eu", Objects: []*resource.Object{o},
		})
	}
	return s
}

func object(apiVersion, kind, namespace, name string) *resource.Object {
	o := &unstructured.Unstructured{}
	o.SetAPIVersion(apiVersion)
	o.SetKind(kind)
	o.SetNamespace(namespace)
	o.SetName(name)
	return o
}

// large is a state that n Secrets are needed for: what compresses to nothing
// would fit into one.
func large(serial uint64, n int) *state.State {
	noise := make([]byte, 700_000*n)
	_, _ = rand.Read(noise) // never fails
	o := object("v1", "ConfigMap", "shop", "noise")
	o.Object["data"] = map[string]any{"noise": hex.EncodeToString(noise)}
	return stateOf(serial, o)
}

func write(t *testing.T, store state.Store, s *state.State) {
	t.Helper()
	lease, err := store.Lock(t.Context(), "write", 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(lease.Write(t.Context(), s), lease.Release(t.Context())); err != nil {
		t.Fatal(err)
	}
}

func wantSerial(t *testing.T, store state.Store, want uint64) {
	t.Helper()
	s, err := store.Read(t.Context())
	if err != nil || s == nil || s.Serial != want {
		t.Fatalf("read %v, %v; want serial %d", s, err, want)
	}
}

// secrets are the names of those of a state; chunks have random ones.
func secrets(t *testing.T, plane *kubernetestest.ControlPlane, namespace string) (heads, chunks int) {
	t.Helper()
	for _, s := range plane.List(t, "secrets", namespace, "") {
		if s.GetName() == head {
			heads++
		} else {
			chunks++
		}
	}
	return heads, chunks
}

func TestTheSecretIsTheParentOfAnApplySet(t *testing.T) {
	plane := kubernetestest.Shared(t)
	namespace := plane.Namespace(t)
	write(t, open(t, connect(t, plane.Kubeconfig()), namespace, state.Options{Owner: "shop"}), stateOf(7,
		object("gateway.networking.k8s.io/v1", "HTTPRoute", "pay", "a"), object("gateway.networking.k8s.io/v1", "HTTPRoute", namespace, "b"),
		object("v1", "ConfigMap", "infra", "c"), object("gateway.networking.k8s.io/v1", "GatewayClass", "", "d")))
	secret := plane.Get(t, "secret", namespace, head)
	if id := secret.GetLabels()["applyset.kubernetes.io/id"]; id != cluster.ApplySetID(head, namespace) {
		t.Errorf("its id is %q", id)
	}
	for name, want := range map[string]string{
		"applyset.kubernetes.io/tooling":               "gwctl/v0.2.0",
		"applyset.kubernetes.io/contains-group-kinds":  "ConfigMap,GatewayClass.gateway.networking.k8s.io,HTTPRoute.gateway.networking.k8s.io",
		"applyset.kubernetes.io/additional-namespaces": "infra,pay",
		"gwctl.dev/name":    "shop",
		"gwctl.dev/lineage": "L1",
		"gwctl.dev/serial":  "7",
	} {
		if got := secret.GetAnnotations()[name]; got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if typ, _, _ := unstructured.NestedString(secret.Object, "type"); typ != "gwctl.dev/state" {
		t.Errorf("its type is %q", typ)
	}
}

func TestKubectlKeepsItsHandsOffTheSet(t *testing.T) {
	plane := kubernetestest.Shared(t)
	namespace := plane.Namespace(t)
	write(t, open(t, connect(t, plane.Kubeconfig()), namespace, state.Options{Owner: "shop"}), stateOf(1))
	kubectl, err := kubernetestest.Find("kubectl")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), kubectl, "--kubeconfig", plane.Kubeconfig(),
		"apply", "-n", namespace, "--prune", "--applyset=secret/"+head, "-f", "-")
	cmd.Env = append(os.Environ(), "KUBECTL_APPLYSET=true")
	cmd.Stdin = strings.NewReader("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n")
	said, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(said), `should be managed by tooling "gwctl"`) && !strings.Contains(string(said), "gwctl") {
		t.Errorf("kubectl says (%v) %s, want that the set is gwctl's", err, said)
	}
}

func TestLargeStatesLieInSeveralSecrets(t *testing.T) {
	plane := kubernetestest.Shared(t)
	namespace := plane.Namespace(t)
	store := open(t, connect(t, plane.Kubeconfig()), namespace, state.Options{Owner: "shop"})
	for serial, n := range []int{1: 3, 2: 2, 3: 0, 4: 2} {
		if serial == 0 {
			continue
		}
		want := large(uint64(serial), n)
		write(t, store, want)
		got, err := store.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		given, err := state.Encode(want)
		if err != nil {
			t.Fatal(err)
		}
		if read, err := state.Encode(got); err != nil || string(read) != string(given) {
			t.Errorf("serial %d is read as another (%v)", serial, err)
		}
		if heads, chunks := secrets(t, plane, namespace); heads != 1 || chunks != n {
			t.Errorf("serial %d lies in %d heads and %d more, want 1 and %d", serial, heads, chunks, n)
		}
	}
	for _, chunk := range plane.List(t, "secrets", namespace, "gwctl.dev/state") {
		if refs := chunk.GetOwnerReferences(); len(refs) != 1 || refs[0].Name != head {
			t.Errorf("%s is not removed with its head: %v", chunk.GetName(), refs)
		}
	}
}

// TestAtEachBrokenWriteTheOldStateIsRead breaks a write off at each of its
// requests.
func TestAtEachBrokenWriteTheOldStateIsRead(t *testing.T) {
	plane := kubernetestest.Shared(t)
	namespace := plane.Namespace(t)
	store := open(t, connect(t, plane.Kubeconfig()), namespace, state.Options{Owner: "shop"})
	write(t, store, large(1, 2))
	proxy := plane.Proxy(t, kubernetestest.Account{})
	broken := open(t, connect(t, proxy.Kubeconfig()), namespace, state.Options{Owner: "shop"})
	for n, begins := range []string{"create secrets", "create secrets", "update secrets"} {
		lease, err := broken.Lock(t.Context(), "apply", 0)
		if err != nil {
			t.Fatal(err)
		}
		left := n
		proxy.Disturb(func(r kubernetestest.Request) (d kubernetestest.Disturbance) {
			if strings.HasPrefix(r.String(), "create secrets") || strings.HasPrefix(r.String(), "update secrets") {
				if left--; left < 0 {
					d.Status = 403
				}
			}
			return d
		})
		if err := lease.Write(t.Context(), large(2, 2)); err == nil {
			t.Errorf("it was written although %s %d was refused", begins, n)
		}
		proxy.Disturb(nil)
		wantSerial(t, store, 1)
		if err := lease.Release(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if _, chunks := secrets(t, plane, namespace); chunks < 5 {
		t.Fatalf("%d chunks: the broken writes left none, and there is nothing to tidy", chunks)
	}
	write(t, store, large(3, 2))
	wantSerial(t, store, 3)
	if _, chunks := secrets(t, plane, namespace); chunks != 2 {
		t.Errorf("%d chunks are left, want the 2 of the state", chunks)
	}
}

func TestAWriteWhoseAnswerGotLostIsNoConflict(t *testing.T) {
	plane := kubernetestest.Shared(t)
	for _, n := range []int{0, 2} {
		namespace := plane.Namespace(t)
		proxy := plane.Proxy(t, kubernetestest.Account{})
		store := open(t, connect(t, proxy.Kubeconfig()), namespace, state.Options{Owner: "shop"})
		lease, err := store.Lock(t.Context(), "apply", 0)
		if err != nil {
			t.Fatal(err)
		}
		var cuts []string // one of each kind
		proxy.Disturb(func(r kubernetestest.Request) (d kubernetestest.Disturbance) {
			if what := r.Verb; strings.HasPrefix(r.Resource, "secrets") && what != "get" && !slices.Contains(cuts, what) {
				cuts = append(cuts, what)
				d.Cut = kubernetestest.CutAfter
			}
			return d
		})
		if err := lease.Write(t.Context(), large(1, n)); err != nil {
			t.Error(err)
		}
		wantSerial(t, store, 1)
		if err := lease.Release(t.Context()); err != nil {
			t.Error(err)
		}
		if !slices.Contains(cuts, "update") {
			t.Errorf("no answer got lost: %q", cuts)
		}
	}
}

func TestAHeadThatNamesWhatIsMissingIsNoState(t *testing.T) {
	plane := kubernetestest.Shared(t)
	namespace := plane.Namespace(t)
	store := open(t, connect(t, plane.Kubeconfig()), namespace, state.Options{Owner: "shop"})
	write(t, store, large(1, 2))
	chunk := plane.List(t, "secrets", namespace, "gwctl.dev/state")[0].GetName()
	plane.Delete(t, "secret", namespace, chunk)
	_, err := store.Read(t.Context())
	if _, ok := errors.AsType[*state.FormatError](err); !ok || !strings.Contains(err.Error(), chunk) {
		t.Errorf("error %v, want a FormatError that names %s", err, chunk)
	}
	lease, err := store.Lock(t.Context(), "apply", 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := lease.Write(t.Context(), stateOf(2)); !isA[*state.FormatError](err) {
		t.Errorf("writing over it: %v, want a FormatError", err)
	}
	if err := lease.Release(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestALockLeavesNothingWhereNothingWasWritten(t *testing.T) {
	plane := kubernetestest.Shared(t)
	namespace := plane.Namespace(t)
	store := open(t, connect(t, plane.Kubeconfig()), namespace, state.Options{Owner: "shop"})
	for _, end := range []func(state.Lease) error{
		func(l state.Lease) error { return l.Release(t.Context()) },
		func(l state.Lease) error { return store.Unlock(t.Context(), l.Info().ID) },
	} {
		lease, err := store.Lock(t.Context(), "apply", 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := end(lease); err != nil {
			t.Fatal(err)
		}
		_ = lease.Release(t.Context()) // its heartbeat ends, though the lease is lost
		if found := len(plane.List(t, "secrets", namespace, "")) + len(plane.List(t, "leases", namespace, "")); found > 0 {
			t.Errorf("%d objects are left", found)
		}
	}
}

func isA[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}
