package e2e

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// Each example is applied, serves what it should, leaves nothing to plan, and
// nothing behind. Those for GitOps hold what they render.
func TestExamples(t *testing.T) {
	t.Parallel()
	folders, err := os.ReadDir(filepath.Join("..", "examples"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, entry := range folders {
		if !entry.IsDir() || strings.HasPrefix(entry.Name(), "kubernetes") {
			continue // those for clusters run in the folder kubernetes
		}
		found[entry.Name()] = true
		t.Run(entry.Name(), func(t *testing.T) {
			t.Parallel()
			e, ok := examples[entry.Name()]
			if !ok {
				t.Fatal("no entry in the table of examples says what this one must serve")
			}
			w := newWorld(t)
			e.run(w, entry.Name())
		})
	}
	for name := range examples {
		if !found[name] {
			t.Errorf("there is no examples/%s", name)
		}
	}
}

func (e example) run(w *world, name string) {
	w.Helper()
	f := w.folder(name)
	if err := os.CopyFS(f.dir, os.DirFS(filepath.Join("..", "examples", name))); err != nil {
		w.Fatal(err)
	}
	f.ok("validate")
	f.ok("fmt", "-check", "-recursive")
	if len(e.renders) > 0 {
		for _, flags := range e.renders {
			f.ok(append([]string{"render", "-check"}, flags...)...)
		}
		return
	}
	flags := []string{fmt.Sprintf("-var=port=%d", w.port("http"))}
	for _, v := range e.variables {
		flags = append(flags, "-var="+w.text(v))
	}
	check := func() {}
	if e.others != nil {
		var more []string
		more, check = e.others(w)
		for _, v := range more {
			flags = append(flags, "-var="+v)
		}
	}
	for name, hosts := range e.certificates {
		w.issue(name, hosts...)
	}
	f.ok(append([]string{"apply", "-auto-approve"}, flags...)...)
	w.envoy("envoy-1")
	for _, x := range e.exchanges {
		x.check(w)
	}
	check()
	e.checkOutputs(w, f)
	f.ok(append([]string{"plan", "-detailed-exitcode"}, flags...)...)

	f.ok(append([]string{"destroy", "-auto-approve"}, flags...)...)
	w.closed("http")
	if left := f.ok("state", "list").stdout; left != "" {
		w.Errorf("the state still has:\n%s", left)
	}
	if live := w.live(name); len(live) > 0 {
		w.Errorf("the server still has: %v", live)
	}
}

func (e example) checkOutputs(w *world, f *folder) {
	w.Helper()
	var outputs map[string]struct{ Value any }
	r := f.ok("output", "-json")
	if err := json.Unmarshal([]byte(r.stdout), &outputs); err != nil {
		w.Fatalf("%v: %s", err, r)
	}
	got := map[string]any{}
	for name, o := range outputs {
		got[name] = o.Value
	}
	var want map[string]any
	if err := json.Unmarshal([]byte(w.text(e.outputs)), &want); err != nil {
		w.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		w.Errorf("outputs %v, want %v", got, want)
	}
}

// live lists what the server has of an owner.
func (w *world) live(owner string) []string {
	w.Helper()
	resp, err := client.Get("http://" + w.server.admin + "/v1/objects?owner=" + url.QueryEscape(owner))
	if err != nil {
		w.Fatal(err)
	}
	defer resp.Body.Close()
	var list struct {
		Objects []struct {
			Object struct {
				Kind     string
				Metadata struct{ Name string }
			}
		}
	}
	if err := json.NewDecoder(resp.Body).Decode(&list); err != nil || resp.StatusCode != http.StatusOK {
		w.Fatalf("%s: %v", resp.Status, err)
	}
	var names []string
	for _, o := range list.Objects {
		names = append(names, o.Object.Kind+" "+o.Object.Metadata.Name)
	}
	return names
}

func (x exchange) check(w *world) {
	w.Helper()
	var copies uint64
	if x.copied != "" {
		copies = w.backends[x.copied].Requests()
	}
	client, scheme := w.clientFor(x.tls)
	got, err := w.askBy(client, scheme, "http", x.request)
	name := fmt.Sprintf("%s %s%s %v", x.request.Method, x.request.Host, x.request.Path, x.request.Header)
	if err != nil {
		w.Errorf("%s: %v", name, err)
		return
	}
	wrong := got.status != cmp.Or(x.status, http.StatusOK) ||
		x.backend != "" && got.backend != x.backend ||
		x.path != "" && got.echo.Path != x.path
	for key, value := range x.header {
		wrong = wrong || got.header.Get(key) != value
	}
	for key, value := range x.asked {
		wrong = wrong || got.echo.Header.Get(key) != value
	}
	if x.location != "" {
		to, err := url.Parse(got.header.Get("Location"))
		wrong = wrong || err != nil || to.Path != x.location || !strings.HasPrefix(to.Host, x.request.Host)
	}
	if x.cookie != "" {
		set := (&http.Response{Header: got.header}).Cookies()
		wrong = wrong || !slices.ContainsFunc(set, func(c *http.Cookie) bool { return c.Name == x.cookie })
	}
	if x.copied != "" {
		w.until(x.copied+" was asked as well", func() bool { return w.backends[x.copied].Requests() > copies })
	}
	if wrong {
		w.Errorf("%s: %s; want %+v", name, got, x)
	}
}
