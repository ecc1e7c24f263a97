package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/gwctl/gwctl/cmd/gwctl/demo"
	"github.com/gwctl/gwctl/internal/envoy"
	"github.com/gwctl/gwctl/views"
)

func (c *cli) demoCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Take a tour on a real Envoy, under load: half a minute",
		Long: `Starts backends, an xDS server and an Envoy on free ports of the loopback
address, and under a constant load applies a split, reorders rules, has a change
refused, and rolls back. It counts every failed request, stops all it started,
and leaves nothing behind.

Envoy is found through the ENVOY variable or PATH; make envoy fetches it.`,
		Args: args(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error { return c.tour(cmd.Context(), demo.Run) },
	}
	cmd.AddCommand(c.demoLimitsCommand())
	return cmd
}

func (c *cli) demoLimitsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "rate-limits",
		Short: "Take a tour of global rate limits, on a real limiter and Redis",
		Long: `Starts a backend, an xDS server, an Envoy, the rate limit service and a Redis
on loopback, limits the requests of each API key, and draws which of them pass:
150 of one key against 100 a minute, another key beside it, a changed limit, and
what happens while Redis is gone. It stops all it started, and leaves nothing
behind.

Envoy, the service and Redis are found through the variables ENVOY, RATELIMIT and
REDIS, or on PATH; make envoy ratelimit redis gets them.`,
		Args: args(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error { return c.tour(cmd.Context(), demo.RunLimits) },
	}
}

// tour gives one of the tours.
func (c *cli) tour(ctx context.Context, run func(context.Context, demo.Options) error) error {
	binary, err := envoy.Find()
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("gwctl's own binary: %w", err)
	}
	defer context.AfterFunc(ctx, func() { fmt.Fprintln(c.Err, "\nStopping what the tour started...") })()
	colored := c.color(c.Out, c.noColor)
	paint := views.NewPalette(colored)
	return run(ctx, demo.Options{
		Gwctl: self,
		Envoy: binary,
		Out:   c.Out,
		Live:  colored,
		Style: demo.Style{
			Title: paint.Bold, Command: paint.Highlight, Good: paint.Good, Bad: paint.Bad, Faint: paint.Dim,
		},
	})
}
