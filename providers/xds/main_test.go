package xds_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"sigs.k8s.io/yaml"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
	"github.com/gwctl/gwctl/providers"
	"github.com/gwctl/gwctl/providers/xds"
	"github.com/gwctl/gwctl/providers/xds/server"
)

// childData makes the test binary an xDS server, which a test can kill.
const childData = "GWCTL_TEST_XDS_DATA"

func TestMain(m *testing.M) {
	if data := os.Getenv(childData); data != "" {
		runChild(data, os.Getenv("GWCTL_TEST_XDS_LISTEN"), os.Getenv("GWCTL_TEST_XDS_ADMIN"))
		return
	}
	goleak.VerifyTestMain(m)
}

func runChild(data, listen, admin string) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := server.Run(ctx, server.Options{
		Listen: listen, Admin: admin, Data: data,
		Ready: func(ads, admin string) { fmt.Println(ads, admin) },
		Log:   slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// xdsServer is a server in a process of its own.
type xdsServer struct {
	data, ads, admin string
	cmd              *exec.Cmd
	log              bytes.Buffer // to be read when the server is dead
}

func startServer(t testing.TB) *xdsServer {
	t.Helper()
	s := &xdsServer{data: t.TempDir(), ads: "127.0.0.1:0", admin: "127.0.0.1:0"}
	s.start(t)
	t.Cleanup(func() { s.kill() })
	return s
}

// start runs the server at the addresses that it had before.
func (s *xdsServer) start(t testing.TB) {
	t.Helper()
	s.cmd = exec.Command(os.Args[0])
	s.cmd.Env = append(os.Environ(), childData+"="+s.data, "GWCTL_TEST_XDS_LISTEN="+s.ads, "GWCTL_TEST_XDS_ADMIN="+s.admin)
	s.cmd.Stderr = &s.log
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err == nil {
		_, err = fmt.Sscan(line, &s.ads, &s.admin)
	}
	if err != nil {
		s.kill()
		t.Fatalf("the server did not start: %v: %s", err, s.log.String())
	}
}

// kill ends the server as kill -9 does.
func (s *xdsServer) kill() {
	if s.cmd.ProcessState == nil {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
	}
}

// provider returns a client of the server.
func (s *xdsServer) provider(t testing.TB, opts ...xds.Option) *xds.Provider {
	t.Helper()
	p, err := xds.New("http://"+s.admin, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

var shop = planner.Owner{Name: "shop", Lineage: "l1"}

// object reads YAML and puts the owner's marks on it.
func object(text string, args ...any) *resource.Object {
	raw, err := yaml.YAMLToJSON(fmt.Appendf(nil, text, args...))
	o := &resource.Object{}
	if err == nil {
		err = o.UnmarshalJSON(raw)
	}
	if err != nil {
		panic(err)
	}
	o.SetAnnotations(map[string]string{resource.AnnotationOwner: shop.Name, resource.AnnotationLineage: shop.Lineage})
	return o
}

func gateway(ports ...int) *resource.Object {
	var listeners []string
	for i, port := range ports {
		listeners = append(listeners, fmt.Sprintf("{name: http-%d, port: %d, protocol: HTTP}", i, port))
	}
	return object(`
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: public, namespace: default}
spec:
  gatewayClassName: gwctl
  listeners: [%s]
`, strings.Join(listeners, ", "))
}

func backend(name, address string) *resource.Object {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		panic(err)
	}
	return object(`
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: Backend
metadata: {name: %s, namespace: default}
spec:
  endpoints:
  - ip: {address: %s, port: %s}
`, name, host, port)
}

// route sends what matches, in the order given, to one backend each.
func route(name string, rules ...string) *resource.Object {
	return object(`
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: %s, namespace: default}
spec:
  parentRefs: [{name: public}]
  rules:
%s
`, name, strings.Join(rules, "\n"))
}

// rule is one rule: a path match of a type, and backends with their weights.
func rule(typ, value string, backends ...string) string {
	var refs []string
	for _, b := range backends {
		name, weight, _ := strings.Cut(b, "=")
		if weight == "" {
			weight = "1"
		}
		refs = append(refs, fmt.Sprintf("{group: gateway.envoyproxy.io, kind: Backend, name: %s, weight: %s}", name, weight))
	}
	return fmt.Sprintf("  - matches: [{path: {type: %s, value: %q}}]\n    backendRefs: [%s]", typ, value, strings.Join(refs, ", "))
}

// changes makes the plan that writes objects over what is live.
func changes(t testing.TB, p *xds.Provider, objects ...*resource.Object) *planner.Plan {
	t.Helper()
	var ids []resource.ID
	for _, o := range objects {
		ids = append(ids, resource.IDOf(o))
	}
	read, err := p.Read(context.Background(), providers.Query{Others: ids})
	if err != nil {
		t.Fatal(err)
	}
	at := map[resource.ID]string{}
	for _, l := range read.Live {
		at[resource.IDOf(l.Object)] = l.Revision
	}
	plan := &planner.Plan{Owner: shop}
	for _, o := range objects {
		id := resource.IDOf(o)
		action := planner.Create
		if at[id] != "" {
			action = planner.Update
		}
		plan.Objects = append(plan.Objects, planner.ObjectChange{
			ID: id, Provider: "xds", Action: action, After: o, Revision: at[id],
			Addresses: []resource.Address{{Kind: strings.ToLower(id.Kind), Name: id.Name}},
		})
	}
	return plan
}

// apply writes objects, which must succeed.
func apply(t testing.TB, p *xds.Provider, objects ...*resource.Object) *providers.Result {
	t.Helper()
	result, err := p.Apply(context.Background(), changes(t, p, objects...), providers.ApplyOptions{WaitTimeout: 20 * time.Second}, nil)
	if err != nil {
		t.Fatalf("apply: %v", err)
	}
	return result
}

// freePort returns a port that nothing listens on.
func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// answering starts a backend that says its name.
func answering(t testing.TB, name string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, name) })}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Serve(l) // ends with Close
	}()
	t.Cleanup(func() {
		s.Close()
		<-done
	})
	return l.Addr().String()
}
