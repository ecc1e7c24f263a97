package xds_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gwctl/gwctl/internal/envoy"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers"
	"github.com/gwctl/gwctl/providers/xds"
)

// suspend keeps an Envoy from answering until the function returned is called.
func suspend(t testing.TB, e *envoy.Process) (resume func()) {
	t.Helper()
	if err := syscall.Kill(e.PID(), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	resume = func() { _ = syscall.Kill(e.PID(), syscall.SIGCONT) }
	t.Cleanup(resume)
	return resume
}

func TestEnvoyThatDoesNotAnswerIsRolledBack(t *testing.T) {
	w := newWorld(t)
	resume := suspend(t, w.envoy)
	plan := changes(t, w.provider, route("orders", rule("PathPrefix", "/api", "green")))
	go func() {
		time.Sleep(time.Second)
		resume()
	}()
	_, err := w.provider.Apply(t.Context(), plan, providers.ApplyOptions{WaitTimeout: 200 * time.Millisecond}, nil)
	refused, ok := errors.AsType[*providers.RefusedError](err)
	if !ok || len(refused.Refusals) != 1 || refused.Refusals[0].Text != "no answer within 200ms" {
		t.Fatalf("got %v", err)
	}
	if !refused.Restored || refused.Detail != "The Envoy serves revision 1, as before." {
		t.Errorf("got %+v", refused)
	}
	if got := ask(t, w.port, "/api"); got != "blue" {
		t.Errorf("after the roll-back, %s answers", got)
	}
}

func TestApplyGoesOnWithoutItsClient(t *testing.T) {
	w := newWorld(t)
	resume := suspend(t, w.envoy)
	plan := changes(t, w.provider, route("orders", rule("PathPrefix", "/api", "green")))
	ctx, cancel := context.WithCancel(t.Context())
	_, err := w.provider.Apply(ctx, plan, providers.ApplyOptions{}, func(e providers.Event) {
		if e.Phase == "routes" {
			cancel() // as a second Ctrl-C does
		}
	})
	unknown, ok := errors.AsType[*xds.UnknownVerdictError](err)
	if !ok || !unknown.Left || !errors.Is(unknown, context.Canceled) || strings.Contains(err.Error(), "lost") {
		t.Fatalf("got %v", err)
	}
	resume()
	eventually(t, "the change is committed", func() bool {
		read, err := w.provider.Read(t.Context(), providers.Query{Others: []resource.ID{plan.Objects[0].ID}})
		return err == nil && read.Live[0].Revision == "2"
	})
	if got := ask(t, w.port, "/api"); got != "green" {
		t.Errorf("after the verdict, %s answers", got)
	}
}

func TestServerThatDiesInAnApply(t *testing.T) {
	tests := []struct {
		name    string
		restart bool
	}{
		{"and comes back", true},
		{"and stays away", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			resume := suspend(t, w.envoy)
			p := w.server.provider(t, xds.WithRecovery(10*time.Second))
			if !tt.restart {
				p = w.server.provider(t, xds.WithRecovery(500*time.Millisecond))
			}
			plan := changes(t, p, route("orders", rule("PathPrefix", "/api", "green")))
			var died bool
			_, err := p.Apply(t.Context(), plan, providers.ApplyOptions{}, func(e providers.Event) {
				if e.Phase != "routes" || died {
					return
				}
				died = true
				w.server.kill()
				if tt.restart {
					w.server.start(t)
				}
			})
			resume()
			if !tt.restart {
				if _, ok := errors.AsType[*xds.UnknownVerdictError](err); !ok || !strings.Contains(err.Error(), "the next plan shows which") {
					t.Fatalf("got %v", err)
				}
				w.server.start(t)
			} else {
				refused, ok := errors.AsType[*providers.RefusedError](err)
				if !ok || !strings.Contains(refused.Detail, "interrupted. It serves revision 1, as before") {
					t.Fatalf("got %v", err)
				}
			}
			// The Envoy had been sent the change: the server takes it back.
			eventually(t, "the Envoy is back", func() bool { return connected(t, w.provider, "envoy-1") })
			eventually(t, "blue answers again", func() bool { return ask(t, w.port, "/api") == "blue" })
			apply(t, w.provider, route("orders", rule("PathPrefix", "/api", "green")))
			if got := ask(t, w.port, "/api"); got != "green" {
				t.Errorf("after the next apply, %s answers", got)
			}
		})
	}
}

func TestStoppingServerFinishesWhatItIsAt(t *testing.T) {
	w := newWorld(t)
	resume := suspend(t, w.envoy)
	begun, queued := make(chan struct{}), make(chan struct{})
	first, second := make(chan error, 1), make(chan error, 1)
	run := func(o *resource.Object, phase string, reached chan struct{}, end chan error) {
		plan := changes(t, w.provider, o)
		go func() {
			_, err := w.provider.Apply(context.Background(), plan, providers.ApplyOptions{}, func(e providers.Event) {
				if e.Phase == phase && !e.Done {
					close(reached)
				}
			})
			end <- err
		}()
	}
	run(route("orders", rule("PathPrefix", "/api", "green")), "routes", begun, first)
	<-begun
	run(backend("red", "127.0.0.1:9003"), "queued", queued, second)
	<-queued
	if err := w.server.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	// The one that waits has not begun, and never will.
	err := <-second
	if _, ok := errors.AsType[*providers.UnreachableError](err); !ok || !strings.Contains(err.Error(), "stopping") {
		t.Errorf("the second apply: %v", err)
	}
	resume()
	if err := <-first; err != nil {
		t.Errorf("the first apply: %v", err)
	}
	if err := w.server.cmd.Wait(); err != nil {
		t.Errorf("the server ended with %v", err)
	}
	if got := ask(t, w.port, "/api"); got != "green" {
		t.Errorf("%s answers", got)
	}
}
