package fleet_test

import (
	"context"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"github.com/envoyproxy/go-control-plane/pkg/resource/v3"
	"go.uber.org/goleak"
	rpc "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/gwctl/gwctl/providers/xds/fleet"
	"github.com/gwctl/gwctl/providers/xds/translate"
)

const (
	gateway = "default/public"

	cds = resource.ClusterType
	eds = resource.EndpointType
	lds = resource.ListenerType
	rds = resource.RouteType
	sds = resource.SecretType
	rls = resource.RateLimitConfigType
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// res makes a resource from "CDS a 1": type, name, version.
func res(s string) *translate.Resource {
	f := strings.Fields(s)
	return &translate.Resource{Type: translate.Type(f[0]), Name: f[1], Version: f[2], Body: []byte(s)}
}

func all(resources ...string) []*translate.Resource {
	var rs []*translate.Resource
	for _, s := range resources {
		rs = append(rs, res(s))
	}
	return rs
}

func snapshot(resources ...string) *translate.Snapshot {
	s := &translate.Snapshot{Gateway: gateway, Resources: map[translate.Type]map[string]*translate.Resource{}}
	for _, r := range all(resources...) {
		if s.Resources[r.Type] == nil {
			s.Resources[r.Type] = map[string]*translate.Resource{}
		}
		s.Resources[r.Type][r.Name] = r
	}
	return s
}

// edit changes what is served: "CDS a 1" is put, "-CDS a" is removed.
func edit(f *fleet.Fleet, changes ...string) {
	var e fleet.Edit
	for _, c := range changes {
		if rest, ok := strings.CutPrefix(c, "-"); ok {
			typ, name, _ := strings.Cut(rest, " ")
			e.Remove = append(e.Remove, fleet.Key{Type: translate.Type(typ), Name: name})
		} else {
			e.Put = append(e.Put, res(c))
		}
	}
	f.Edit(gateway, e)
}

// serve serves a fleet until the test ends, and returns a client for it.
func serve(t *testing.T, f *fleet.Fleet) discovery.AggregatedDiscoveryServiceClient {
	t.Helper()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	f.Register(server)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(lis) }()
	t.Cleanup(func() {
		server.Stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	conn, err := grpc.NewClient(lis.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return discovery.NewAggregatedDiscoveryServiceClient(conn)
}

func node(id string) *core.Node { return &core.Node{Id: id, Cluster: gateway} }

// message is a response of either protocol, in short.
type message struct {
	url     string
	version string
	nonce   string
	put     []string // "a 1" with delta, the bodies otherwise
	removed []string
}

// client is an xDS client that does what the test says, and nothing else.
type client interface {
	// ask subscribes to names, all of them with none; "-a" unsubscribes.
	ask(url string, names ...string)
	ack(m message)
	nack(m message, why string)
	next() message
	leave()
}

// connect opens a stream of either protocol.
func connect(t *testing.T, c discovery.AggregatedDiscoveryServiceClient, id string, delta bool) client {
	t.Helper()
	if delta {
		return connectDelta(t, c, id)
	}
	return connectState(t, c, id)
}

// protocols runs a test for both.
func protocols(t *testing.T, f func(t *testing.T, delta bool)) {
	t.Run("delta", func(t *testing.T) { f(t, true) })
	t.Run("state of the world", func(t *testing.T) { f(t, false) })
}

func streamContext(t *testing.T) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx, cancel
}

type deltaClient struct {
	t       *testing.T
	stream  discovery.AggregatedDiscoveryService_DeltaAggregatedResourcesClient
	node    *core.Node
	initial map[string]map[string]string // versions to claim, by type
	leave_  context.CancelFunc
}

func connectDelta(t *testing.T, c discovery.AggregatedDiscoveryServiceClient, id string) *deltaClient {
	t.Helper()
	ctx, cancel := streamContext(t)
	stream, err := c.DeltaAggregatedResources(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return &deltaClient{t: t, stream: stream, node: node(id), leave_: cancel}
}

func (c *deltaClient) send(m *discovery.DeltaDiscoveryRequest) {
	c.t.Helper()
	m.Node, c.node = c.node, nil
	if err := c.stream.Send(m); err != nil {
		c.t.Fatal(err)
	}
}

func (c *deltaClient) ask(url string, names ...string) {
	c.t.Helper()
	m := &discovery.DeltaDiscoveryRequest{TypeUrl: url, InitialResourceVersions: c.initial[url]}
	for _, name := range names {
		if gone, ok := strings.CutPrefix(name, "-"); ok {
			m.ResourceNamesUnsubscribe = append(m.ResourceNamesUnsubscribe, gone)
		} else {
			m.ResourceNamesSubscribe = append(m.ResourceNamesSubscribe, name)
		}
	}
	delete(c.initial, url)
	c.send(m)
}

func (c *deltaClient) ack(m message) {
	c.t.Helper()
	c.send(&discovery.DeltaDiscoveryRequest{TypeUrl: m.url, ResponseNonce: m.nonce})
}

func (c *deltaClient) nack(m message, why string) {
	c.t.Helper()
	c.send(&discovery.DeltaDiscoveryRequest{TypeUrl: m.url, ResponseNonce: m.nonce, ErrorDetail: &rpc.Status{Code: 13, Message: why}})
}

func (c *deltaClient) next() message {
	c.t.Helper()
	r, err := c.stream.Recv()
	if err != nil {
		c.t.Fatal(err)
	}
	m := message{url: r.GetTypeUrl(), version: r.GetSystemVersionInfo(), nonce: r.GetNonce(), removed: r.GetRemovedResources()}
	for _, r := range r.GetResources() {
		m.put = append(m.put, r.GetName()+" "+r.GetVersion())
	}
	return m
}

func (c *deltaClient) leave() { c.leave_() }

type stateClient struct {
	t      *testing.T
	stream discovery.AggregatedDiscoveryService_StreamAggregatedResourcesClient
	node   *core.Node
	names  map[string][]string
	nonces map[string]string
	leave_ context.CancelFunc
}

func connectState(t *testing.T, c discovery.AggregatedDiscoveryServiceClient, id string) *stateClient {
	t.Helper()
	ctx, cancel := streamContext(t)
	stream, err := c.StreamAggregatedResources(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return &stateClient{t: t, stream: stream, node: node(id), names: map[string][]string{}, nonces: map[string]string{}, leave_: cancel}
}

func (c *stateClient) send(m *discovery.DiscoveryRequest) {
	c.t.Helper()
	m.Node, c.node = c.node, nil
	m.ResourceNames = c.names[m.GetTypeUrl()]
	if err := c.stream.Send(m); err != nil {
		c.t.Fatal(err)
	}
}

func (c *stateClient) ask(url string, names ...string) {
	c.t.Helper()
	for _, name := range names {
		if gone, ok := strings.CutPrefix(name, "-"); ok {
			c.names[url] = slices.DeleteFunc(slices.Clone(c.names[url]), func(s string) bool { return s == gone })
		} else {
			c.names[url] = append(c.names[url], name)
		}
	}
	c.send(&discovery.DiscoveryRequest{TypeUrl: url, ResponseNonce: c.nonces[url]})
}

func (c *stateClient) ack(m message) {
	c.t.Helper()
	c.send(&discovery.DiscoveryRequest{TypeUrl: m.url, ResponseNonce: m.nonce, VersionInfo: m.version})
}

func (c *stateClient) nack(m message, why string) {
	c.t.Helper()
	c.send(&discovery.DiscoveryRequest{TypeUrl: m.url, ResponseNonce: m.nonce, ErrorDetail: &rpc.Status{Code: 13, Message: why}})
}

func (c *stateClient) next() message {
	c.t.Helper()
	r, err := c.stream.Recv()
	if err != nil {
		c.t.Fatal(err)
	}
	m := message{url: r.GetTypeUrl(), version: r.GetVersionInfo(), nonce: r.GetNonce()}
	for _, r := range r.GetResources() {
		_, rest, _ := strings.Cut(string(r.GetValue()), " ")
		m.put = append(m.put, rest)
	}
	c.nonces[m.url] = m.nonce
	return m
}

func (c *stateClient) leave() { c.leave_() }

// expect checks the next response, acknowledged or not by the caller.
func expect(t *testing.T, c client, url string, put ...string) message {
	t.Helper()
	m := c.next()
	if m.url != url || !slices.Equal(m.put, put) || len(m.removed) > 0 {
		t.Fatalf("got %+v, want %s with %q", m, url, put)
	}
	return m
}

// took is expect, and acknowledges.
func took(t *testing.T, c client, url string, put ...string) {
	t.Helper()
	c.ack(expect(t, c, url, put...))
}

// silent checks that nothing else was sent: routes are sent last, so the
// answer about a new one comes after all that is due. It needs a route table
// of that name, and clusters that are acknowledged.
func silent(t *testing.T, c client, fence string) {
	t.Helper()
	c.ask(rds, fence)
	took(t, c, rds, fence+" 1")
}
