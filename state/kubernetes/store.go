// Package kubernetes keeps the state in a cluster: in a Secret, with a Lease on
// it.
package kubernetes

import (
	"cmp"
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	coordinationclient "k8s.io/client-go/kubernetes/typed/coordination/v1"
	coreclient "k8s.io/client-go/kubernetes/typed/core/v1"

	cluster "github.com/gwctl/gwctl/internal/kubernetes"
	"github.com/gwctl/gwctl/state"
)

// fieldManager writes the Secret and the Lease. It is not the provider's: under
// one name, updates would be taken for what was applied.
const fieldManager = "gwctl-state"

// defaultNamespace is where the state is kept unless the configuration says
// otherwise. What the context says does not count: whoever has another one would
// find no state, and make everything anew.
const defaultNamespace = "default"

// Options say whose state it is, and where. The zero value of each field of
// state.Options stands for its default.
type Options struct {
	state.Options
	Namespace string // "" is "default"
	Version   string // of this gwctl, for the tooling annotation
}

// New returns the store of an owner's state in a cluster: a Secret named
// gwctl-state-OWNER, with more Secrets beside it when it is large, and the
// Lease gwctl-OWNER. Machines that share the state need clocks that agree
// within the TTL; where they do not, locks may be taken early, and the writes of
// those who lost them are refused all the same.
func New(c *cluster.Cluster, opts Options) (state.Store, error) {
	core, err := coreclient.NewForConfigAndClient(c.Config, c.HTTPClient())
	if err != nil {
		return nil, err
	}
	coordination, err := coordinationclient.NewForConfigAndClient(c.Config, c.HTTPClient())
	if err != nil {
		return nil, err
	}
	namespace := cmp.Or(opts.Namespace, defaultNamespace)
	return state.On(&medium{
		cluster:   c,
		owner:     opts.Owner,
		version:   opts.Version,
		patience:  cmp.Or(opts.TTL, 30*time.Second) / 3,
		namespace: namespace,
		name:      cluster.StateName(opts.Owner),
		leaseName: cluster.LeaseName(opts.Owner),
		secrets:   core.Secrets(namespace),
		leases:    coordination.Leases(namespace),
	}, opts.Options), nil
}

// medium is one namespace of a cluster, as the place of one owner's state.
type medium struct {
	cluster  *cluster.Cluster
	owner    string
	version  string
	patience time.Duration // for an API server that does not answer a write

	namespace       string
	name, leaseName string
	secrets         coreclient.SecretInterface
	leases          coordinationclient.LeaseInterface
}

func (m *medium) Describe() string {
	return fmt.Sprintf("secret/%s in the namespace %s of %s", m.name, m.namespace, m.cluster.Name)
}

// Backup is nowhere: what a cluster loses, its own backup has.
func (m *medium) Backup() string { return "" }

func (m *medium) Load(ctx context.Context) ([]byte, error) {
	for {
		head, err := m.head(ctx)
		if err != nil || head == nil {
			return nil, err
		}
		data, err := m.content(ctx, head)
		if !isMissingChunk(err) {
			return data, err
		}
		// A write that ended meanwhile removes the chunks that it replaced.
		again, headErr := m.head(ctx)
		if headErr != nil {
			return nil, headErr
		}
		if again != nil && again.ResourceVersion == head.ResourceVersion {
			return nil, err
		}
	}
}

// Resources of the two objects, and all that gwctl does to them.
var (
	secretAccess = cluster.Access{
		Resource: schema.GroupResource{Resource: "secrets"},
		Needs:    []string{"get", "list", "create", "update", "delete"},
	}
	leaseAccess = cluster.Access{
		Resource: schema.GroupResource{Group: "coordination.k8s.io", Resource: "leases"},
		Needs:    []string{"get", "create", "update", "delete"},
	}
)

// cannot explains an error: of what was to be done to the state, by a verb on
// one of its objects.
func (m *medium) cannot(ctx context.Context, do, verb string, access cluster.Access, err error) error {
	access.Verb, access.Namespace = verb, m.namespace
	if verb == "create" && apierrors.IsNotFound(err) {
		return fmt.Errorf("cannot %s the state %s: there is no namespace %s: create it (kubectl create namespace %s), or name another in the state block: %w",
			do, m.Describe(), m.namespace, m.namespace, err)
	}
	return fmt.Errorf("cannot %s the state %s: %w", do, m.Describe(), m.cluster.Explain(ctx, err, access))
}

// only is the precondition of a deletion: the object as it was seen.
func only(o metav1.Object) metav1.DeleteOptions {
	uid, version := o.GetUID(), o.GetResourceVersion()
	return metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &uid, ResourceVersion: &version}}
}
