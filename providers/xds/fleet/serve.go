package fleet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"github.com/envoyproxy/go-control-plane/pkg/resource/v3"
)

// StreamAggregatedResources serves one Envoy, state of the world.
func (f *Fleet) StreamAggregatedResources(wire discovery.AggregatedDiscoveryService_StreamAggregatedResourcesServer) error {
	return serve(wire.Context(), f, newStream(false),
		wire.Recv, f.stateRequest,
		func(m any) error { return wire.Send(m.(*discovery.DiscoveryResponse)) })
}

// DeltaAggregatedResources serves one Envoy, delta.
func (f *Fleet) DeltaAggregatedResources(wire discovery.AggregatedDiscoveryService_DeltaAggregatedResourcesServer) error {
	return serve(wire.Context(), f, newStream(true),
		wire.Recv, f.deltaRequest,
		func(m any) error { return wire.Send(m.(*discovery.DeltaDiscoveryResponse)) })
}

// request is a message of either protocol.
type request interface {
	GetNode() *core.Node
	GetTypeUrl() string
}

// serve runs a stream until it ends: messages are taken in as they come, so
// that an Envoy that reads slowly is still heard, and keeps nobody waiting.
func serve[M request](ctx context.Context, f *Fleet, s *stream, recv func() (M, error), take func(*stream, M) error, send func(any) error) error {
	if err := f.open(); err != nil {
		return err
	}
	defer f.close(s)

	// The reader ends with the stream, which ends when this function returns.
	ended := make(chan error, 1)
	go func() {
		for {
			m, err := recv()
			if err == nil {
				err = f.receive(s, m, func() error { return take(s, m) })
			}
			if err != nil {
				ended <- err
				return
			}
			s.poke()
		}
	}()

	later := time.NewTimer(0)
	defer later.Stop()
	for {
		select {
		case err := <-ended:
			if errors.Is(err, io.EOF) || ctx.Err() != nil {
				return nil
			}
			return err
		case <-ctx.Done():
			return nil
		case <-s.wake:
		case <-later.C:
		}
		f.greet(s)
		for {
			f.mu.Lock()
			m, again := f.next(s)
			f.mu.Unlock()
			if m == nil {
				if !again.IsZero() {
					later.Reset(time.Until(again))
				}
				break
			}
			if err := send(m); err != nil {
				return err
			}
		}
	}
}

// receive takes in one message, of which the first says who the Envoy is.
func (f *Fleet) receive(s *stream, m request, take func() error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if s.closed {
		return io.EOF
	}
	if s.gateway == nil {
		if err := f.join(s, m); err != nil {
			return err
		}
	}
	if m.GetTypeUrl() == "" {
		return status.Error(codes.InvalidArgument, "a discovery request on an aggregated stream needs a type_url")
	}
	return take()
}

// open counts a stream that begins.
func (f *Fleet) open() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.streams >= f.opts.MaxStreams {
		return status.Errorf(codes.ResourceExhausted, "%d Envoys are connected, which is the limit of this server", f.streams)
	}
	f.streams++
	return nil
}

// maxIdentity bounds the lengths of node.id and node.cluster.
const maxIdentity = 512

// join makes the stream one of a gateway's, or of the limiters', which begin by
// asking for limits.
func (f *Fleet) join(s *stream, m request) error {
	node := m.GetNode()
	id, cluster := node.GetId(), node.GetCluster()
	limiter := m.GetTypeUrl() == resource.RateLimitConfigType
	switch {
	case limiter && id == "":
		return status.Error(codes.InvalidArgument, "the rate limit service must have a name: set its variable CONFIG_GRPC_XDS_NODE_ID")
	case !limiter && (id == "" || cluster == "" || cluster == Limiters):
		return status.Error(codes.InvalidArgument, "the bootstrap must set node.id, and node.cluster to the gateway as namespace/name; `gwctl xds bootstrap` prints one that does")
	case len(id) > maxIdentity || len(cluster) > maxIdentity:
		return status.Errorf(codes.InvalidArgument, "node.id and node.cluster may have %d bytes each", maxIdentity)
	case f.nodes[id] == 0 && len(f.nodes) >= f.opts.MaxNodes:
		return status.Errorf(codes.ResourceExhausted, "%d node ids are connected, which is the limit of this server", len(f.nodes))
	}
	if limiter {
		cluster = Limiters
	}
	f.nodes[id]++
	s.node, s.version = id, envoyVersion(node)
	s.gateway = f.gateway(cluster)
	s.gateway.streams[s] = struct{}{}
	f.announce(s.gateway)
	f.changed(s.gateway)
	return nil
}

// envoyVersion returns "1.40.0".
func envoyVersion(node *core.Node) string {
	if v := node.GetUserAgentBuildVersion().GetVersion(); v != nil {
		return fmt.Sprintf("%d.%d.%d", v.GetMajorNumber(), v.GetMinorNumber(), v.GetPatch())
	}
	return node.GetUserAgentVersion()
}

// greet reports the stream as its gateway's first, where it is.
func (f *Fleet) greet(s *stream) {
	f.mu.Lock()
	first := s.first
	s.first = false
	f.mu.Unlock()
	if first && f.opts.OnFirstConnect != nil {
		f.opts.OnFirstConnect(s.gateway.name)
	}
}

// close frees all that a stream held.
func (f *Fleet) close(s *stream) {
	f.greet(s)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.streams--
	s.closed = true
	g := s.gateway
	if g == nil {
		return
	}
	if f.nodes[s.node]--; f.nodes[s.node] == 0 {
		delete(f.nodes, s.node)
	}
	delete(g.streams, s)
	for i := range s.types {
		g.sets[i].suspectAll(s.types[i].unanswered())
	}
	f.changed(g)
	f.release(g)
}
