package fleet

import (
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/keepalive"
)

// ServerOptions are what a gRPC server for Envoys needs: Envoys that are gone
// without a word are noticed, so that no rollout waits for them; their own
// pings are welcome, which gRPC's defaults would take for an attack; and an
// Envoy that comes back with many resources can name them all.
func ServerOptions() []grpc.ServerOption {
	return []grpc.ServerOption{
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: 20 * time.Second, Timeout: 10 * time.Second}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 5 * time.Second, PermitWithoutStream: true}),
		grpc.MaxRecvMsgSize(maxRequest),
		grpc.MaxConcurrentStreams(maxStreamsPerConnection),
	}
}

const (
	maxRequest              = 64 << 20 // bytes: 100,000 names with their versions take 10 MB
	maxStreamsPerConnection = 100
)
