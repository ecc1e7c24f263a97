package kubernetes_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/gwctl/gwctl/config"
	"github.com/gwctl/gwctl/config/kinds"
	cluster "github.com/gwctl/gwctl/internal/kubernetes"
	"github.com/gwctl/gwctl/internal/kubernetes/kubernetestest"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
	"github.com/gwctl/gwctl/providers"
	"github.com/gwctl/gwctl/providers/kubernetes"
)

// world is one configuration, its state, and the namespace of a real API server
// that it is applied to. No controller runs there.
type world struct {
	t          testing.TB
	plane      *kubernetestest.ControlPlane
	namespace  string
	kubeconfig string
	owner      planner.Owner
	records    []planner.Record
	force      []string
	imports    []string
	adopt      bool
	allow      int
	doubts     []providers.Doubt // of the last plan
}

func newWorld(t testing.TB) *world { return newWorldOn(t, kubernetestest.Shared(t)) }

func newWorldOn(t testing.TB, plane *kubernetestest.ControlPlane) *world {
	t.Helper()
	return &world{
		t: t, plane: plane, namespace: plane.Namespace(t), kubeconfig: plane.Kubeconfig(),
		owner: planner.Owner{Name: "shop", Lineage: "lineage-1"}, allow: 1 << 20,
	}
}

// provider connects anew, as each command does.
func (w *world) provider() *kubernetes.Provider {
	w.t.Helper()
	at, err := cluster.Connect(cluster.Options{Kubeconfig: w.kubeconfig})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(at.Close)
	return kubernetes.New(at, kubernetes.Options{Namespace: w.namespace, Recovery: 10 * time.Second})
}

// load reads a configuration for the world's namespace.
func (w *world) load(src string) *config.Config {
	w.t.Helper()
	dir := w.t.TempDir()
	head := "gwctl { name = \"" + w.owner.Name + "\" }\nprovider \"kubernetes\" {\n  namespace = \"" + w.namespace + "\"\n  class = \"eg\"\n}\n"
	for name, text := range map[string]string{"provider.hcl": head, "main.hcl": strings.ReplaceAll(src, "NAMESPACE", w.namespace)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			w.t.Fatal(err)
		}
	}
	cfg, diags := config.Load(w.t.Context(), config.Options{Dir: dir})
	if diags.HasErrors() {
		w.t.Fatal(diags)
	}
	return cfg
}

// read is the input of a plan, with what is live.
func (w *world) read(p *kubernetes.Provider, cfg *config.Config) (planner.Input, error) {
	q := providers.Query{Owner: w.owner.Name}
	for _, r := range cfg.Resources {
		q.Desired = append(q.Desired, r.Objects...)
		r.Block.EachRef(func(ref resource.Ref) {
			if ref.Address.IsZero() || ref.ID.Kind == "Service" {
				q.Others = append(q.Others, ref.ID)
			}
		})
	}
	for _, r := range w.records {
		q.Prior = append(q.Prior, r.Objects...)
	}
	read, err := p.Read(w.t.Context(), q)
	if err != nil {
		return planner.Input{}, err
	}
	in := planner.Input{
		Version: "test", Owner: w.owner, Desired: cfg.Resources, Prior: w.records,
		Live:       map[string][]planner.Live{"kubernetes": read.Live},
		Looked:     map[string][]resource.ID{"kubernetes": q.Others},
		Unreadable: map[string]map[resource.ID]error{"kubernetes": read.Unreadable},
		Labels:     map[string]map[string]string{"kubernetes": kubernetes.Labels(w.owner.Name, w.namespace)},
		Refreshed:  true, Codec: kinds.Codec{}, Sources: kinds.Sources, Adopt: w.adopt, AllowDestroy: w.allow,
	}
	for _, f := range w.force {
		a, err := resource.ParseTarget(f)
		if err != nil {
			w.t.Fatal(err)
		}
		in.Force = append(in.Force, a)
	}
	for _, f := range w.imports {
		a, err := resource.ParseAddress(f)
		if err != nil {
			w.t.Fatal(err)
		}
		in.Imports = append(in.Imports, planner.Import{To: a})
	}
	return in, nil
}

// plan plans and rehearses.
func (w *world) plan(p *kubernetes.Provider, src string) (*planner.Plan, hcl.Diagnostics, error) {
	w.t.Helper()
	in, err := w.read(p, w.load(src))
	if err != nil {
		return nil, nil, err
	}
	plan, diags := planner.Make(in)
	if diags.HasErrors() {
		return plan, diags, nil
	}
	w.doubts, err = p.Rehearse(w.t.Context(), plan, 16)
	return plan, diags, err
}

// planned is a plan that nothing speaks against.
func (w *world) planned(src string) *planner.Plan {
	w.t.Helper()
	plan, diags, err := w.plan(w.provider(), src)
	if err != nil || diags.HasErrors() {
		w.t.Fatalf("%v\n%v", diags, err)
	}
	return plan
}

// make applies a plan without waiting for controllers, and remembers it.
func (w *world) make(plan *planner.Plan) {
	w.t.Helper()
	if err := w.try(plan, providers.ApplyOptions{WaitFor: "none"}); err != nil {
		w.t.Fatal(err)
	}
}

// try applies a plan, and remembers what was done.
func (w *world) try(plan *planner.Plan, opts providers.ApplyOptions) error {
	w.t.Helper()
	opts.Parallelism = 8
	result, err := w.provider().Apply(w.t.Context(), plan, opts, nil)
	done := map[resource.ID]bool{}
	if result != nil {
		for _, id := range result.Done {
			done[id] = true
		}
	}
	w.records = plan.Records(w.records, func(_ string, id resource.ID) bool { return done[id] })
	return err
}

// apply plans and makes, and holds gwctl to its first promise.
func (w *world) apply(src string) *planner.Plan {
	w.t.Helper()
	plan := w.planned(src)
	w.make(plan)
	w.settled(src)
	return plan
}

// settled fails unless there is nothing left to do.
func (w *world) settled(src string) {
	w.t.Helper()
	if again := w.planned(src); !again.Empty() || len(again.Drift) > 0 {
		w.t.Fatalf("a plan is not empty when there is nothing to do:\n%s", show(again))
	}
}

// show writes what a plan does in a line a change.
func show(p *planner.Plan) string {
	var b strings.Builder
	for i := range p.Drift {
		b.WriteString("drift " + p.Drift[i].Address.String() + ": " + p.Drift[i].Reason + "\n")
	}
	for i := range p.Changes {
		c := &p.Changes[i]
		if c.Action != planner.NoOp || c.Adopted {
			b.WriteString(string(c.Action) + " " + c.Address.String() + ": " + c.Reason + "\n")
		}
	}
	return b.String()
}
