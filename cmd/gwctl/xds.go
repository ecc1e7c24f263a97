package main

import (
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gwctl/gwctl/providers/xds"
	"github.com/gwctl/gwctl/providers/xds/api"
	"github.com/gwctl/gwctl/providers/xds/bootstrap"
	"github.com/gwctl/gwctl/providers/xds/server"
	"github.com/gwctl/gwctl/views"
)

func (c *cli) xdsCommand() *cobra.Command {
	return group("xds", "Run and look at the bundled xDS server",
		c.xdsServeCommand(), c.xdsBootstrapCommand(), c.xdsStatusCommand())
}

func (c *cli) xdsServeCommand() *cobra.Command {
	opts := server.Options{}
	var logLevel string
	cmd := &cobra.Command{
		Use:   "serve [flags]",
		Short: "Serve what was applied to Envoys",
		Long: `Keeps what was applied in a folder and serves it to Envoys over ADS. One server
serves any number of gateways. It stops on SIGINT and SIGTERM; Envoys go on with
what they have, and a restarted server serves them the same bytes.

Neither port asks who is calling: keep them on loopback, or behind something
that does.`,
		Args: args(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			var level slog.Level
			if err := level.UnmarshalText([]byte(logLevel)); err != nil {
				return &usageError{cmd, fmt.Sprintf("-log-level is debug, info, warn or error, not %q.", logLevel)}
			}
			opts.Log = slog.New(slog.NewTextHandler(c.Err, &slog.HandlerOptions{Level: level}))
			opts.Version = version
			opts.Ready = func(ads, admin string) {
				fmt.Fprintf(c.Out, "Serving Envoys (ADS) on %s, the admin API on http://%s, data in %s\n", ads, admin, opts.Data)
			}
			return server.Run(cmd.Context(), opts)
		},
	}
	cmd.Flags().StringVar(&opts.Listen, "listen", "127.0.0.1:18000", "`address` for Envoys")
	cmd.Flags().StringVar(&opts.Admin, "admin", "127.0.0.1:18001", "`address` of the admin API, which plan and apply talk to")
	cmd.Flags().StringVar(&opts.Data, "data", "gwctl-xds", "`folder` for what was applied")
	cmd.Flags().StringVar(&opts.TLS, "tls-dir", "", "`folder` of certificates and keys, outside of which none is read (default: the working directory, and any file)")
	cmd.Flags().StringVar(&opts.RateLimit, "ratelimit", "", "`host:port` where Envoys reach the rate limit service, which counts for global rate limits (default: there is none)")
	cmd.Flags().DurationVar(&opts.Grace, "grace", 5*time.Second, "`time` that requests in flight have before a cluster no route names any more is removed")
	cmd.Flags().StringVar(&logLevel, "log-level", "info", "debug, info, warn or error")
	return cmd
}

// hostname is the node id's default: Envoys are told apart by where they run.
func hostname() string {
	name, err := os.Hostname()
	if err != nil || name == "" {
		return "envoy"
	}
	return name
}

func (c *cli) xdsBootstrapCommand() *cobra.Command {
	opts := bootstrap.Options{}
	cmd := &cobra.Command{
		Use:   "bootstrap [flags] GATEWAY",
		Short: "Print the configuration that an Envoy of a gateway starts with",
		Long: `Prints Envoy's bootstrap, for  envoy -c FILE. GATEWAY is NAME or NAMESPACE/NAME.
Every Envoy of a gateway may start with the same file: give each a name of its
own with -node-id, or with Envoy's --service-node. Several on one host need
Envoy's --use-dynamic-base-id as well (or --disable-hot-restart); without it the
second one ends with "unable to bind domain socket with base_id=0".`,
		Args: args(1, 1, "a gateway's name"),
		RunE: func(_ *cobra.Command, names []string) error {
			opts.Gateway = names[0]
			if !strings.Contains(opts.Gateway, "/") {
				opts.Gateway = "default/" + opts.Gateway
			}
			out, err := bootstrap.Bootstrap(opts)
			if err != nil {
				return err
			}
			_, err = c.Out.Write(out)
			return err
		},
	}
	cmd.Flags().StringVar(&opts.Server, "server", "127.0.0.1:18000", "`host:port` of the xDS server, as this Envoy reaches it")
	cmd.Flags().StringVar(&opts.NodeID, "node-id", hostname(), "`name` of this Envoy")
	cmd.Flags().StringVar(&opts.Admin, "envoy-admin", "127.0.0.1:0", "`address` of Envoy's own admin interface")
	cmd.Flags().BoolVar(&opts.StateOfTheWorld, "sotw", false, "all resources with every change, instead of the changed ones")
	return cmd
}

func (c *cli) xdsStatusCommand() *cobra.Command {
	var address string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "status [flags]",
		Short: "Show the Envoys and limiters, and what each acknowledged or refused",
		Args:  args(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := xds.New(c.xdsServer(address))
			if err != nil {
				return err
			}
			status, err := p.Status(cmd.Context())
			if err != nil {
				return err
			}
			if asJSON {
				return c.printJSON(status)
			}
			return views.NewStatus(c.viewOptions(false, false)).Status(fleetView(c.xdsServer(address), status))
		},
	}
	cmd.Flags().StringVar(&address, "server", "", "`URL` of the admin API (default: $GWCTL_XDS_SERVER, else "+defaultXDSServer+")")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func typesView(types []api.TypeStatus) []views.EnvoyType {
	var out []views.EnvoyType
	for _, t := range types {
		out = append(out, views.EnvoyType{
			Type: t.Type, Sent: t.Sent, Acknowledged: t.Acknowledged, Waiting: t.Waiting, Refusal: t.Refusal,
		})
	}
	return out
}

func fleetView(server string, s *api.Status) views.Fleet {
	fleet := views.Fleet{Server: server, Store: s.Identity.ID, Revision: s.Identity.Revision}
	for _, g := range s.Gateways {
		gateway := views.FleetGateway{Name: g.Name}
		for _, e := range g.Envoys {
			envoy := views.Envoy{Node: e.Node, Version: e.Version, Connected: e.Connected}
			envoy.Types = typesView(e.Types)
			gateway.Envoys = append(gateway.Envoys, envoy)
		}
		fleet.Gateways = append(fleet.Gateways, gateway)
	}
	if r := s.RateLimits; r != nil {
		fleet.RateLimits = &views.FleetRateLimits{Address: r.Address, Problem: r.Problem}
		for _, l := range r.Limiters {
			fleet.RateLimits.Limiters = append(fleet.RateLimits.Limiters, views.Limiter{Node: l.Node, Connected: l.Connected, Types: typesView(l.Types)})
		}
	}
	for _, c := range s.Certificates {
		fleet.Certificates = append(fleet.Certificates, views.FleetCertificate{Name: c.ID.String(), Expires: c.Expires, Problem: c.Problem})
	}
	return fleet
}
