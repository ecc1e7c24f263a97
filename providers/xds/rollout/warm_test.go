package rollout_test

import (
	"testing"
	"time"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	tlsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"github.com/envoyproxy/go-control-plane/pkg/resource/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/gwctl/gwctl/providers/xds/fleet"
	"github.com/gwctl/gwctl/providers/xds/rollout"
	"github.com/gwctl/gwctl/providers/xds/translate"
)

// TestClusterIsWarmWithItsSecrets has a client that acknowledges a cluster and
// its endpoints, and asks for no secret: routes wait.
func TestClusterIsWarmWithItsSecrets(t *testing.T) {
	w := newWorld(t, fleet.Options{})
	w.apply(snapshot(gateway))
	conn, err := grpc.NewClient(w.address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	stream, err := discovery.NewAggregatedDiscoveryServiceClient(conn).DeltaAggregatedResources(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	send := func(m *discovery.DeltaDiscoveryRequest) {
		if err := stream.Send(m); err != nil {
			t.Error(err)
		}
	}
	send(&discovery.DeltaDiscoveryRequest{Node: &core.Node{Id: "lazy", Cluster: gateway}, TypeUrl: resource.ClusterType})
	send(&discovery.DeltaDiscoveryRequest{TypeUrl: resource.EndpointType, ResourceNamesSubscribe: []string{"a"}})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			m, err := stream.Recv()
			if err != nil {
				return
			}
			send(&discovery.DeltaDiscoveryRequest{TypeUrl: m.GetTypeUrl(), ResponseNonce: m.GetNonce()})
		}
	}()
	w.until("it is connected", func() bool { return w.fleet.Standing(gateway, nil).Connected == 1 })

	secured := cluster("a", "127.0.0.1:1")
	secured[0].Secrets = []string{"corp"}
	secret := []*translate.Resource{made(translate.Secret, "corp", &tlsv3.Secret{Name: "corp"})}
	out := w.run(snapshot(gateway, secured, secret, routes("http", "prefix / a")), rollout.Options{Timeout: 500 * time.Millisecond})
	if len(out.Late) != 1 || out.Late[0].Type != translate.Secret {
		t.Errorf("it did not wait for the secret: %+v", out)
	}
	w.server.Stop()
	<-done
}
