package server

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/status"
)

// ListenError says that the server cannot listen where it is to.
type ListenError struct {
	Flag    string // that sets the address: "-listen"
	Address string
	Err     error
}

func (e *ListenError) Error() string {
	if errors.Is(e.Err, syscall.EADDRINUSE) {
		return fmt.Sprintf("%s is already in use: stop what listens there (another gwctl xds serve?), or choose another address with %s HOST:PORT", e.Address, e.Flag)
	}
	return fmt.Sprintf("cannot listen on %s, which %s says: %v", e.Address, e.Flag, e.Err)
}

func (e *ListenError) Unwrap() error { return e.Err }

func listen(ctx context.Context, flag, address string) (net.Listener, error) {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, &ListenError{Flag: flag, Address: address, Err: err}
	}
	return l, nil
}

// warnOpen warns where others than this machine's users may come in.
func warnOpen(opts Options, ads, admin net.Addr) {
	if !isLoopback(ads) {
		opts.Log.Warn("ADS is open to the network without authentication: whoever reaches it reads the configuration", "address", ads.String())
	}
	if !isLoopback(admin) {
		opts.Log.Warn("the admin API is open to the network without authentication: whoever reaches it changes the traffic", "address", admin.String())
	}
}

func isLoopback(a net.Addr) bool {
	tcp, ok := a.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

// limits bound what a connection may cost. The message size is for an Envoy
// that lists all it has when it comes back.
func limits() []grpc.ServerOption {
	return []grpc.ServerOption{
		grpc.MaxRecvMsgSize(64 << 20),
		grpc.MaxConcurrentStreams(16),
		grpc.ConnectionTimeout(20 * time.Second),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: 30 * time.Second, Timeout: 15 * time.Second}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 5 * time.Second, PermitWithoutStream: true}),
	}
}

// endWith ends all streams when ctx does.
func endWith(ctx context.Context) grpc.StreamServerInterceptor {
	return func(service any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handle grpc.StreamHandler) error {
		own, cancel := context.WithCancel(stream.Context())
		defer cancel()
		defer context.AfterFunc(ctx, cancel)()
		err := handle(service, &endingStream{ServerStream: stream, ctx: own})
		if ctx.Err() != nil {
			return status.Error(codes.Unavailable, "the server is stopping")
		}
		return err
	}
}

type endingStream struct {
	grpc.ServerStream
	ctx context.Context
}

func (s *endingStream) Context() context.Context { return s.ctx }

// errorLog has net/http's complaints about single connections logged as what
// they are.
func errorLog(l *slog.Logger) *log.Logger { return slog.NewLogLogger(l.Handler(), slog.LevelDebug) }
