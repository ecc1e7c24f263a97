// Package server is the xDS server: it keeps what was applied, serves it to
// Envoys over ADS, and takes changes over the admin API, one transaction at a
// time.
package server

import (
	"cmp"
	"fmt"
	"log/slog"
	"time"
)

// Defaults of Options.
const (
	DefaultListen   = "127.0.0.1:18000"
	DefaultAdmin    = "127.0.0.1:18001"
	DefaultShutdown = 45 * time.Second
)

// Options say where the server listens and what it keeps where.
type Options struct {
	Listen string // host:port of ADS, for Envoys
	Admin  string // host:port of the admin API
	Data   string // folder of the store
	// TLS is the folder of the files that certificates name, and outside of
	// which none is read; "" for the working directory, and any file.
	TLS string
	// RateLimit is the host:port where Envoys reach the service that counts
	// requests for all of them; "" where there is none, and global rate limits
	// are refused.
	RateLimit string
	// Version is gwctl's own, for those who ask.
	Version string
	// Grace is how long a cluster that nothing names any more is kept on each
	// Envoy; 0 is the fleet's default.
	Grace time.Duration
	// Shutdown bounds how long a running transaction may take to its verdict
	// once the server is told to stop; then it is rolled back.
	Shutdown time.Duration
	Log      *slog.Logger
	// Ready is called with the addresses in use, once both are served.
	Ready func(listen, admin string)
}

func (o Options) withDefaults() (Options, error) {
	if o.Data == "" {
		return o, fmt.Errorf("the server needs a folder for its data: name one with -data")
	}
	if err := checkRateLimit(o.RateLimit); err != nil {
		return o, err
	}
	o.Listen = cmp.Or(o.Listen, DefaultListen)
	o.Admin = cmp.Or(o.Admin, DefaultAdmin)
	o.Version = cmp.Or(o.Version, "dev")
	o.Shutdown = cmp.Or(o.Shutdown, DefaultShutdown)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o, nil
}
