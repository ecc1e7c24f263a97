package demo

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/gwctl/gwctl/internal/load"
)

// Names under which requests are counted.
const (
	mainRequest = "shop"
	apiRequest  = "api"
)

// rate of requests a second: a load that a laptop does not notice.
const rate = 500

// traffic is the load of the tour.
type traffic struct {
	generator *load.Generator
	ticking   chan struct{} // closed when the counter has ended
	stop      chan struct{}
	final     load.Snapshot
}

func requests(withAPI bool) []load.Request {
	all := []load.Request{
		{Name: mainRequest, Host: "shop.example.com", Path: "/"},
		{Name: "health", Host: "shop.example.com", Path: "/healthz"},
	}
	if withAPI {
		all = append(all, load.Request{Name: apiRequest, Host: "shop.example.com", Path: "/api/items"})
	}
	return all
}

// startLoad starts requests that go on until the tour ends. Whatever happens
// to the configuration, only these answers are allowed.
func (w *world) startLoad(ctx context.Context) error {
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(int(w.port)))
	generator, err := load.Start(ctx, load.Options{
		Address:     address,
		Rate:        rate,
		Connections: 16,
		Requests:    requests(false),
		Rule: load.ByRequest(map[string]load.Rule{
			mainRequest: load.From("shop_v1", "shop_v2"),
			"health":    load.From("shop_v1"),
			apiRequest:  load.From("api"),
		}),
	})
	if err != nil {
		return err
	}
	w.load = traffic{generator: generator, ticking: make(chan struct{}), stop: make(chan struct{})}
	go func() {
		defer close(w.load.ticking)
		ticker := time.NewTicker(100 * time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-w.load.stop:
				return
			case <-ticker.C:
				w.screen.show(w.load.counter())
			}
		}
	}()
	return nil
}

// stopLoad waits for the last answers.
func (w *world) stopLoad() {
	if w.load.generator == nil {
		return
	}
	w.load.final = w.load.generator.Stop()
	close(w.load.stop)
	<-w.load.ticking
	w.screen.show("")
	w.load.generator = nil
}

func (t *traffic) snapshot() load.Snapshot { return t.generator.Snapshot() }

func (t *traffic) counter() string {
	s := t.snapshot()
	return fmt.Sprintf("%s requests, %s failed", thousands(s.Requests), thousands(s.Failed))
}

// addRoute sends requests to the new route too.
func (t *traffic) addRoute() error { return t.generator.Send(requests(true)...) }

// removeRoute stops that before the route goes.
func (t *traffic) removeRoute() error { return t.generator.Send(requests(false)...) }
