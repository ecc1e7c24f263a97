// Package demo is the tours that `gwctl demo` gives: real commands against a
// real Envoy, under a load that counts every failure, or against limits that
// count every request.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// Options say where the tour runs and what it looks like.
type Options struct {
	Gwctl string // the binary whose commands are shown
	Envoy string
	Out   io.Writer
	Live  bool // Out is a terminal: the counter runs in its last line
	Style Style
}

// Style colours the tour; functions that are nil colour nothing.
type Style struct {
	Title, Command, Good, Bad, Faint func(string) string
}

// ErrFailed says that requests failed.
var ErrFailed = errors.New("requests failed")

// look is how long a split is watched before it is drawn.
const look = 3 * time.Second

// Run gives the tour: under a minute. It leaves nothing behind.
func Run(ctx context.Context, o Options) (err error) {
	w, err := newWorld(ctx, o, []string{"shop_v1", "shop_v2", "api"})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	w.taken = portOf(w.backends["api"].Address())
	t := &tour{w}
	for _, step := range []func(context.Context) error{t.start, t.split, t.reorder, t.refuse, t.leave} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return t.end()
}

// tour is the order of things.
type tour struct{ *world }

func (t *tour) start(ctx context.Context) error {
	t.screen.title("An xDS server and an Envoy")
	t.screen.command("gwctl xds serve -listen %s -admin %s", t.ads, t.admin)
	t.screen.command("gwctl xds bootstrap public -server %s > envoy.yaml && envoy -c envoy.yaml", t.ads)
	if err := t.startEnvoy(ctx); err != nil {
		return err
	}
	t.screen.say("Envoy is connected. The configuration is main.hcl: a gateway, a route with two rules, two backends.")
	return nil
}

func (t *tour) split(ctx context.Context) error {
	t.screen.title("1. A split, planned and applied")
	if err := t.stage(first); err != nil {
		return err
	}
	if err := t.gwctl(ctx, "plan", "-concise", "-out=first.gwplan"); err != nil {
		return err
	}
	if err := t.gwctl(ctx, "apply", "first.gwplan"); err != nil {
		return err
	}
	if err := t.startLoad(ctx); err != nil {
		return err
	}
	if err := t.watch(ctx, map[string]float64{"shop_v1": 0.9, "shop_v2": 0.1}); err != nil {
		return err
	}
	if err := t.gwctl(ctx, "plan", "-var", "v2_weight=50"); err != nil {
		return err
	}
	if err := t.gwctl(ctx, "apply", "-concise", "-auto-approve", "-var", "v2_weight=50"); err != nil {
		return err
	}
	return t.watch(ctx, map[string]float64{"shop_v1": 0.5, "shop_v2": 0.5})
}

func (t *tour) reorder(ctx context.Context) error {
	t.screen.title("2. Rules in another order, and a new route")
	t.screen.say("Where clusters are named by the position of their rule, this tears connections down: a peer answers 503 for ten seconds here.")
	if err := t.stage(second); err != nil {
		return err
	}
	if err := t.gwctl(ctx, "apply", "-concise", "-auto-approve", "-var", "v2_weight=50"); err != nil {
		return err
	}
	if err := t.load.addRoute(); err != nil {
		return err
	}
	return t.count(ctx)
}

func (t *tour) refuse(ctx context.Context) error {
	t.screen.title("3. A change that Envoy refuses")
	t.screen.say("A second listener, on a port that is taken: no schema knows that, only Envoy does.")
	if err := t.stage(refused); err != nil {
		return err
	}
	err := t.gwctl(ctx, "apply", "-concise", "-auto-approve", "-var", "v2_weight=50")
	switch {
	case err == nil:
		return errors.New("a port that is in use was taken all the same")
	case !errors.As(err, new(*exitError)):
		return err
	}
	if err := t.stage(second); err != nil {
		return err
	}
	t.screen.say("Exit code 1, and traffic is as it was:")
	return t.count(ctx)
}

func (t *tour) leave(ctx context.Context) error {
	t.screen.title("4. The way back, and out")
	// Without its route, /api is answered by the shop: nobody asks for it now.
	if err := t.load.removeRoute(); err != nil {
		return err
	}
	if err := t.gwctl(ctx, "rollback", "-concise", "-auto-approve"); err != nil {
		return err
	}
	if err := t.watch(ctx, map[string]float64{"shop_v1": 0.5, "shop_v2": 0.5}); err != nil {
		return err
	}
	if err := t.gwctl(ctx, "xds", "status"); err != nil {
		return err
	}
	t.stopLoad()
	return t.gwctl(ctx, "destroy", "-concise", "-auto-approve")
}

func (t *tour) end() error {
	final := t.load.final
	t.screen.say("")
	text := fmt.Sprintf("%s requests, %s failed", thousands(final.Requests), thousands(final.Failed))
	if final.Failed > 0 || final.Missed > 0 {
		t.screen.print(paint(t.screen.style.Bad, text))
		for reason, n := range final.Failures {
			t.screen.say("  %s: %s", thousands(n), reason)
		}
		return ErrFailed
	}
	t.screen.print(paint(t.screen.style.Good, text))
	return nil
}

// watch counts for a while and draws where requests went.
func (t *tour) watch(ctx context.Context, want map[string]float64) error {
	before := t.load.snapshot()
	if err := sleep(ctx, look); err != nil {
		return err
	}
	t.screen.bars(t.load.snapshot().Since(before).Backends(mainRequest), want)
	return t.count(ctx)
}

// count prints the counter where it does not run by itself.
func (t *tour) count(ctx context.Context) error {
	if err := sleep(ctx, time.Second); err != nil {
		return err
	}
	if !t.screen.live {
		t.screen.say("%s", t.load.counter())
	}
	return nil
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
