package e2e

import (
	"os"
	"path/filepath"
	"testing"
)

// teams is one gateway, two teams with a route each, and backends of their own.
func teams(w *world) (infra, shop, billing *folder) {
	w.Helper()
	infra, shop, billing = w.folder("infra"), w.folder("shop"), w.folder("billing")
	infra.apply(gatewayOnly(""))
	shop.apply(team("shop", "10s", "v1"))
	billing.apply(team("billing", "10s", "v3"))
	return infra, shop, billing
}

func gatewayOnly(more string) string {
	return `
provider "xds" {}

gateway "public" {
  addresses = ["127.0.0.1"]

  listener "http" {
    port     = {{port "http"}}
    protocol = "HTTP"
  }
` + more + `
}
`
}

const anotherListener = `
  listener "other" {
    port     = {{port "other"}}
    protocol = "HTTP"
  }`

// team is the configuration of a team whose gateway is another one's.
func team(name, timeout, backend string) string {
	return `
provider "xds" {}

backend "` + name + `" {
  endpoints = ["{{backend "` + backend + `"}}"]
}

http_route "` + name + `" {
  gateway   = { name = "public" }
  hostnames = ["` + name + `.example.com"]

  rule "all" {
    match { path_prefix = "/" }
    timeouts { request = "` + timeout + `" }
    forward { to = backend.` + name + ` }
  }
}
`
}

// A saved plan is applied as it was shown, or not at all.
func TestSavedPlan(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	infra, shop, billing := teams(w)
	w.envoy("envoy-1")
	w.served("http", "shop.example.com", "/", "v1")

	t.Run("is applied after another team's change", func(t *testing.T) {
		w, shop := w.in(t), shop.in(t)
		shop.write(team("shop", "20s", "v2"))
		shown := shop.ok("plan", "-out=saved").stdout
		billing.apply(team("billing", "30s", "v3"))
		if again := shop.ok("show", "saved").stdout; again == "" || len(again) > len(shown) {
			t.Errorf("show says something else than plan:\n%s\n---\n%s", shown, again)
		}
		shop.ok("apply", "saved")
		w.served("http", "shop.example.com", "/", "v2")
		shop.inSync()
		billing.inSync()
	})

	t.Run("is stale when applied twice", func(t *testing.T) {
		shop.in(t).ends(1, "apply", "saved").says(w.in(t), "stale", "gwctl plan")
	})

	t.Run("is stale after an apply of the same state", func(t *testing.T) {
		w, shop := w.in(t), shop.in(t)
		shop.write(team("shop", "20s", "v1"))
		shop.ok("plan", "-out=saved")
		shop.apply(team("shop", "25s", "v2"))
		shop.ends(1, "apply", "saved").says(w, "stale", "gwctl plan")
		w.served("http", "shop.example.com", "/", "v2")
		shop.inSync()
	})

	t.Run("is stale after an apply from another folder", func(t *testing.T) {
		w, shop := w.in(t), shop.in(t)
		colleague := newFolder(w, filepath.Join(w.dir, "colleague", "shop"))
		if err := os.CopyFS(colleague.dir, os.DirFS(shop.dir)); err != nil {
			t.Fatal(err)
		}
		shop.write(team("shop", "20s", "v1"))
		shop.ok("plan", "-out=saved")
		colleague.apply(team("shop", "40s", "v2"))
		shop.ends(1, "apply", "saved").says(w, "stale", "HTTPRoute", "default/shop", "spec.rules", "gwctl plan")
		w.served("http", "shop.example.com", "/", "v2")
		colleague.inSync()
		shop.pending()
		shop.ok("apply", "-auto-approve")
		w.served("http", "shop.example.com", "/", "v1")
	})

	t.Run("is stale when the gateway it relies on has moved", func(t *testing.T) {
		w, shop := w.in(t), shop.in(t)
		shop.write(team("shop", "50s", "v1"))
		shop.ok("plan", "-out=saved")
		infra.apply(gatewayOnly(anotherListener))
		shop.ends(1, "apply", "saved").says(w, "stale", "Gateway", "default/public", "infra", "gwctl plan")
		shop.pending()
		shop.ok("apply", "-auto-approve")
		w.served("other", "shop.example.com", "/", "v1")
	})

	t.Run("is applied after its gateway was applied and had no changes", func(t *testing.T) {
		shop, infra := shop.in(t), infra.in(t)
		shop.write(team("shop", "60s", "v1"))
		shop.ok("plan", "-out=saved")
		infra.apply(gatewayOnly(anotherListener))
		shop.ok("apply", "saved")
		shop.inSync()
	})
}

// Nobody changes what belongs to somebody else.
func TestTeamsDoNotTakeEachOthersObjects(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	infra, shop, _ := teams(w)
	thief := w.folder("thief")
	for _, flags := range [][]string{nil, {"-adopt"}} {
		thief.fails(team("shop", "10s", "v2"), flags...).says(w, "shop")
	}
	thief.fails(gatewayOnly(anotherListener)).says(w, "infra")
	infra.inSync()
	shop.inSync()
}

// Of two applies of one state at a time, one works, and the other one says who
// holds the lock, or waits for it.
func TestTwoAppliesAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	shop := w.folder("shop")
	shop.apply(config(calm))
	p := w.envoy("envoy-1")
	freeze(w, p)
	shop.write(config(busy))
	first := shop.start("apply", "-auto-approve", "-json")
	waiting(w)
	holder := lockHolder(first)
	shop.ends(1, "apply", "-auto-approve").says(w, "is locked by", holder, "for apply", "-lock-timeout")
	shop.ends(1, "destroy", "-auto-approve").says(w, holder)
	third := shop.start("apply", "-auto-approve", "-lock-timeout=1m")
	thaw(w, p)
	if r := first.wait(); r.code != 0 {
		t.Errorf("the first one: %s", r)
	}
	if r := third.wait(); r.code != 0 {
		t.Errorf("the one that waited: %s", r)
	}
	shop.inSync()
	w.served("http", "swap.example.com", "/", "v2")
}

// Two teams apply at the same time: one after the other, and both succeed.
func TestTwoTeamsApplyAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, shop, billing := teams(w)
	w.envoy("envoy-1")
	for _, timeout := range []string{"21s", "22s", "23s"} {
		shop.write(team("shop", timeout, "v2"))
		billing.write(team("billing", timeout, "v2"))
		a, b := shop.start("apply", "-auto-approve"), billing.start("apply", "-auto-approve")
		for _, r := range []result{a.wait(), b.wait()} {
			if r.code != 0 {
				t.Errorf("%s", r)
			}
		}
		shop.inSync()
		billing.inSync()
	}
}
