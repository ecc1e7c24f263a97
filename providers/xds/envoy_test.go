package xds_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gwctl/gwctl/internal/envoy"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
	"github.com/gwctl/gwctl/providers"
	"github.com/gwctl/gwctl/providers/xds"
	"github.com/gwctl/gwctl/providers/xds/bootstrap"
	"github.com/gwctl/gwctl/providers/xds/server"
)

// startEnvoy runs a real Envoy of the gateway; it is connected, and need not
// have anything to serve yet.
func startEnvoy(t testing.TB, s *xdsServer, p *xds.Provider, node string) *envoy.Process {
	t.Helper()
	config, err := bootstrap.Bootstrap(bootstrap.Options{Gateway: "default/public", NodeID: node, Server: s.ads, Admin: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	proc, err := envoy.Start(context.Background(), envoy.Options{Bootstrap: config, Dir: t.TempDir(), DrainTime: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proc.Kill)
	eventually(t, "Envoy "+node+" is connected", func() bool { return connected(t, p, node) })
	return proc
}

func connected(t testing.TB, p *xds.Provider, node string) bool {
	t.Helper()
	status, err := p.Status(t.Context())
	if err != nil {
		return false
	}
	for _, g := range status.Gateways {
		for _, e := range g.Envoys {
			if e.Node == node {
				return true
			}
		}
	}
	return false
}

// eventually waits until something is so.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("in vain waited that %s", what)
		}
	}
}

// client keeps no connection: each request is a new one's.
var client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 5 * time.Second}

// ask returns who answered, or the status.
func ask(t testing.TB, port int, path string) string {
	t.Helper()
	response, err := client.Get(fmt.Sprintf("http://127.0.0.1:%d%s", port, path))
	if err != nil {
		return err.Error()
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err.Error()
	}
	if response.StatusCode != http.StatusOK {
		return response.Status
	}
	return string(body)
}

// world is a server with an Envoy, and a gateway with one route.
type world struct {
	server   *xdsServer
	provider *xds.Provider
	envoy    *envoy.Process
	port     int
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{server: startServer(t), port: freePort(t)}
	w.provider = w.server.provider(t)
	w.envoy = startEnvoy(t, w.server, w.provider, "envoy-1")
	result := apply(t, w.provider,
		gateway(w.port), backend("blue", answering(t, "blue")), backend("green", answering(t, "green")),
		route("orders", rule("PathPrefix", "/api", "blue"), rule("PathPrefix", "/green", "green")))
	if len(result.Summary) != 1 || !strings.HasPrefix(result.Summary[0], "public: revision 1: 1 of 1 Envoy acknowledged in ") {
		t.Fatalf("summary: %q", result.Summary)
	}
	// A listener answers when its workers have it, just after its ACK.
	eventually(t, "blue answers", func() bool { return ask(t, w.port, "/api") == "blue" })
	return w
}

func TestApplyReachesTraffic(t *testing.T) {
	w := newWorld(t)
	var events []string
	plan := changes(t, w.provider, route("orders", rule("PathPrefix", "/api", "green")))
	result, err := w.provider.Apply(t.Context(), plan, providers.ApplyOptions{}, func(e providers.Event) {
		events = append(events, fmt.Sprintf("%s %s %v", e.Address, e.Message, e.Done))
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := ask(t, w.port, "/api"); got != "green" {
		t.Errorf("after the apply, %s answers", got)
	}
	if result.Revision != "2" || len(result.Live) != 1 || result.Live[0].Revision != "2" || len(result.Done) != 1 {
		t.Errorf("result: %+v", result)
	}
	for _, want := range []string{". public: routes: 0 of 1 Envoy acknowledged false", ". public: routes: 1 of 1 Envoy acknowledged true", "httproute.orders Update complete true"} {
		if !slices.Contains(events, want) {
			t.Errorf("no event %q in %q", want, events)
		}
	}
	if !slices.ContainsFunc(events, func(e string) bool { return strings.Contains(e, "public: routes: 1 of 1 Envoy acknowledged") }) {
		t.Errorf("no progress in %q", events)
	}
}

func TestRefusalLeadsToTheField(t *testing.T) {
	taken, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	takenPort := taken.Addr().(*net.TCPAddr).Port
	w := newWorld(t)
	orders := resource.IDOf(route("orders"))
	tests := []struct {
		name  string
		write *resource.Object
		field providers.Field
		text  string
		by    string
	}{
		{
			"a regular expression that is none",
			route("orders", rule("PathPrefix", "/api", "blue"), rule("PathPrefix", "/b", "green"), rule("RegularExpression", "/v(1", "green")),
			providers.Field{ID: orders, Path: "spec.rules[2].matches[0].path.value"},
			"missing )", "",
		},
		{
			// Go's regular expressions have it, Envoy's have not.
			"a regular expression that Envoy finds too large",
			route("orders", rule("PathPrefix", "/api", "blue"), rule("RegularExpression", "/"+strings.Repeat("(?:[a-z]{0,60}x){1,16}", 40), "green")),
			providers.Field{ID: orders, Path: "spec.rules[1].matches[0].path.value"},
			"", "",
		},
		{
			"a port that is taken",
			gateway(w.port, takenPort),
			providers.Field{ID: resource.IDOf(gateway()), Path: "spec.listeners[1].port"},
			"Address already in use", "envoy-1 of gateway public",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := w.provider.Apply(t.Context(), changes(t, w.provider, tt.write), providers.ApplyOptions{}, nil)
			refused, ok := errors.AsType[*providers.RefusedError](err)
			if !ok {
				t.Fatalf("got %v, want a *RefusedError", err)
			}
			if !refused.Restored || len(refused.Refusals) == 0 {
				t.Fatalf("got %+v", refused)
			}
			r := refused.Refusals[0]
			if diff := cmp.Diff([]providers.Field{tt.field}, r.Fields); diff != "" {
				t.Errorf("%s\nthe text was: %s", diff, r.Text)
			}
			t.Logf("%s refused %s: %s", r.By, r.What, r.Text)
			if !strings.Contains(r.Text, tt.text) || tt.by != "" && r.By != tt.by {
				t.Errorf("%s refused %s: %s", r.By, r.What, r.Text)
			}
			if tt.by != "" && refused.Detail != "The Envoy serves revision 1, as before." {
				t.Errorf("detail: %s", refused.Detail)
			}
			if got := ask(t, w.port, "/api"); got != "blue" {
				t.Errorf("traffic is not as before: %s", got)
			}
		})
	}
	// The refused change left nothing behind that hinders the next one.
	apply(t, w.provider, route("orders", rule("PathPrefix", "/api", "green")))
	if got := ask(t, w.port, "/api"); got != "green" {
		t.Errorf("after the next apply, %s answers", got)
	}
}

func TestKilledServerIsNotNoticed(t *testing.T) {
	w := newWorld(t)
	apply(t, w.provider, route("orders", rule("PathPrefix", "/api", "green")))
	before := versions(t, w.envoy)

	w.server.kill()
	if got := ask(t, w.port, "/api"); got != "green" {
		t.Errorf("without the server, %s answers", got)
	}
	w.server.start(t)
	eventually(t, "the Envoy is back", func() bool { return connected(t, w.provider, "envoy-1") })
	updates := updatesOf(t, w.envoy)
	if got := ask(t, w.port, "/api"); got != "green" {
		t.Errorf("after the restart, %s answers", got)
	}
	if diff := cmp.Diff(before, versions(t, w.envoy)); diff != "" {
		t.Errorf("the Envoy was sent something else: %s", diff)
	}
	apply(t, w.provider, route("orders", rule("PathPrefix", "/api", "blue")))
	if got := ask(t, w.port, "/api"); got != "blue" {
		t.Errorf("after the next apply, %s answers", got)
	}
	if after := updatesOf(t, w.envoy); after["cluster_manager.cluster_modified"] != updates["cluster_manager.cluster_modified"] {
		t.Errorf("clusters were modified: %v, then %v", updates, after)
	}
}

// versions returns the version of each resource that an Envoy has.
func versions(t testing.TB, e *envoy.Process) map[string]string {
	t.Helper()
	raw, err := e.ConfigDump(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var dump any
	if err := json.Unmarshal(raw, &dump); err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			if version, ok := v["version_info"].(string); ok && v["name"] == nil && path != "" {
				raw, _ := json.Marshal(v["cluster"])
				if v["cluster"] == nil {
					raw, _ = json.Marshal(v["listener"])
				}
				if v["route_config"] != nil {
					raw, _ = json.Marshal(v["route_config"])
				}
				found[path] = version + " " + string(raw)
			}
			for key, value := range v {
				if key != "last_updated" {
					walk(path+"."+key, value)
				}
			}
		case []any:
			for i, value := range v {
				walk(fmt.Sprintf("%s[%d]", path, i), value)
			}
		}
	}
	walk("", dump)
	if len(found) < 3 {
		t.Fatalf("no versions in the dump: %s", raw)
	}
	return found
}

func updatesOf(t testing.TB, e *envoy.Process) map[string]uint64 {
	t.Helper()
	stats, err := e.Stats(t.Context(), "cluster_manager.cluster_modified|listener_manager.listener_modified")
	if err != nil {
		t.Fatal(err)
	}
	return stats
}

func TestEnvoyThatLeftIsMissed(t *testing.T) {
	w := newWorld(t)
	w.envoy.Kill()
	eventually(t, "the Envoy is gone", func() bool { return !connected(t, w.provider, "envoy-1") })
	green := route("orders", rule("PathPrefix", "/api", "green"))
	_, err := w.provider.Apply(t.Context(), changes(t, w.provider, green), providers.ApplyOptions{}, nil)
	refused, ok := errors.AsType[*providers.RefusedError](err)
	if !ok || !strings.Contains(refused.Detail, "-wait-for none") {
		t.Fatalf("got %v", err)
	}
	result, err := w.provider.Apply(t.Context(), changes(t, w.provider, green), providers.ApplyOptions{WaitFor: "none"}, nil)
	if err != nil || result.Revision != "2" {
		t.Fatalf("got %+v, %v", result, err)
	}
	// That the gateway had an Envoy outlives the server.
	w.server.kill()
	w.server.start(t)
	_, err = w.provider.Apply(t.Context(), changes(t, w.provider, route("orders", rule("PathPrefix", "/", "green"))), providers.ApplyOptions{}, nil)
	if _, ok := errors.AsType[*providers.RefusedError](err); !ok {
		t.Fatalf("got %v", err)
	}
	w.envoy = startEnvoy(t, w.server, w.provider, "envoy-2")
	eventually(t, "green answers", func() bool { return ask(t, w.port, "/api") == "green" })
}

func TestServerLeavesNothingRunning(t *testing.T) {
	s := &xdsServer{}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done, ready := make(chan error, 1), make(chan struct{})
	go func() {
		done <- server.Run(ctx, server.Options{
			Listen: "127.0.0.1:0", Admin: "127.0.0.1:0", Data: t.TempDir(),
			Ready: func(ads, admin string) {
				s.ads, s.admin = ads, admin
				close(ready)
			},
		})
	}()
	select {
	case <-ready:
	case err := <-done:
		t.Fatal(err)
	}
	p := s.provider(t)
	startEnvoy(t, s, p, "envoy-1")
	apply(t, p, gateway(freePort(t)), backend("blue", "127.0.0.1:9001"), route("orders", rule("PathPrefix", "/", "blue")))
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	p.Close()
}

func TestDestroyAndStartAgain(t *testing.T) {
	w := newWorld(t)
	read, err := w.provider.Read(t.Context(), providers.Query{Owner: "shop"})
	if err != nil || len(read.Live) != 4 {
		t.Fatalf("live: %v, %v", read, err)
	}
	plan := &planner.Plan{Owner: shop}
	for _, l := range read.Live {
		plan.Objects = append(plan.Objects, planner.ObjectChange{
			ID: resource.IDOf(l.Object), Provider: "xds", Action: planner.Delete, Before: l.Object, Revision: l.Revision,
		})
	}
	if _, err := w.provider.Apply(t.Context(), plan, providers.ApplyOptions{}, nil); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the port is closed", func() bool { return strings.Contains(ask(t, w.port, "/api"), "refused") })
	before, name, err := w.provider.Revision(t.Context(), "shop", "")
	if err != nil || name != "1" || len(before) != 4 {
		t.Fatalf("before the last change: %v, revision %s, %v", before, name, err)
	}
	var objects []*resource.Object
	for _, l := range before {
		objects = append(objects, l.Object)
	}
	apply(t, w.provider, objects...)
	eventually(t, "blue answers again", func() bool { return ask(t, w.port, "/api") == "blue" })
}
