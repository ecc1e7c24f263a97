// Package kubernetes connects to clusters the way kubectl does, and says what
// users can do where that fails. The provider
// and the state's store share it, and nothing else of gwctl knows client-go.
package kubernetes

import (
	"net/http"
	"sync"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/api/meta"
	utilnet "k8s.io/apimachinery/pkg/util/net"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/klog/v2"
)

// Options say which cluster, and as whom. The zero value is what kubectl does
// without flags: $KUBECONFIG, ~/.kube/config, else the Pod's own cluster.
type Options struct {
	Kubeconfig string   // path; "" looks where kubectl looks
	Context    string   // in the kubeconfig; "" is its current one
	Server     string   // URL of the API server instead of the context's
	Token      string   // path of a file with a bearer token, instead of the context's user
	CA         string   // path of a file with the server's certificate authorities
	As         string   // impersonates this user
	AsGroups   []string // and these groups
	Environ    []string // "k=v" each; KUBECONFIG is looked up here
	Agent      string   // user agent: "gwctl/0.1.0"
}

// Cluster is one cluster as one account. It is safe for concurrent use, and
// connects when it is first asked.
type Cluster struct {
	Where
	Config    *rest.Config
	Name      string // for people, in short: "context prod", or the server's URL
	Namespace string // the context's; "" where it has none

	http      *http.Client
	rest      rest.Interface // of no version
	dynamic   dynamic.Interface
	discovery discovery.CachedDiscoveryInterface
	mapper    func() meta.ResettableRESTMapper
	mapped    sync.Map // what the mapper has found: *meta.RESTMapping by schema.GroupVersionKind
}

// quiet keeps client-go from writing to standard error what its errors say too.
var quiet = sync.OnceFunc(func() { klog.SetLogger(logr.Discard()) })

// newCluster makes the clients of a configuration.
func newCluster(config *rest.Config, where Where, namespace string) (*Cluster, error) {
	quiet()
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, err
	}
	dyn, err := dynamic.NewForConfigAndClient(config, client)
	if err != nil {
		return nil, err
	}
	plain, err := rest.UnversionedRESTClientForConfigAndClient(dynamic.ConfigFor(config), client)
	if err != nil {
		return nil, err
	}
	disco, err := discovery.NewDiscoveryClientForConfigAndClient(config, client)
	if err != nil {
		return nil, err
	}
	cached := memory.NewMemCacheClient(disco)
	c := &Cluster{
		Where: where, Config: config, Name: where.Server, Namespace: namespace,
		http: client, rest: plain, dynamic: dyn, discovery: cached,
		mapper: sync.OnceValue(func() meta.ResettableRESTMapper { return restmapper.NewDeferredDiscoveryRESTMapper(cached) }),
	}
	if where.Context != "" {
		c.Name = "context " + where.Context
	}
	return c, nil
}

// HTTPClient sends the requests of client-go's other clients.
func (c *Cluster) HTTPClient() *http.Client { return c.http }

// Dynamic reads and writes objects of any type.
func (c *Cluster) Dynamic() dynamic.Interface { return c.dynamic }

// Discovery says what the API server serves; answers are kept.
func (c *Cluster) Discovery() discovery.CachedDiscoveryInterface { return c.discovery }

// Forget makes the next Mapping ask again what the API server serves.
func (c *Cluster) Forget() {
	c.mapper().Reset()
	c.mapped.Clear()
}

// Close ends idle connections. Nothing has to be closed before a program ends.
func (c *Cluster) Close() { utilnet.CloseIdleConnectionsFor(c.http.Transport) }
