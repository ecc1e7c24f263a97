// Package ratelimit finds and runs the service that counts requests for all
// Envoys together, envoyproxy/ratelimit, and the Redis that it keeps its counts
// in: for the demo, and for tests that want the real ones to answer.
package ratelimit

import (
	"errors"
	"os/exec"
	"path/filepath"

	"github.com/gwctl/gwctl/internal/process"
)

// Environment variables that name the binaries.
const (
	Variable      = "RATELIMIT"
	RedisVariable = "REDIS"
)

// What is not on this machine.
var (
	ErrNotFound      = errors.New("no rate limit service found: run `make ratelimit`, or set the variable " + Variable + " to its path")
	ErrRedisNotFound = errors.New("no Redis found: run `make redis`, put redis-server on PATH, or set the variable " + RedisVariable + " to its path")
)

// Find returns the absolute path of the service: what the variable RATELIMIT
// names, else .tools/ratelimit/ratelimit in the working directory or the nearest
// one above it.
func Find() (string, error) {
	if path, err := process.Named(Variable); path != "" || err != nil {
		return path, err
	}
	if path, err := process.Tool("ratelimit", "ratelimit"); path != "" || err != nil {
		return path, err
	}
	return "", ErrNotFound
}

// FindRedis returns the absolute path of redis-server: what the variable REDIS
// names, else redis-server on PATH, else .tools/redis/redis-server in the
// working directory or the nearest one above it.
func FindRedis() (string, error) {
	if path, err := process.Named(RedisVariable); path != "" || err != nil {
		return path, err
	}
	if path, err := exec.LookPath("redis-server"); err == nil {
		return filepath.Abs(path)
	}
	if path, err := process.Tool("redis", "redis-server"); path != "" || err != nil {
		return path, err
	}
	return "", ErrRedisNotFound
}
