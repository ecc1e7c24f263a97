package ratelimit

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"os"

	"github.com/gwctl/gwctl/internal/process"
)

// Options say how to run the service.
type Options struct {
	Server  string // host:port of the xDS server, which tells it the limits
	Redis   string // the socket of a Redis
	Node    string // what the xDS server calls it; default "limiter"
	Address string // host:port where Envoys reach it; default: a free port of the loopback address
}

// Limiter is a running service.
type Limiter struct {
	address string
	dir     string
	process *process.Process
}

// Start runs the service until Close. It returns when the process exists; Ready
// tells when it answers.
func Start(opts Options) (*Limiter, error) {
	program, err := Find()
	if err != nil {
		return nil, err
	}
	l := &Limiter{address: opts.Address}
	if l.address == "" {
		if l.address, err = freeAddress(); err != nil {
			return nil, err
		}
	}
	host, port, err := net.SplitHostPort(l.address)
	if err != nil {
		return nil, fmt.Errorf("the address of the rate limit service: %w", err)
	}
	if l.dir, err = os.MkdirTemp("", "ratelimit-"); err != nil {
		return nil, fmt.Errorf("making a folder for the rate limit service: %w", err)
	}
	l.process, err = process.Start(program, nil, []string{
		"GRPC_HOST=" + host, "GRPC_PORT=" + port,
		"HOST=127.0.0.1", "PORT=0", "DEBUG_HOST=127.0.0.1", "DEBUG_PORT=0",
		"USE_STATSD=false", "DISABLE_STATS=true",
		"REDIS_SOCKET_TYPE=unix", "REDIS_URL=" + opts.Redis, "REDIS_HEALTH_CHECK_ACTIVE_CONNECTION=true",
		"CONFIG_TYPE=GRPC_XDS_SOTW", "CONFIG_GRPC_XDS_SERVER_URL=" + opts.Server,
		"CONFIG_GRPC_XDS_NODE_ID=" + cmp.Or(opts.Node, "limiter"),
		// Its own are ten seconds and a minute.
		"XDS_CLIENT_BACKOFF_INITIAL_INTERVAL=100ms", "XDS_CLIENT_BACKOFF_MAX_INTERVAL=1s",
		"XDS_CLIENT_MAX_MSG_SIZE_IN_BYTES=67108864",
	}, l.dir)
	if err != nil {
		_ = os.RemoveAll(l.dir)
		return nil, err
	}
	return l, nil
}

// freeAddress is one that nobody listens on now.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// Address is where Envoys reach it.
func (l *Limiter) Address() string { return l.address }

// Ready waits until it answers, which it does when an xDS server has told it the
// limits.
func (l *Limiter) Ready(ctx context.Context) error {
	return listens(ctx, l.process, "tcp", l.address)
}

// Pause leaves connections open that nobody answers.
func (l *Limiter) Pause() error { return l.process.Pause() }

// Resume goes on after a pause.
func (l *Limiter) Resume() error { return l.process.Resume() }

// Close ends it at once and leaves nothing behind.
func (l *Limiter) Close() {
	l.process.Kill()
	_ = os.RemoveAll(l.dir)
}
