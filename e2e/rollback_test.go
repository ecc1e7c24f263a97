package e2e

import (
	"regexp"
	"testing"

	"github.com/gwctl/gwctl/internal/load"
)

var revisionSaid = regexp.MustCompile(`revision (\d+)`)

// Going back is an apply like any other: under load, acknowledged, and to what
// was live, whatever the files say now.
func TestRollback(t *testing.T) {
	w := newWorld(t)
	shop := w.folder("shop")
	shop.apply(config(calm))
	w.envoy("envoy-1")
	traffic := w.load("http", 500, rule(calm), get("swap", "/"))
	var r result
	half := either("v1", "v2")
	traffic.change(rule(calm), rule(half), func() { r = shop.apply(config(side{blocks: route("swap", split(50, 50))})) })
	found := revisionSaid.FindStringSubmatch(r.stdout + r.stderr)
	if found == nil {
		t.Fatalf("the revision is not said: %s", r)
	}
	traffic.change(rule(half), rule(busy), func() { shop.apply(config(busy)) })

	t.Run("before the last change", func(t *testing.T) {
		shop := shop.in(t)
		traffic.change(rule(busy), rule(half), func() { shop.ok("rollback", "-auto-approve") })
		w.in(t).closed("other")
		shop.pending().says(w, "http_route.more will be created")
	})
	t.Run("and forth again", func(t *testing.T) {
		shop := shop.in(t)
		traffic.change(rule(half), rule(busy), func() { shop.ok("apply", "-auto-approve") })
		shop.inSync()
	})
	t.Run("to a revision", func(t *testing.T) {
		shop := shop.in(t)
		traffic.change(rule(busy), rule(half), func() { shop.ok("rollback", "-auto-approve", found[1]) })
		shop.pending()
		w.in(t).closed("other")
	})
	t.Run("to one that never was", func(t *testing.T) {
		shop.in(t).ends(1, "rollback", "-auto-approve", "12345").says(w, "12345")
	})
	traffic.clean()
}

// either lets both answer on the route that is swapped.
func either(backends ...string) side {
	return side{rules: map[string]load.Rule{"swap /": load.From(backends...)}}
}

// The first apply can be undone too: there was nothing before it, which takes
// saying so.
func TestRollbackOfTheFirstApply(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	shop := w.folder("shop")
	shop.apply(config(calm))
	shop.in(t).ends(1, "rollback", "-auto-approve").says(w, "gwctl rollback 0")
	shop.inSync()
	shop.ok("rollback", "-auto-approve", "0")
	if left := shop.ok("state", "list").stdout; left != "" {
		t.Errorf("the state still has:\n%s", left)
	}
	shop.pending()
	shop.ok("apply", "-auto-approve")
	shop.inSync()
}
