package xds_test

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
	"github.com/gwctl/gwctl/providers"
	"github.com/gwctl/gwctl/providers/xds"
)

func TestAddressOfTheServer(t *testing.T) {
	for _, good := range []string{"http://127.0.0.1:18001", "https://gwctl.internal", "http://[::1]:18001/", "http://proxy/gwctl/xds/"} {
		if _, err := xds.New(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{
		"", "127.0.0.1:18001", "localhost:18001", "ftp://host", "http://", "http://user:secret@host", "http://host?x=y", "http://host#x", "http://ho st", "://",
	} {
		_, err := xds.New(bad)
		if err == nil {
			t.Errorf("%q was taken", bad)
		} else if !strings.Contains(err.Error(), "http://127.0.0.1:18001") {
			t.Errorf("%q: the error does not say what is right: %v", bad, err)
		}
		if err != nil && bad == "http://user:secret@host" && strings.Contains(err.Error(), "secret") {
			t.Errorf("the error shows the password: %v", err)
		}
	}
}

func TestServerThatIsDown(t *testing.T) {
	p, err := xds.New(fmt.Sprintf("http://127.0.0.1:%d", freePort(t)))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	plan := &planner.Plan{Owner: shop, Objects: []planner.ObjectChange{{ID: resource.IDOf(gateway(8080)), Provider: "xds", Action: planner.Create, After: gateway(8080)}}}
	for name, call := range map[string]func() error{
		"identity": func() error { _, err := p.Identity(t.Context()); return err },
		"read":     func() error { _, err := p.Read(t.Context(), providers.Query{Owner: "shop"}); return err },
		"revision": func() error { _, _, err := p.Revision(t.Context(), "shop", ""); return err },
		"status":   func() error { _, err := p.Status(t.Context()); return err },
		"apply":    func() error { _, err := p.Apply(t.Context(), plan, providers.ApplyOptions{}, nil); return err },
	} {
		err := call()
		if _, ok := errors.AsType[*providers.UnreachableError](err); !ok || !strings.Contains(err.Error(), "gwctl xds serve") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestServerThatIsSomebodyElses(t *testing.T) {
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>hello") }))
	defer web.Close()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	for address, says := range map[string]string{
		web.URL:                            "no admin API of gwctl",
		"http://" + silent.Addr().String(): "no answer within 100ms",
	} {
		p, err := xds.New(address, xds.WithTimeout(100*time.Millisecond))
		if err != nil {
			t.Fatal(err)
		}
		_, err = p.Identity(t.Context())
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", address, err)
		}
		p.Close()
	}
}

func TestPlanThatWasOutrun(t *testing.T) {
	p := startServer(t).provider(t)
	apply(t, p, gateway(freePort(t)), backend("blue", "127.0.0.1:9001"), route("orders", rule("PathPrefix", "/api", "blue")))
	plan := changes(t, p, route("orders", rule("PathPrefix", "/v2", "blue")))
	plan.Objects = append(plan.Objects, planner.ObjectChange{ID: resource.IDOf(gateway()), Provider: "xds", Action: planner.NoOp, Revision: "1"})
	apply(t, p, route("orders", rule("PathPrefix", "/v3", "blue")))
	_, err := p.Apply(t.Context(), plan, providers.ApplyOptions{}, nil)
	stale, ok := errors.AsType[*providers.StaleError](err)
	if !ok {
		t.Fatalf("got %v", err)
	}
	want := []providers.Moved{{ID: resource.IDOf(route("orders")), Planned: "1", Live: "2", Fields: []string{"spec.rules"}, By: "shop"}}
	if diff := cmp.Diff(want, stale.Moved); diff != "" {
		t.Error(diff)
	}
}

func TestPlanThatTheServerRefuses(t *testing.T) {
	p := startServer(t).provider(t)
	bad := gateway(8080)
	bad.Object["spec"].(map[string]any)["listeners"].([]any)[0].(map[string]any)["port"] = int64(0)
	_, err := p.Apply(t.Context(), changes(t, p, bad), providers.ApplyOptions{}, nil)
	refused, ok := errors.AsType[*providers.RefusedError](err)
	if !ok || !refused.Restored || len(refused.Refusals) == 0 {
		t.Fatalf("got %v", err)
	}
	want := []providers.Field{{ID: resource.IDOf(bad), Path: "spec.listeners[0].port"}}
	if diff := cmp.Diff(want, refused.Refusals[0].Fields); diff != "" {
		t.Error(diff)
	}
}

func TestPlanOfAnotherProvider(t *testing.T) {
	s := startServer(t)
	eu := s.provider(t, xds.WithKey("xds.eu"))
	plan := changes(t, eu, gateway(8080), backend("blue", "127.0.0.1:9001"))
	if _, err := eu.Apply(t.Context(), plan, providers.ApplyOptions{}, nil); err == nil {
		t.Error("applied what is another provider's")
	}
	plan.Objects[1].Provider = "xds.eu"
	result, err := eu.Apply(t.Context(), plan, providers.ApplyOptions{}, nil)
	if err != nil || len(result.Done) != 1 || result.Done[0].Kind != "Backend" {
		t.Errorf("got %+v, %v", result, err)
	}
}

func TestPlanThatMakesNoSense(t *testing.T) {
	p := startServer(t).provider(t)
	id := resource.IDOf(gateway())
	for name, ch := range map[string]planner.ObjectChange{
		"another target's revision": {ID: id, Provider: "xds", Action: planner.Update, After: gateway(8080), Revision: "rv-12ab"},
		"a write of nothing":        {ID: id, Provider: "xds", Action: planner.Create},
		"a move":                    {ID: id, Provider: "xds", Action: planner.Move, After: gateway(8080)},
	} {
		_, err := p.Apply(t.Context(), &planner.Plan{Owner: shop, Objects: []planner.ObjectChange{ch}}, providers.ApplyOptions{}, nil)
		if err == nil || !strings.Contains(err.Error(), "make a new plan") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestManyObjectsAreRead(t *testing.T) {
	p := startServer(t).provider(t)
	const many = 3000
	var objects []*resource.Object
	var ids []resource.ID
	for i := range many {
		o := backend(fmt.Sprintf("backend-%s-%d", strings.Repeat("x", 60), i), "127.0.0.1:9001")
		objects = append(objects, o)
		ids = append(ids, resource.IDOf(o), resource.ID{Kind: "Service", Namespace: "default", Name: fmt.Sprintf("none-%d", i)})
	}
	result := apply(t, p, objects...)
	if len(result.Live) != many {
		t.Fatalf("wrote %d", len(result.Live))
	}
	for name, query := range map[string]providers.Query{
		"by owner": {Owner: "shop", Others: ids},
		"by id":    {Others: ids},
	} {
		read, err := p.Read(t.Context(), query)
		if err != nil || len(read.Live) != many {
			t.Errorf("%s: %+v, %v", name, read, err)
		}
	}
}

func TestRevisions(t *testing.T) {
	p := startServer(t).provider(t)
	if _, _, err := p.Revision(t.Context(), "shop", ""); err == nil || !strings.Contains(err.Error(), "nothing to go back to") {
		t.Errorf("without a history: %v", err)
	}
	for i, port := range []string{"9001", "9002", "9003"} {
		apply(t, p, backend("blue", "127.0.0.1:"+port))
		if _, _, err := p.Revision(t.Context(), "shop", ""); i == 0 && (err == nil || !strings.Contains(err.Error(), "gwctl rollback 0")) {
			t.Errorf("before the first one there was nothing: %v", err)
		}
	}
	for revision, want := range map[string]struct{ name, port string }{
		"": {"2", "9002"}, "1": {"1", "9001"}, "3": {"3", "9003"}, "0": {"0", ""},
	} {
		live, name, err := p.Revision(t.Context(), "shop", revision)
		if err != nil || name != want.name {
			t.Errorf("revision %q: %s, %v", revision, name, err)
			continue
		}
		text := fmt.Sprint(live)
		if len(live) == 1 {
			text = fmt.Sprint(live[0].Object.Object)
		}
		if want.port != "" && !strings.Contains(text, want.port) || want.port == "" && len(live) != 0 {
			t.Errorf("revision %q: %s", revision, text)
		}
	}
	for _, bad := range []string{"latest", "-1", "4"} {
		if _, _, err := p.Revision(t.Context(), "shop", bad); err == nil {
			t.Errorf("revision %q is there", bad)
		}
	}
}
