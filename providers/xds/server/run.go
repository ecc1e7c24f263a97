package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"google.golang.org/grpc"

	"github.com/gwctl/gwctl/providers/xds/api"
	"github.com/gwctl/gwctl/providers/xds/fleet"
	"github.com/gwctl/gwctl/providers/xds/material"
	"github.com/gwctl/gwctl/providers/xds/store"
)

// Run serves until ctx is done. Then it takes nothing new, lets a running
// transaction reach its verdict, and ends the streams.
func Run(ctx context.Context, opts Options) (err error) {
	opts, err = opts.withDefaults()
	if err != nil {
		return err
	}
	st, err := store.Open(ctx, opts.Data, store.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()

	folder, err := material.Open(opts.TLS)
	if err != nil {
		return fmt.Errorf("the folder of certificates, which -tls-dir says: %w", err)
	}
	defer folder.Close()

	adsListener, err := listen(ctx, "-listen", opts.Listen)
	if err != nil {
		return err
	}
	defer adsListener.Close()
	adminListener, err := listen(ctx, "-admin", opts.Admin)
	if err != nil {
		return err
	}
	defer adminListener.Close()
	warnOpen(opts, adsListener.Addr(), adminListener.Addr())

	s, err := newServer(opts, st, folder)
	if err != nil {
		return err
	}
	// From here on the server works on its own time: what runs when ctx ends
	// is let finish.
	ads := newADS(s.fleet)
	admin := newAdmin(s, adminListener.Addr())
	failed := make(chan error, 2)
	go func() { failed <- ads.serve(adsListener) }()
	s.translateAgain()
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		s.watch(ctx)
	}()
	go func() {
		err := admin.Serve(adminListener)
		if errors.Is(err, http.ErrServerClosed) {
			err = nil
		}
		failed <- err
	}()
	opts.Log.Info("serving", "ads", adsListener.Addr().String(), "admin", adminListener.Addr().String(),
		"data", opts.Data, "store", st.ID(), "revision", s.current().revision)
	if opts.Ready != nil {
		opts.Ready(adsListener.Addr().String(), adminListener.Addr().String())
	}

	running := 2
	select {
	case <-ctx.Done():
		opts.Log.Info("stopping")
	case err = <-failed:
		running--
	}
	err = errors.Join(err, s.shutDown(admin, opts.Shutdown))
	<-watched
	ads.stop()
	for range running {
		err = errors.Join(err, <-failed)
	}
	return err
}

// shutDown lets the admin API finish what it is at; what takes longer is
// rolled back.
func (s *Server) shutDown(admin *http.Server, wait time.Duration) error {
	close(s.stopping)
	for _, step := range []func(){func() {}, s.cancel} {
		step()
		ctx, cancel := context.WithTimeout(context.Background(), wait)
		err := admin.Shutdown(ctx)
		cancel()
		if err == nil {
			s.cancel()
			return nil
		}
	}
	return errors.Join(fmt.Errorf("a transaction did not end within %v of being rolled back", wait), admin.Close())
}

// ads is the side that Envoys connect to.
type ads struct {
	grpc   *grpc.Server
	ending context.CancelFunc
}

func newADS(f *fleet.Fleet) *ads {
	ctx, cancel := context.WithCancel(context.Background())
	server := grpc.NewServer(append(limits(), grpc.WaitForHandlers(true), grpc.ChainStreamInterceptor(endWith(ctx)))...)
	f.Register(server)
	return &ads{grpc: server, ending: cancel}
}

func (a *ads) serve(l net.Listener) error {
	err := a.grpc.Serve(l)
	if errors.Is(err, grpc.ErrServerStopped) {
		return nil
	}
	return err
}

// stop ends each stream with a status, which tells an Envoy to come back, and
// then the connections.
func (a *ads) stop() {
	a.ending()
	stopped := make(chan struct{})
	go func() {
		a.grpc.GracefulStop()
		close(stopped)
	}()
	select {
	case <-stopped:
	case <-time.After(2 * time.Second): // a peer that does not read
		a.grpc.Stop()
		<-stopped
	}
}

// newAdmin returns the server of the admin API.
func newAdmin(s *Server, address net.Addr) *http.Server {
	return &http.Server{
		Handler:           guard(address, s.opts.Log, s.routes()),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    api.MaxHeader,
		ErrorLog:          errorLog(s.opts.Log),
	}
}
