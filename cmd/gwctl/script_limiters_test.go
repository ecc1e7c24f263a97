package main

import (
	"context"
	"regexp"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gwctl/gwctl/internal/ratelimit"
)

// limiterPatience is how long a limiter or a Redis may take to start.
const limiterPatience = 30 * time.Second

func limiterCommand(ts *testscript.TestScript, neg bool, args []string) {
	p := partsOf(ts)
	switch {
	case !neg && len(args) == 3 && args[0] == "start":
		p.startLimiter(ts, args[1], args[2])
	case !neg && len(args) == 2 && args[0] == "stop" && p.limiters[args[1]] != nil:
		p.limiters[args[1]].Close()
		delete(p.limiters, args[1])
	default:
		ts.Fatalf("usage: limiter start NAME PORT, limiter stop NAME")
	}
}

// startLimiter returns when it counts, and the server knows.
func (p *parts) startLimiter(ts *testscript.TestScript, name, port string) {
	ctx, cancel := context.WithTimeout(p.ctx, limiterPatience)
	defer cancel()
	if p.redis == nil {
		redis, err := ratelimit.StartRedis(ctx)
		ts.Check(err)
		p.redis = redis
	}
	s := p.servers["xds"]
	l, err := ratelimit.Start(ratelimit.Options{Server: s.ads, Redis: p.redis.Socket(), Node: name, Address: "127.0.0.1:" + port})
	ts.Check(err)
	p.limiters[name] = l
	ts.Check(l.Ready(ctx))
	pollCommand(ts, false, []string{regexp.QuoteMeta(name) + ".*acknowledged all", "gwctl", "xds", "status", "-server", "http://" + s.admin})
}

func redisCommand(ts *testscript.TestScript, neg bool, args []string) {
	p := partsOf(ts)
	if neg || len(args) != 1 || p.redis == nil {
		ts.Fatalf("usage, once there is a limiter: redis stop|start")
	}
	switch args[0] {
	case "stop":
		p.redis.Stop()
	case "start":
		ctx, cancel := context.WithTimeout(p.ctx, limiterPatience)
		defer cancel()
		ts.Check(p.redis.Start(ctx))
	default:
		ts.Fatalf("Redis does not %s", args[0])
	}
}
