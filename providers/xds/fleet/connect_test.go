package fleet_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gwctl/gwctl/providers/xds/fleet"
	"github.com/gwctl/gwctl/providers/xds/translate"
)

// eventually waits until something is so.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for !ok() {
		select {
		case <-ctx.Done():
			t.Fatalf("it never came to be that %s", what)
		case <-time.After(time.Millisecond):
		}
	}
}

func TestEnvoyOfAnUnknownGatewayWaits(t *testing.T) {
	protocols(t, func(t *testing.T, delta bool) {
		var mu sync.Mutex
		var first []string
		f := fleet.New(fleet.Options{OnFirstConnect: func(gateway string) {
			mu.Lock()
			defer mu.Unlock()
			first = append(first, gateway)
		}})
		ads := serve(t, f)
		c := connect(t, ads, "envoy-1", delta)
		c.ask(cds)
		eventually(t, "the Envoy is seen", func() bool { return len(f.Status()) == 1 })
		if n := f.Status()[0]; n.ID != "envoy-1" || n.Gateway != gateway || n.Known || n.Delta != delta {
			t.Errorf("status %+v", n)
		}
		f.Set(gateway, snapshot("CDS a 1"))
		took(t, c, cds, "a 1")
		connect(t, ads, "envoy-2", delta).ask(cds)
		eventually(t, "both are seen", func() bool { return f.Standing(gateway, nil).Connected == 2 })
		mu.Lock()
		defer mu.Unlock()
		if len(first) != 1 || first[0] != gateway || !f.Standing(gateway, nil).EverConnected {
			t.Errorf("first connections %q", first)
		}
	})
}

func TestEmptyGatewayIsAnswered(t *testing.T) {
	protocols(t, func(t *testing.T, delta bool) {
		f := fleet.New(fleet.Options{})
		c := connect(t, serve(t, f), "envoy-1", delta)
		c.ask(cds)
		c.ask(lds)
		f.Set(gateway, snapshot())
		took(t, c, cds)
		took(t, c, lds) // Envoy ends its start only with an answer
	})
}

func TestGatewayThatEnvoysWereConnectedToBefore(t *testing.T) {
	f := fleet.New(fleet.Options{OnFirstConnect: func(gateway string) { t.Errorf("%s is known", gateway) }})
	f.MarkKnown(gateway)
	f.Set(gateway, snapshot("CDS a 1"))
	if st := f.Standing(gateway, nil); !st.EverConnected || st.Connected != 0 {
		t.Errorf("standing %+v", st)
	}
	c := connectDelta(t, serve(t, f), "envoy-1")
	c.ask(cds)
	took(t, c, cds, "a 1")
}

func TestStandingCountsStreamsAndWhatTheyMiss(t *testing.T) {
	f := fleet.New(fleet.Options{})
	f.Set(gateway, snapshot("CDS a 1", "EDS a 1", "SDS a 1"))
	endpoints, secret := fleet.Key{Type: translate.Endpoint, Name: "a"}, fleet.Key{Type: translate.Secret, Name: "a"}
	ads := serve(t, f)
	one, two := connectDelta(t, ads, "twin"), connectState(t, ads, "twin") // two with one id
	for _, c := range []client{one, two} {
		c.ask(cds)
		took(t, c, cds, "a 1")
	}
	eventually(t, "both are up to date", func() bool { st := f.Standing(gateway, nil); return st.Current == 2 && st.Connected == 2 })
	if st := f.Standing(gateway, []fleet.Key{endpoints}); st.Current != 0 || len(st.Behind) != 2 || st.Behind[0] != (fleet.Behind{Node: "twin", Type: translate.Endpoint}) {
		t.Errorf("nobody asked for the endpoints of a: %+v", st)
	}
	for _, c := range []client{one, two} {
		c.ask(eds, "a")
		took(t, c, eds, "a 1")
	}
	eventually(t, "both have the endpoints", func() bool { return f.Standing(gateway, []fleet.Key{endpoints}).Current == 2 })
	if st := f.Standing(gateway, []fleet.Key{endpoints, secret}); st.Current != 0 || len(st.Behind) != 2 || st.Behind[0].Type != translate.Secret {
		t.Errorf("nobody asked for the secret of a: %+v", st)
	}
	for _, c := range []client{one, two} {
		c.ask(sds, "a")
		took(t, c, sds, "a 1")
	}
	eventually(t, "both are warm", func() bool { return f.Standing(gateway, []fleet.Key{endpoints, secret}).Current == 2 })
	edit(f, "CDS b 1")
	took(t, one, cds, "b 1")
	stale := expect(t, two, cds, "a 1", "b 1")
	stale.nonce = "99"
	two.ack(stale) // an answer to nothing
	eventually(t, "one is up to date", func() bool { return f.Standing(gateway, nil).Current == 1 })
	if st := f.Standing(gateway, nil); len(st.Behind) != 1 || st.Behind[0].Type != translate.Cluster {
		t.Errorf("the other has not answered: %+v", st)
	}
	two.leave()
	eventually(t, "it left", func() bool { st := f.Standing(gateway, nil); return st.Connected == 1 && len(st.Behind) == 0 })
}

func TestStatusShowsVersionsAndRefusals(t *testing.T) {
	protocols(t, func(t *testing.T, delta bool) {
		f := fleet.New(fleet.Options{})
		f.Set(gateway, snapshot("RDS http 1"))
		o := f.Observe(gateway)
		defer o.Close()
		c := connect(t, serve(t, f), "envoy-1", delta)
		c.ask(rds, "http")
		took(t, c, rds, "http 1")
		at := func() fleet.TypeStatus { return f.Status()[0].Types[0] }
		eventually(t, "it is acknowledged", func() bool { return at().Acked != "" && at().Acked == at().Sent })
		old := at().Acked
		edit(f, "RDS http 2")
		m := expect(t, c, rds, "http 2")
		if at().Sent != m.version || at().Acked != old || old == m.version {
			t.Errorf("sent %s, which is not acknowledged: %+v", m.version, at())
		}
		c.nack(m, "missing ): /v(1")
		eventually(t, "the refusal is seen", func() bool { return at().Refusal != "" })
		if s := at(); s.Type != translate.Route || s.Refusal != "missing ): /v(1" || s.RefusedAt.IsZero() || s.Sent != m.version || s.Acked != old {
			t.Errorf("status %+v", s)
		}
		refusals := o.Refusals()
		if len(refusals) != 1 || refusals[0].Text != "missing ): /v(1" || len(refusals[0].Resources) != 1 || refusals[0].Resources[0] != "http" {
			t.Errorf("observed %+v", refusals)
		}
		edit(f, "RDS http 1")
		took(t, c, rds, "http 1")
		eventually(t, "the refusal is over", func() bool { s := at(); return s.Refusal == "" && s.Acked == old && s.Sent == old })
	})
}

// Envoy may quote the message that it refuses, which has keys in it.
func TestRefusalQuotesNoKey(t *testing.T) {
	protocols(t, func(t *testing.T, delta bool) {
		f := fleet.New(fleet.Options{})
		f.Set(gateway, snapshot("RDS http 1"))
		c := connect(t, serve(t, f), "envoy-1", delta)
		c.ask(rds, "http")
		m := expect(t, c, rds, "http 1")
		c.nack(m, "cannot load inline_bytes: \"-----BEGIN PRIVATE KEY-----\\nMIGH\"")
		eventually(t, "the refusal is seen", func() bool {
			return f.Status()[0].Types[0].Refusal == "cannot load inline_bytes: \"..."
		})
	})
}

// A change that was taken back before its answer leaves the Envoy with the
// version that it acknowledged as the last one it was sent.
func TestStatusTellsWhatWasTakenBackAndNotAnswered(t *testing.T) {
	protocols(t, func(t *testing.T, delta bool) {
		f := fleet.New(fleet.Options{})
		f.Set(gateway, snapshot("RDS http 1"))
		c := connect(t, serve(t, f), "envoy-1", delta)
		c.ask(rds, "http")
		took(t, c, rds, "http 1")
		at := func() fleet.TypeStatus { return f.Status()[0].Types[0] }
		eventually(t, "nothing is waited for", func() bool { return at().Acked == at().Sent && at().Waiting.IsZero() })
		edit(f, "RDS http 2")
		change := expect(t, c, rds, "http 2")
		edit(f, "RDS http 1")
		back := expect(t, c, rds, "http 1")
		if s := at(); s.Sent != s.Acked || s.Waiting.IsZero() {
			t.Errorf("two answers are missing: %+v", s)
		}
		c.ack(change)
		c.ack(back)
		eventually(t, "both are answered", func() bool { s := at(); return s.Sent == s.Acked && s.Waiting.IsZero() })
	})
}

// A listener may fail when it was acknowledged already.
func TestRefusalAfterTheAcknowledgementCounts(t *testing.T) {
	protocols(t, func(t *testing.T, delta bool) {
		f := fleet.New(fleet.Options{})
		f.MarkKnown(gateway)
		o := f.Observe(gateway)
		defer o.Close()
		c := connect(t, serve(t, f), "envoy-1", delta)
		f.Set(gateway, snapshot("LDS http 1"))
		c.ask(lds)
		m := expect(t, c, lds, "http 1")
		c.ack(m)
		c.nack(m, "cannot bind")
		eventually(t, "the refusal is seen", func() bool { return len(o.Refusals()) == 1 })
	})
}

func TestSlowReaderKeepsNobodyWaiting(t *testing.T) {
	f := fleet.New(fleet.Options{})
	large := snapshot("CDS a 1")
	large.Resources[translate.Cluster]["a"].Body = []byte(strings.Repeat("x", 16<<20)) // more than HTTP/2's windows
	f.Set(gateway, large)
	ads := serve(t, f)
	slow := connectDelta(t, ads, "slow")
	slow.ask(cds)
	eventually(t, "it was sent more than it reads", func() bool { s := f.Status(); return len(s) == 1 && s[0].Types[0].Sent != "" })
	for n := range 50 {
		edit(f, fmt.Sprintf("CDS a %d", n+2), fmt.Sprintf("EDS a %d", n))
	}
	other := connectDelta(t, serve(t, f), "other")
	other.ask(cds)
	took(t, other, cds, "a 51")
	edit(f, "EDS a 99")
	other.ask(eds, "a")
	took(t, other, eds, "a 99")
	slow.leave()
	eventually(t, "it is gone", func() bool { return len(f.Status()) == 1 })
}

func TestConnectionsAreBounded(t *testing.T) {
	f := fleet.New(fleet.Options{MaxStreams: 3, MaxNodes: 2})
	f.Set(gateway, snapshot("CDS a 1"))
	ads := serve(t, f)
	var clients []*deltaClient
	for _, id := range []string{"a", "b"} {
		c := connectDelta(t, ads, id)
		c.ask(cds)
		took(t, c, cds, "a 1")
		clients = append(clients, c)
	}
	ends := func(c *deltaClient, code codes.Code) {
		t.Helper()
		c.ask(cds)
		if _, err := c.stream.Recv(); status.Code(err) != code {
			t.Errorf("want %s: %v", code, err)
		}
	}
	ends(connectDelta(t, ads, "c"), codes.ResourceExhausted) // a third id
	again := connectDelta(t, ads, "b")
	again.ask(cds)
	took(t, again, cds, "a 1")
	ends(connectDelta(t, ads, "a"), codes.ResourceExhausted) // a fourth stream
	clients[0].leave()
	eventually(t, "one left", func() bool { return len(f.Status()) == 2 })
	c := connectDelta(t, ads, "c")
	c.ask(cds)
	took(t, c, cds, "a 1")
}

func TestEnvoyMustSayWhoItIs(t *testing.T) {
	f := fleet.New(fleet.Options{})
	ads := serve(t, f)
	for name, m := range map[string]*discovery.DeltaDiscoveryRequest{
		"no node":    {TypeUrl: cds},
		"no id":      {TypeUrl: cds, Node: &core.Node{Cluster: gateway}},
		"no gateway": {TypeUrl: cds, Node: &core.Node{Id: "envoy-1"}},
		"long id":    {TypeUrl: cds, Node: &core.Node{Id: strings.Repeat("x", 10_000), Cluster: gateway}},
		"no type":    {Node: node("envoy-1")},
		"limiters":   {TypeUrl: cds, Node: &core.Node{Id: "envoy-1", Cluster: fleet.Limiters}},
		"no limiter": {TypeUrl: rls, Node: &core.Node{}},
	} {
		c := connectDelta(t, ads, "")
		c.node = m.GetNode()
		c.send(m)
		if _, err := c.stream.Recv(); status.Code(err) != codes.InvalidArgument {
			t.Errorf("%s: %v", name, err)
		}
	}
	eventually(t, "all are gone", func() bool { return len(f.Status()) == 0 })
}

func TestLimitersAreServedLimitsAlone(t *testing.T) {
	f := fleet.New(fleet.Options{})
	f.Set(gateway, snapshot("RDS http 1", "RDS other 1", "RLS shop 1")) // that no gateway has
	f.Set(fleet.Limiters, snapshot("RLS shop 2", "RDS http 2"))
	ads := serve(t, f)
	envoy, limiter := connectState(t, ads, "envoy-1"), connectState(t, ads, "limiter-1")
	limiter.node.Cluster = "" // as theirs is
	limiter.ask(rls)
	took(t, limiter, rls, "shop 2")
	limiter.ask(rds, "http")
	f.Edit(fleet.Limiters, fleet.Edit{Put: all("RLS blog 1")})
	took(t, limiter, rls, "blog 1", "shop 2")
	envoy.ask(rds, "http")
	took(t, envoy, rds, "http 1")
	envoy.ask(rls)
	silent(t, envoy, "other")
	if st := f.Standing(fleet.Limiters, nil); st.Connected != 1 || st.Current != 1 || !st.EverConnected {
		t.Errorf("standing %+v", st)
	}
}

func TestTypesThatAreNotServedAreLeftAlone(t *testing.T) {
	protocols(t, func(t *testing.T, delta bool) {
		f := fleet.New(fleet.Options{})
		f.Set(gateway, snapshot("RDS http 1"))
		c := connect(t, serve(t, f), "envoy-1", delta)
		c.ask("type.googleapis.com/envoy.service.runtime.v3.Runtime", "x")
		silent(t, c, "http")
	})
}
