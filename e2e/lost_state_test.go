package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// lose removes the state as somebody would who cleans up.
func (f *folder) lose() {
	f.w.Helper()
	found, err := filepath.Glob(filepath.Join(f.dir, "*gwctl.state.json*"))
	if err != nil || len(found) == 0 {
		f.w.Fatalf("no state in %s: %v", f.dir, err)
	}
	hidden, err := filepath.Glob(filepath.Join(f.dir, ".*gwctl.state.json*"))
	if err != nil {
		f.w.Fatal(err)
	}
	for _, path := range append(found, hidden...) {
		if err := os.RemoveAll(path); err != nil {
			f.w.Fatal(err)
		}
	}
}

// A lost state is found again on the server: what is live says whose it is.
func TestLostState(t *testing.T) {
	w := newWorld(t)
	shop := w.folder("shop")
	shop.apply(config(busy))
	w.envoy("envoy-1")
	traffic := w.load("http", 200, rule(busy), get("swap", "/"))
	shop.lose()

	r := shop.ends(1, "plan", "-detailed-exitcode")
	r.says(w, `6 live objects of owner "shop"`, "http_route.swap", "-adopt")
	shop.ends(1, "apply", "-auto-approve").says(w, "-adopt")

	r = shop.ok("apply", "-auto-approve", "-adopt")
	if strings.Contains(r.stdout, "will be destroyed") {
		t.Errorf("taking over destroys: %s", r)
	}
	shop.inSync()
	if got, want := lines(shop.ok("state", "list").stdout), 6; got != want {
		t.Errorf("%d resources in the state, want %d", got, want)
	}
	traffic.more(50)

	// It is in force again: what the files no longer have is removed.
	traffic.change(rule(busy), rule(calm), func() { shop.apply(config(calm)) })
	shop.inSync()
	traffic.clean()
}

func lines(text string) int { return strings.Count(text, "\n") }

// What was live and has no block any more is the configuration's too, and goes
// when the state is taken over.
func TestLostStateOfWhatIsNoLongerConfigured(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	shop := w.folder("shop")
	shop.apply(config(busy))
	shop.lose()
	shop.write(config(calm))
	shop.ok("plan", "-adopt").says(w, "http_route.more will be destroyed")
	shop.ok("apply", "-auto-approve", "-adopt")
	shop.inSync()
}

// Another configuration of the same name is not taken for this one.
func TestSameNameWithAnotherStateIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.folder("shop").apply(config(calm))
	imposter := newFolder(w, filepath.Join(w.dir, "elsewhere", "shop"))
	imposter.fails(config(busy)).says(w, "-adopt")
	w.folder("shop").inSync()
}
