package server

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"github.com/gwctl/gwctl/providers/xds/api"
	"github.com/gwctl/gwctl/providers/xds/fleet"
)

// rateLimits shows the limiters, and whether the service answers where Envoys
// reach it; nil where there is none.
func (s *Server) rateLimits(ctx context.Context, nodes []fleet.Node) *api.RateLimitStatus {
	out := &api.RateLimitStatus{Address: s.opts.RateLimit, Limiters: []api.Limiter{}}
	for _, n := range nodes {
		if n.Gateway == fleet.Limiters {
			out.Limiters = append(out.Limiters, api.Limiter{Node: n.ID, Connected: n.Connected, Types: typesOf(n)})
		}
	}
	switch {
	case out.Address != "":
		out.Problem = healthProblem(ctx, out.Address)
	case len(out.Limiters) == 0:
		return nil
	default:
		out.Problem = "Envoys are not told where it is: start the server with -ratelimit HOST:PORT"
	}
	return out
}

const (
	// healthService is what envoyproxy/ratelimit answers for.
	healthService = "ratelimit"
	// healthPatience is how long it may take to answer.
	healthPatience = time.Second
)

// healthProblem asks a rate limit service for its health, and says what is wrong
// with it; "" is nothing.
func healthProblem(ctx context.Context, address string) string {
	ctx, cancel := context.WithTimeout(ctx, healthPatience)
	defer cancel()
	conn, err := grpc.NewClient("passthrough:///"+address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err.Error()
	}
	defer conn.Close()
	answer, err := grpc_health_v1.NewHealthClient(conn).Check(ctx, &grpc_health_v1.HealthCheckRequest{Service: healthService})
	switch code := status.Code(err); {
	case code == codes.NotFound, code == codes.Unimplemented:
		return "" // it answers, and is another service that does the same
	case code == codes.DeadlineExceeded:
		return fmt.Sprintf("the service at %s does not answer within %v", address, healthPatience)
	case err != nil:
		return fmt.Sprintf("the service at %s does not answer: %s", address, status.Convert(err).Message())
	case answer.GetStatus() != grpc_health_v1.HealthCheckResponse_SERVING:
		return fmt.Sprintf("the service at %s says that it cannot count: its Redis does not answer, or it is about to end", address)
	}
	return ""
}
