// Package kubernetes is the provider for clusters with the Gateway API: it
// reads, checks and writes objects with server-side apply, under one field
// manager, and waits for what controllers say of them.
package kubernetes

import (
	"cmp"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"

	cluster "github.com/gwctl/gwctl/internal/kubernetes"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers"
)

// DefaultKey is the provider block's key where it has no alias.
const DefaultKey = "kubernetes"

// FieldManager is under which gwctl's fields are kept. It only ever applies:
// an update under the same name would be another manager to the API server.
const FieldManager = "gwctl"

// Provider talks to one cluster.
type Provider struct {
	cluster *cluster.Cluster
	opts    Options
	types   *types

	mu    sync.Mutex
	known map[resource.ID]managed // what Read saw of an object's managers
}

var (
	_ providers.Provider  = (*Provider)(nil)
	_ providers.Rehearser = (*Provider)(nil)
)

// Options set what differs from the defaults.
type Options struct {
	Key       string // the provider block's: "kubernetes" or, with an alias, "kubernetes.eu"
	Namespace string // of objects that name none
	// Types are looked for where the state is empty, since it may be lost.
	Types []schema.GroupVersionKind
	// WaitTimeout bounds how long an apply waits for controllers where its own
	// options do not: 5m.
	WaitTimeout time.Duration
	// Recovery bounds how long an apply goes on asking an API server that went
	// away: 30s.
	Recovery time.Duration
}

// New returns the provider for a cluster. It does not connect.
func New(at *cluster.Cluster, opts Options) *Provider {
	opts.Key = cmp.Or(opts.Key, DefaultKey)
	opts.Namespace = cmp.Or(opts.Namespace, "default")
	opts.WaitTimeout = cmp.Or(opts.WaitTimeout, 5*time.Minute)
	opts.Recovery = cmp.Or(opts.Recovery, 30*time.Second)
	return &Provider{cluster: at, opts: opts, types: newTypes(at), known: map[resource.ID]managed{}}
}

// client reads and writes objects of one type in one namespace, "" for those
// of the whole cluster.
func (p *Provider) client(m *meta.RESTMapping, namespace string) dynamic.ResourceInterface {
	all := p.cluster.Dynamic().Resource(m.Resource)
	if m.Scope.Name() == meta.RESTScopeNameRoot || namespace == "" {
		return all
	}
	return all.Namespace(namespace)
}
