package load

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Options say what a generator sends.
type Options struct {
	Address     string // host:port
	Rate        float64
	Connections int       // kept alive; default: 32
	Requests    []Request // sent in turn; default: one GET of "/"
	Rule        Rule      // default: OK
	// TLS makes connections speak it. Up to version 1.2: later ones send what no
	// request asked for, and the generator looks for just that.
	TLS *tls.Config
	// Timeout is for one request, connecting included; default: 5s.
	Timeout time.Duration
}

// maxBehind is how late a request may be sent.
const maxBehind = time.Second

// Generator sends requests at a steady rate, whatever becomes of them: request
// i is due at i/rate after the start, and any free connection sends it. One
// that is due while all are busy waits, and is sent late or counted as missed.
// Nothing is sent twice.
type Generator struct {
	options Options
	start   time.Time
	next    atomic.Uint64 // index of the next request
	plan    atomic.Pointer[[]message]
	rule    atomic.Pointer[Rule]

	cancel  context.CancelFunc
	stop    chan struct{} // closed: send no more
	stopped sync.Once
	workers sync.WaitGroup

	mu    sync.Mutex
	count Snapshot
}

// Start begins to send. The generator ends with Stop, or when ctx is done,
// which aborts what is in flight.
func Start(ctx context.Context, options Options) (*Generator, error) {
	if _, _, err := net.SplitHostPort(options.Address); err != nil {
		return nil, fmt.Errorf("the address to put under load: %w", err)
	}
	if options.Rate <= 0 || options.Rate > 1e6 {
		return nil, fmt.Errorf("%g requests a second cannot be sent: the rate is more than 0 and at most 1,000,000", options.Rate)
	}
	if options.Connections < 0 || options.Timeout < 0 {
		return nil, errors.New("the number of connections and the timeout cannot be negative")
	}
	if options.Connections == 0 {
		options.Connections = 32
	}
	if options.Timeout == 0 {
		options.Timeout = 5 * time.Second
	}
	if options.TLS != nil {
		options.TLS = options.TLS.Clone()
		options.TLS.MaxVersion = tls.VersionTLS12
	}
	g := &Generator{options: options, start: time.Now(), stop: make(chan struct{})}
	g.count.Answers, g.count.Failures = map[AnswerKey]uint64{}, map[string]uint64{}
	if err := g.Send(options.Requests...); err != nil {
		return nil, err
	}
	g.Allow(options.Rule)
	ctx, g.cancel = context.WithCancel(ctx)
	for range options.Connections {
		g.workers.Go(func() { g.work(ctx) })
	}
	return g, nil
}

// Send changes the requests that are sent from now on, in turn.
func (g *Generator) Send(requests ...Request) error {
	plan, err := messages(g.options.Address, requests)
	if err != nil {
		return err
	}
	g.plan.Store(&plan)
	return nil
}

// Allow changes the rule from now on; nil is OK. An answer is right when it
// fits the rule that held when its request was sent, or the one that holds
// when it has come.
func (g *Generator) Allow(rule Rule) {
	if rule == nil {
		rule = OK
	}
	g.rule.Store(&rule)
}

// Snapshot returns what was counted so far.
func (g *Generator) Snapshot() Snapshot {
	g.mu.Lock()
	defer g.mu.Unlock()
	s := g.count.clone()
	s.At = time.Now()
	return s
}

// Stop sends no more, waits for the answers to what was sent, closes the
// connections and returns the final count.
func (g *Generator) Stop() Snapshot {
	g.stopped.Do(func() { close(g.stop) })
	g.workers.Wait()
	g.cancel()
	return g.Snapshot()
}

// work sends what is due over one connection.
func (g *Generator) work(ctx context.Context) {
	c := newConnection(g.options.Address, g.options.Timeout)
	c.tls = g.options.TLS
	defer c.close()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		i := g.next.Add(1) - 1
		due := g.start.Add(time.Duration(float64(i) / g.options.Rate * float64(time.Second)))
		late := time.Since(due)
		if late > maxBehind {
			g.record(func(s *Snapshot) { s.Missed++ })
		}
		timer.Reset(-late)
		select {
		case <-ctx.Done():
			return
		case <-g.stop:
			return
		case <-timer.C:
		}
		if late <= maxBehind && ctx.Err() == nil {
			g.send(ctx, c, i, due)
		}
	}
}

func (g *Generator) send(ctx context.Context, c *connection, i uint64, due time.Time) {
	plan := *g.plan.Load()
	m := &plan[i%uint64(len(plan))]
	atStart := g.rule.Load()
	answer, err := c.exchange(ctx, m)
	took := time.Since(due)
	events := c.takeEvents()
	if ctx.Err() != nil {
		g.record(func(s *Snapshot) { s.Aborted++; events.addTo(s) })
		return
	}
	reason := ""
	if err != nil {
		reason = transportReason(err)
	} else if err = (*atStart)(answer); err != nil {
		if atEnd := g.rule.Load(); atEnd != atStart {
			err = (*atEnd)(answer)
		}
		if err != nil {
			reason = err.Error()
		}
	}
	g.record(func(s *Snapshot) {
		s.Requests++
		s.Latency.add(took)
		events.addTo(s)
		if answer.Status != 0 {
			addBounded(s.Answers, AnswerKey{Request: m.name, Status: answer.Status, Backend: answer.Backend}, AnswerKey{Request: "other"})
		}
		if err != nil {
			s.Failed++
			addBounded(s.Failures, reason, "other")
			if len(s.Examples) < maxExamples {
				s.Examples = append(s.Examples, Failure{At: time.Now(), Request: m.name, Reason: reason, Err: err})
			}
		}
	})
}

// What is kept however long the load lasts.
const (
	maxKeys     = 1000
	maxExamples = 100
)

func addBounded[K comparable](counts map[K]uint64, key, other K) {
	if _, known := counts[key]; !known && len(counts) >= maxKeys {
		key = other
	}
	counts[key]++
}

func (g *Generator) record(add func(*Snapshot)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	add(&g.count)
}
