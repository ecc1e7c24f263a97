package server

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"
	"sigs.k8s.io/yaml"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers/xds/api"
)

func TestMain(m *testing.M) {
	if data := os.Getenv(childData); data != "" {
		runChild(data)
		return
	}
	goleak.VerifyTestMain(m)
}

// instance is a running server.
type instance struct {
	ads, admin string
	stop       context.CancelFunc
	done       chan error
}

// start runs a server until the test ends or close.
func start(t testing.TB, data string) *instance {
	t.Helper()
	return startWith(t, Options{Data: data})
}

// startWith is start with options; unless they say otherwise, on free ports.
func startWith(t testing.TB, opts Options) *instance {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	i := &instance{stop: cancel, done: make(chan error, 1)}
	ready := make(chan struct{})
	go func() {
		opts.Listen, opts.Admin = cmp.Or(opts.Listen, "127.0.0.1:0"), "127.0.0.1:0"
		opts.Ready = func(ads, admin string) {
			i.ads, i.admin = ads, "http://"+admin
			close(ready)
		}
		i.done <- Run(ctx, opts)
	}()
	select {
	case <-ready:
	case err := <-i.done:
		cancel()
		t.Fatalf("the server did not start: %v", err)
	}
	t.Cleanup(func() { i.close(t) })
	return i
}

// close stops the server, once.
func (i *instance) close(t testing.TB) {
	t.Helper()
	if i.done == nil {
		return
	}
	i.stop()
	if err := <-i.done; err != nil {
		t.Errorf("the server stopped with: %v", err)
	}
	i.done = nil
	http.DefaultClient.CloseIdleConnections()
}

// get reads an answer, whose status must be the wanted one.
func (i *instance) get(t testing.TB, path string, status int, into any) {
	t.Helper()
	response, err := http.Get(i.admin + path)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != status {
		t.Fatalf("GET %s: %s, want %d: %s", path, response.Status, status, raw)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		t.Fatalf("GET %s: %v: %s", path, err, raw)
	}
}

// answer is how a transaction ended.
type answer struct {
	status   int
	progress []api.Progress
	verdict  *api.Verdict
	problem  *api.Problem
}

func (a answer) String() string {
	raw, _ := json.Marshal(map[string]any{"status": a.status, "verdict": a.verdict, "problem": a.problem})
	return string(raw)
}

func (i *instance) post(t testing.TB, tx api.Transaction) answer {
	t.Helper()
	body, err := json.Marshal(tx)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.Post(i.admin+api.PathTransactions, api.TypeJSON, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	a := answer{status: response.StatusCode}
	if a.status != http.StatusOK {
		a.problem = &api.Problem{}
		if err := json.NewDecoder(response.Body).Decode(a.problem); err != nil {
			t.Fatal(err)
		}
		if a.problem.Status != a.status {
			t.Errorf("the problem says status %d, HTTP says %d", a.problem.Status, a.status)
		}
		return a
	}
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e api.Event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatalf("%v: %s", err, lines.Text())
		}
		if e.Progress != nil {
			a.progress = append(a.progress, *e.Progress)
			continue
		}
		if a.verdict != nil || a.problem != nil {
			t.Errorf("something follows the end: %s", lines.Text())
		}
		a.verdict, a.problem = e.Verdict, e.Problem
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return a
}

// commit posts a transaction that must succeed.
func (i *instance) commit(t testing.TB, tx api.Transaction) *api.Verdict {
	t.Helper()
	a := i.post(t, tx)
	if a.verdict == nil || !a.verdict.Committed {
		t.Fatalf("not committed: %s", a)
	}
	return a.verdict
}

var (
	shop = api.Owner{Name: "shop", Lineage: "l1"}
	blog = api.Owner{Name: "blog", Lineage: "l2"}
)

var transactions int

// transaction gives each its own id.
func transaction(owner api.Owner, writes ...api.Write) api.Transaction {
	transactions++
	return api.Transaction{ID: fmt.Sprintf("tx-%d", transactions), Owner: owner, Writes: writes}
}

// object reads YAML and puts the owner's marks on it.
func object(owner api.Owner, text string) *resource.Object {
	var o map[string]any
	raw, err := yaml.YAMLToJSON([]byte(text))
	if err == nil {
		u := &resource.Object{}
		err = u.UnmarshalJSON(raw)
		o = u.Object
	}
	if err != nil {
		panic(err)
	}
	u := &resource.Object{Object: o}
	if owner != (api.Owner{}) {
		annotations := map[string]string{resource.AnnotationOwner: owner.Name, resource.AnnotationLineage: owner.Lineage}
		maps.Copy(annotations, u.GetAnnotations())
		u.SetAnnotations(annotations)
	}
	return u
}

func gateway(owner api.Owner, name string, port int) *resource.Object {
	return object(owner, fmt.Sprintf(`
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: %s, namespace: default}
spec:
  gatewayClassName: gwctl
  listeners:
  - {name: http, port: %d, protocol: HTTP, allowedRoutes: {namespaces: {from: Same}}}
`, name, port))
}

func backend(owner api.Owner, name, address string, port int) *resource.Object {
	return object(owner, fmt.Sprintf(`
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: Backend
metadata: {name: %s, namespace: default}
spec:
  endpoints:
  - ip: {address: %s, port: %d}
`, name, address, port))
}

// route sends requests to a prefix to one backend.
func route(owner api.Owner, name, gateway, prefix, backend string) *resource.Object {
	return object(owner, fmt.Sprintf(`
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: %s, namespace: default}
spec:
  parentRefs: [{name: %s}]
  rules:
  - matches:
    - path: {type: PathPrefix, value: %s}
    backendRefs:
    - {group: gateway.envoyproxy.io, kind: Backend, name: %s}
`, name, gateway, prefix, backend))
}

func create(o *resource.Object) api.Write { return api.Write{Object: o} }

func replace(o *resource.Object, at uint64) api.Write { return api.Write{Object: o, IfMatch: at} }

func expect(o *resource.Object, at uint64) api.Expect {
	return api.Expect{ID: resource.IDOf(o), IfMatch: at}
}

// basic is a gateway with a route to a backend.
func basic(owner api.Owner) []api.Write {
	return []api.Write{
		create(gateway(owner, "public", 8080)),
		create(backend(owner, "orders", "127.0.0.1", 9001)),
		create(route(owner, "orders", "public", "/api", "orders")),
	}
}

func names(objects []api.Object) string {
	var list []string
	for _, o := range objects {
		list = append(list, fmt.Sprintf("%s@%d", resource.IDOf(o.Object), o.Revision))
	}
	return strings.Join(list, ", ")
}
