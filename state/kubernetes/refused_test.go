package kubernetes_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	cluster "github.com/gwctl/gwctl/internal/kubernetes"
	"github.com/gwctl/gwctl/internal/kubernetes/kubernetestest"
	"github.com/gwctl/gwctl/state"
)

// enough is what an account needs for its state.
var enough = []string{"get,list,create,update,delete secrets", "get,create,update,delete leases.coordination.k8s.io"}

func TestAnAccountNeedsWhatTheLanguageSays(t *testing.T) {
	plane := kubernetestest.Shared(t)
	namespace := plane.Namespace(t)
	account := kubernetestest.Account{Name: "enough", Namespace: namespace, Rules: enough}
	store := open(t, connect(t, plane.KubeconfigFor(t, account)), namespace, state.Options{Owner: "shop"})
	for serial, n := range []int{1: 2, 2: 2, 3: 0} {
		if serial > 0 {
			write(t, store, large(uint64(serial), n))
			wantSerial(t, store, uint64(serial))
		}
	}
	lease, err := store.Lock(t.Context(), "apply", 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Unlock(t.Context(), lease.Info().ID); err != nil {
		t.Error(err)
	}
	_ = lease.Release(t.Context()) // its heartbeat ends, though the lease is lost
}

func TestForbiddenSaysWhichRuleIsMissing(t *testing.T) {
	plane := kubernetestest.Shared(t)
	tests := []struct {
		name  string
		rules []string
		do    func(*testing.T, state.Store) error
		want  []string
	}{
		{
			"no secrets", nil,
			func(t *testing.T, s state.Store) error { _, err := s.Read(t.Context()); return err },
			[]string{
				`cannot read the state secret/gwctl-state-shop`, `the account "nosy-0" may not get secrets in the namespace `,
				`{apiGroups: [""], resources: ["secrets"], verbs: [get, list, create, update, delete]}`, "in a Role",
			},
		},
		{
			"no leases",
			[]string{"get,list,create,update,delete secrets"},
			func(t *testing.T, s state.Store) error {
				_, err := s.Lock(t.Context(), "apply", time.Minute)
				return err
			},
			[]string{
				`cannot lock the state`, `the account "nosy-1" may not get leases.coordination.k8s.io in the namespace `,
				`{apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: [get, create, update, delete]}`,
			},
		},
		{
			"secrets may be read only",
			[]string{"get secrets", enough[1]},
			func(t *testing.T, s state.Store) error { _, err := s.Lock(t.Context(), "apply", 0); return err },
			[]string{`cannot lock the state`, `may not create secrets`},
		},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			namespace := plane.Namespace(t)
			account := kubernetestest.Account{Name: "nosy-" + string(rune('0'+i)), Namespace: namespace, Rules: tt.rules}
			err := tt.do(t, open(t, connect(t, plane.KubeconfigFor(t, account)), namespace, state.Options{Owner: "shop"}))
			e, ok := errors.AsType[*cluster.ForbiddenError](err)
			if !ok || e.Namespace != namespace {
				t.Fatalf("error %v, want a ForbiddenError", err)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not say %q", err, want)
				}
			}
			if left := plane.List(t, "leases", namespace, ""); len(left) > 0 {
				t.Errorf("a lock stays that nobody has")
			}
		})
	}
}

func TestPlacesThatAreNoState(t *testing.T) {
	plane := kubernetestest.Shared(t)
	admin := connect(t, plane.Kubeconfig())
	t.Run("a namespace that is not there", func(t *testing.T) {
		store := open(t, admin, "nowhere", state.Options{Owner: "shop"})
		if s, err := store.Read(t.Context()); s != nil || err != nil {
			t.Errorf("read %v, %v; want no state", s, err)
		}
		_, err := store.Lock(t.Context(), "apply", 0)
		if err == nil || !strings.Contains(err.Error(), "kubectl create namespace nowhere") {
			t.Errorf("error %v, want what to do", err)
		}
	})
	t.Run("a namespace that is on its way out", func(t *testing.T) {
		namespace := plane.Namespace(t)
		plane.Patch(t, "test", "namespace", "", namespace, `{metadata: {finalizers: [example.com/never]}}`)
		plane.Delete(t, "namespace", "", namespace)
		_, err := open(t, admin, namespace, state.Options{Owner: "shop"}).Lock(t.Context(), "apply", 0)
		if err == nil || !strings.Contains(err.Error(), "because it is being terminated") || isA[*cluster.ForbiddenError](err) {
			t.Errorf("error %v, want the API server's own words", err)
		}
	})
	t.Run("somebody's Secret", func(t *testing.T) {
		namespace := plane.Namespace(t)
		plane.Create(t, "apiVersion: v1\nkind: Secret\nmetadata: {name: gwctl-state-shop, namespace: "+namespace+"}\nstringData: {password: s3cr3t}\n")
		store := open(t, admin, namespace, state.Options{Owner: "shop"})
		_, readErr := store.Read(t.Context())
		_, lockErr := store.Lock(t.Context(), "apply", 0)
		for _, err := range []error{readErr, lockErr} {
			if err == nil || !strings.Contains(err.Error(), "its type is Opaque, and not gwctl.dev/state") {
				t.Errorf("error %v, want its type", err)
			}
		}
		if left := plane.List(t, "leases", namespace, ""); len(left) > 0 {
			t.Errorf("a lock stays that nobody has")
		}
	})
	t.Run("somebody's Lease", func(t *testing.T) {
		namespace := plane.Namespace(t)
		plane.Create(t, "apiVersion: coordination.k8s.io/v1\nkind: Lease\nmetadata: {name: gwctl-shop, namespace: "+namespace+"}\nspec: {holderIdentity: a-controller}\n")
		_, err := open(t, admin, namespace, state.Options{Owner: "shop"}).Lock(t.Context(), "apply", time.Minute)
		if err == nil || !strings.Contains(err.Error(), "kubectl delete lease gwctl-shop -n "+namespace) {
			t.Errorf("error %v, want what to do", err)
		}
	})
	t.Run("another owner's state", func(t *testing.T) {
		namespace := plane.Namespace(t)
		write(t, open(t, admin, namespace, state.Options{Owner: "shop"}), stateOf(1))
		content := plane.Get(t, "secret", namespace, head).Object["data"].(map[string]any)["state"].(string)
		plane.Create(t, "apiVersion: v1\nkind: Secret\nmetadata: {name: gwctl-state-pay, namespace: "+namespace+"}\ntype: gwctl.dev/state\ndata: {state: "+content+"}\n")
		_, err := open(t, admin, namespace, state.Options{Owner: "pay"}).Read(t.Context())
		if e, ok := errors.AsType[*state.OwnerError](err); !ok || e.Stored != "shop" {
			t.Errorf("error %v, want an OwnerError", err)
		}
	})
	t.Run("what is no gzip", func(t *testing.T) {
		namespace := plane.Namespace(t)
		plane.Create(t, "apiVersion: v1\nkind: Secret\nmetadata: {name: gwctl-state-shop, namespace: "+namespace+"}\ntype: gwctl.dev/state\nstringData: {state: oops}\n")
		if _, err := open(t, admin, namespace, state.Options{Owner: "shop"}).Read(t.Context()); !isA[*state.FormatError](err) {
			t.Errorf("error %v, want a FormatError", err)
		}
	})
}

// TestTheHolderWritesAgainWhenTheAPIServerIsBack has the API server away for
// longer than the lease lives, and nobody who took it.
func TestTheHolderWritesAgainWhenTheAPIServerIsBack(t *testing.T) {
	plane := kubernetestest.Shared(t)
	namespace := plane.Namespace(t)
	proxy := plane.Proxy(t, kubernetestest.Account{})
	opts := state.Options{Owner: "shop", TTL: time.Second}
	store := open(t, connect(t, proxy.Kubeconfig()), namespace, opts)
	lease, err := store.Lock(t.Context(), "apply", 0)
	if err != nil {
		t.Fatal(err)
	}
	away := func(kubernetestest.Request) kubernetestest.Disturbance {
		return kubernetestest.Disturbance{Cut: kubernetestest.CutBefore}
	}
	proxy.Disturb(away)
	if err := lease.Write(t.Context(), stateOf(1)); !isA[*cluster.UnreachableError](err) {
		t.Errorf("while the API server is away: %v, want an UnreachableError", err)
	}
	awaitTrue(t, func() bool { return time.Now().After(lease.Info().Expires) })
	proxy.Disturb(nil)
	if err := lease.Write(t.Context(), stateOf(1)); err != nil {
		t.Errorf("nobody took the lease, and yet: %v", err)
	}

	proxy.Disturb(away)
	awaitTrue(t, func() bool { return time.Now().After(lease.Info().Expires) })
	other := open(t, connect(t, plane.Kubeconfig()), namespace, opts)
	theirs, err := other.Lock(t.Context(), "apply", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if from := theirs.Info().TakenFrom; from == nil || from.ID != lease.Info().ID {
		t.Errorf("it was taken from %+v, want the one who is away", from)
	}
	proxy.Disturb(nil)
	if err := lease.Write(t.Context(), stateOf(2)); !isA[*state.FencedError](err) {
		t.Errorf("after another took the lease: %v, want a FencedError", err)
	}
	if err := lease.Release(t.Context()); !isA[*state.FencedError](err) {
		t.Errorf("releasing it: %v, want a FencedError", err)
	}
	if err := errors.Join(theirs.Write(t.Context(), stateOf(2)), theirs.Release(t.Context())); err != nil {
		t.Error(err)
	}
}

func awaitTrue(t *testing.T, holds func() bool) {
	t.Helper()
	for !holds() {
		select {
		case <-t.Context().Done():
			t.Fatal("it never came true")
		case <-time.After(10 * time.Millisecond):
		}
	}
}
