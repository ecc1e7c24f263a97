// Package controller is what a controller of the Gateway API would be that has
// gwctl's translation in it: it follows the objects of an API server, serves
// what they become to an Envoy for each Gateway, and writes their status.
package controller

import (
	"context"
	"errors"
	"net"
	"time"

	"google.golang.org/grpc"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers/xds/fleet"
	"github.com/gwctl/gwctl/providers/xds/translate"
)

// Name is what a GatewayClass names to be this controller's.
const Name = "gwctl.dev/conformance"

// again is how long after something went wrong it is tried once more.
const again = 200 * time.Millisecond

// Options say what a controller works with.
type Options struct {
	Config *rest.Config
	// Addresses are for Gateways: each gets one of its own.
	Addresses []string
	// Features are told by the status of GatewayClasses, in order.
	Features []string
	// Material is a folder for certificates and keys.
	Material string
	Log      func(format string, args ...any)
}

// Controller follows an API server.
type Controller struct {
	opts       Options
	client     dynamic.Interface
	follower   *follower
	material   material
	translator *translate.Translator
	fleet      *fleet.Fleet
	server     *grpc.Server
	ads        string // where Envoys connect to
	gateways   map[resource.ID]*proxy
	cancel     context.CancelFunc
	done       chan struct{}
}

// Start runs a controller until Stop.
func Start(ctx context.Context, opts Options) (*Controller, error) {
	// An own copy: the suite writes its user agent into its own.
	config := rest.CopyConfig(opts.Config)
	config.QPS = -1
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	c := &Controller{
		opts: opts, client: client, material: material{opts.Material}, translator: translate.NewTranslator(),
		fleet:  fleet.New(fleet.Options{Grace: 500 * time.Millisecond}),
		server: grpc.NewServer(), ads: listener.Addr().String(),
		gateways: map[resource.ID]*proxy{}, done: make(chan struct{}),
	}
	c.translator.Services = true
	c.fleet.Register(c.server)
	ctx, c.cancel = context.WithCancel(context.WithoutCancel(ctx))
	if c.follower, err = follow(ctx, client); err != nil {
		c.cancel()
		return nil, errors.Join(err, listener.Close())
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		if err := c.server.Serve(listener); err != nil {
			opts.Log("ADS: %v", err)
		}
	}()
	go func() {
		defer close(c.done)
		c.run(ctx)
		for _, p := range c.gateways {
			p.stop()
		}
		c.server.Stop()
		<-served
	}()
	return c, nil
}

// Stop ends everything that the controller runs.
func (c *Controller) Stop() {
	c.cancel()
	<-c.done
	c.follower.stop()
}

// run brings about what the objects say, again and again.
func (c *Controller) run(ctx context.Context) {
	for ctx.Err() == nil {
		var retry <-chan time.Time
		if err := c.step(ctx); err != nil && ctx.Err() == nil {
			c.opts.Log("the controller: %v", err)
			retry = time.After(again)
		}
		select {
		case <-ctx.Done():
		case <-c.follower.changed:
		case <-retry:
		}
	}
}

// step goes the whole way once.
func (c *Controller) step(ctx context.Context) error {
	seen, err := c.follower.list()
	if err != nil {
		return err
	}
	c.place(ctx, seen)
	objects, err := c.inputs(seen)
	if err != nil {
		return err
	}
	result := c.translator.Translate(objects)
	if err := c.roll(ctx, result); err != nil {
		return err
	}
	return c.writeStatus(ctx, seen, result)
}
