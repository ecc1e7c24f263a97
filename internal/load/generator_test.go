package load

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// start puts an address under load until the test ends.
func start(t *testing.T, options Options) *Generator {
	t.Helper()
	if options.Rate == 0 {
		options.Rate = 2000
	}
	if options.Connections == 0 {
		options.Connections = 4
	}
	g, err := Start(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Stop() })
	return g
}

// until waits for what the count will be at last.
func until(t *testing.T, g *Generator, what string, is func(Snapshot) bool) Snapshot {
	t.Helper()
	for {
		s := g.Snapshot()
		if is(s) {
			return s
		}
		select {
		case <-t.Context().Done():
			t.Fatalf("never: %s; at last %+v", what, s)
		case <-time.After(time.Millisecond):
		}
	}
}

func requests(n uint64) func(Snapshot) bool {
	return func(s Snapshot) bool { return s.Requests >= n }
}

func TestEveryRequestIsAnsweredOnceOnKeptConnections(t *testing.T) {
	b := backend(t, "orders")
	g := start(t, Options{Address: b.Address(), Connections: 8})
	until(t, g, "500 requests", requests(500))
	s := g.Stop()
	if s.Requests != b.Requests() {
		t.Errorf("%d requests were counted and %d arrived", s.Requests, b.Requests())
	}
	if s.Failed != 0 || s.Aborted != 0 || len(s.Failures) != 0 || len(s.Examples) != 0 {
		t.Errorf("failures: %d, %d aborted, %v", s.Failed, s.Aborted, s.Failures)
	}
	if s.Connects > 8 || s.Announced != 0 || s.IdleClosed != 0 {
		t.Errorf("%d connects, %d announced and %d idle closes on 8 kept connections", s.Connects, s.Announced, s.IdleClosed)
	}
	want := map[AnswerKey]uint64{{Request: b.Address() + "/", Status: 200, Backend: "orders"}: s.Requests}
	if !maps.Equal(s.Answers, want) {
		t.Errorf("answers %v, want %v", s.Answers, want)
	}
	if again := g.Stop(); again.Requests != s.Requests {
		t.Errorf("after the end the count went on, from %d to %d", s.Requests, again.Requests)
	}
}

func TestRequestsAreSentInTurnAndCanBeChanged(t *testing.T) {
	b := backend(t, "orders")
	g := start(t, Options{Address: b.Address(), Requests: []Request{
		{Name: "a", Path: "/a"},
		{Name: "b", Path: "/b", Method: "HEAD", Host: "b.example.com", Header: http.Header{"X-Env": {"prod"}}},
	}})
	until(t, g, "100 requests", requests(100))
	if err := g.Send(Request{Name: "c"}); err != nil {
		t.Fatal(err)
	}
	until(t, g, "an answer to c", func(s Snapshot) bool { return len(s.Backends("c")) > 0 })
	s := g.Stop()
	a, second := s.Backends("a")["orders"], s.Backends("b")["orders"]
	if a < 40 || second < 40 {
		t.Errorf("a was sent %d times and b %d times", a, second)
	}
	if s.Failed != 0 || s.Statuses()[200] != s.Requests {
		t.Errorf("failures: %v, statuses %v", s.Failures, s.Statuses())
	}
}

func TestAnswersByABackendThatIsNotAllowedFail(t *testing.T) {
	b := backend(t, "v2")
	g := start(t, Options{Address: b.Address(), Rule: From("v1"), Requests: []Request{{Name: "checkout"}}})
	until(t, g, "20 requests", requests(20))
	s := g.Stop()
	if s.Failed != s.Requests || s.Failures["checkout: answered by v2, allowed: v1"] != s.Failed {
		t.Errorf("%d of %d failed: %v", s.Failed, s.Requests, s.Failures)
	}
	if s.Backends("checkout")["v2"] != s.Requests {
		t.Errorf("the answers are not counted: %v", s.Answers)
	}
	if len(s.Examples) == 0 || s.Examples[0].Request != "checkout" || s.Examples[0].Err == nil {
		t.Errorf("examples %+v", s.Examples)
	}
}

func TestTheRuleCanChangeUnderLoad(t *testing.T) {
	b := backend(t, "v1")
	g := start(t, Options{Address: b.Address(), Connections: 4, Rule: From("v1")})
	until(t, g, "20 requests", requests(20))
	g.Allow(From("v2"))
	failing := until(t, g, "a failure", func(s Snapshot) bool { return s.Failed > 0 })
	g.Allow(Either(From("v2"), From("v1")))
	// Each connection may have judged one answer and not counted it yet.
	changed := until(t, g, "the last answers under the rule before", requests(failing.Requests+10))
	after := until(t, g, "20 more requests", requests(changed.Requests+20)).Since(changed)
	if after.Failed != 0 {
		t.Errorf("under a rule that allows both, %v", after.Failures)
	}
}

func TestAnAnswerMayFitTheRuleOfEitherEnd(t *testing.T) {
	b := backend(t, "v1")
	b.SetDelay(50 * time.Millisecond)
	// One request is on its way when the rule changes, and comes under the new
	// one: right before, or right after, is right.
	for name, rules := range map[string][2]Rule{
		"right when sent":     {From("v1"), From("v2")},
		"right when answered": {From("v2"), From("v1")},
	} {
		before := b.Requests()
		g := start(t, Options{Address: b.Address(), Rate: 1, Connections: 1, Rule: rules[0]})
		for b.Requests() == before {
			time.Sleep(time.Millisecond)
		}
		g.Allow(rules[1])
		if s := g.Stop(); s.Requests != 1 || s.Failed != 0 {
			t.Errorf("%s: %d requests, %v", name, s.Requests, s.Failures)
		}
	}
}

func TestStatusesOtherThanOKFail(t *testing.T) {
	b := backend(t, "orders")
	b.SetStatus(http.StatusServiceUnavailable)
	g := start(t, Options{Address: b.Address(), Requests: []Request{{Name: "r"}}})
	until(t, g, "20 requests", requests(20))
	if s := g.Stop(); s.Failed != s.Requests || s.Failures["r: status 503 from orders"] != s.Failed {
		t.Errorf("%d of %d failed: %v", s.Failed, s.Requests, s.Failures)
	}
}

func TestWhatIsDueWhileAllConnectionsAreBusyIsCounted(t *testing.T) {
	b := backend(t, "slow")
	b.SetDelay(maxBehind + 100*time.Millisecond)
	g := start(t, Options{Address: b.Address(), Rate: 100, Connections: 1})
	until(t, g, "missed requests", func(s Snapshot) bool { return s.Missed > 0 })
	b.SetDelay(0)
	if s := g.Stop(); s.Failed != 0 {
		t.Errorf("late is not failed: %v", s.Failures)
	}
}

func TestCancellingAbortsWithoutAFailure(t *testing.T) {
	b := backend(t, "slow")
	b.SetDelay(time.Hour)
	ctx, cancel := context.WithCancel(t.Context())
	g, err := Start(ctx, Options{Address: b.Address(), Rate: 1000, Connections: 3})
	if err != nil {
		t.Fatal(err)
	}
	for b.Requests() < 3 {
		time.Sleep(time.Millisecond)
	}
	cancel()
	if s := g.Stop(); s.Aborted != 3 || s.Requests != 0 || s.Failed != 0 {
		t.Errorf("%d aborted, %d requests, %d failed; want 3 aborted alone", s.Aborted, s.Requests, s.Failed)
	}
}

func TestImpossibleLoadIsRefused(t *testing.T) {
	for want, options := range map[string]Options{
		"address":             {Address: "nowhere", Rate: 1},
		"0 requests a second": {Address: "127.0.0.1:1"},
		"negative":            {Address: "127.0.0.1:1", Rate: 1, Connections: -1},
		"invalid method":      {Address: "127.0.0.1:1", Rate: 1, Requests: []Request{{Method: "G T"}}},
		"invalid URL escape":  {Address: "127.0.0.1:1", Rate: 1, Requests: []Request{{Path: "/%zz"}}},
	} {
		g, err := Start(t.Context(), options)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
		if g != nil {
			g.Stop()
		}
	}
}

func TestCountsStayBounded(t *testing.T) {
	counts := map[string]uint64{}
	for i := range 3 * maxKeys {
		addBounded(counts, fmt.Sprint(i), "other")
	}
	if len(counts) > maxKeys+1 || counts["other"] == 0 {
		t.Errorf("%d keys, %d under other", len(counts), counts["other"])
	}
}

func TestSinceCountsWhatCameAfter(t *testing.T) {
	earlier := Snapshot{Requests: 3, Failed: 1, Answers: map[AnswerKey]uint64{{Backend: "a"}: 2}, Failures: map[string]uint64{"x": 1}, Examples: []Failure{{Reason: "x"}}}
	now := Snapshot{Requests: 7, Failed: 2, Answers: map[AnswerKey]uint64{{Backend: "a"}: 2, {Backend: "b"}: 3}, Failures: map[string]uint64{"x": 1, "y": 1}, Examples: []Failure{{Reason: "x"}, {Reason: "y"}}}
	now.Latency.add(time.Second)
	d := now.Since(earlier)
	if d.Requests != 4 || d.Failed != 1 || !maps.Equal(d.Backends(""), map[string]uint64{"b": 3}) || !maps.Equal(d.Failures, map[string]uint64{"y": 1}) {
		t.Errorf("difference %+v", d)
	}
	if !slices.EqualFunc(d.Examples, []string{"y"}, func(f Failure, reason string) bool { return f.Reason == reason }) {
		t.Errorf("examples %+v", d.Examples)
	}
}

func TestByRequestHasARuleForEach(t *testing.T) {
	rule := ByRequest(map[string]Rule{"a": From("x"), "b": func(Answer) error { return errors.New("never") }})
	for _, tt := range []struct {
		answer Answer
		want   string
	}{
		{Answer{Request: "a", Status: 200, Backend: "x"}, ""},
		{Answer{Request: "a", Status: 200, Backend: "y"}, "answered by y"},
		{Answer{Request: "a", Status: 503, Body: []byte("no healthy upstream\n")}, "a: status 503 from the gateway: no healthy upstream"},
		{Answer{Request: "b", Status: 200, Backend: "x"}, "never"},
		{Answer{Request: "c", Status: 200, Backend: "x"}, "no rule"},
	} {
		err := rule(tt.answer)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: %v, want %q", tt.answer, err, tt.want)
		}
	}
}

func TestNobodyListening(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	g := start(t, Options{Address: l.Addr().String()})
	until(t, g, "20 requests", requests(20))
	if s := g.Stop(); s.Failed != s.Requests || s.Failures["no connection: connection refused"] != s.Failed {
		t.Errorf("%d of %d failed: %v", s.Failed, s.Requests, s.Failures)
	}
}
