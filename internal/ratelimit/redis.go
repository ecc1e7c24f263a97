package ratelimit

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"

	"github.com/gwctl/gwctl/internal/process"
)

// Redis is a Redis that listens on a socket of its own, and keeps nothing when
// it ends.
type Redis struct {
	program string
	dir     string
	process *process.Process
}

// StartRedis runs a Redis and waits until it listens.
func StartRedis(ctx context.Context) (*Redis, error) {
	program, err := FindRedis()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "redis-")
	if err != nil {
		return nil, fmt.Errorf("making a folder for Redis: %w", err)
	}
	r := &Redis{program: program, dir: dir}
	if err := r.Start(ctx); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// Socket is the path of what it listens on.
func (r *Redis) Socket() string { return filepath.Join(r.dir, "socket") }

// Start runs a Redis that was stopped again, empty and at the same place, and
// waits until it listens.
func (r *Redis) Start(ctx context.Context) error {
	var err error
	r.process, err = process.Start(r.program, []string{
		"--port", "0", "--unixsocket", r.Socket(), "--unixsocketperm", "600",
		"--save", "", "--appendonly", "no",
	}, nil, r.dir)
	if err != nil {
		return err
	}
	return listens(ctx, r.process, "unix", r.Socket())
}

// Stop ends Redis at once; its counts are gone.
func (r *Redis) Stop() { r.process.Kill() }

// Close ends Redis for good and leaves nothing behind.
func (r *Redis) Close() {
	if r.process != nil {
		r.process.Kill()
	}
	_ = os.RemoveAll(r.dir)
}

// listens waits until a program takes connections.
func listens(ctx context.Context, p *process.Process, network, address string) error {
	return p.Until(ctx, func(ctx context.Context) error {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		if err != nil {
			return err
		}
		return conn.Close()
	})
}
