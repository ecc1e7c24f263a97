package kubernetes

import (
	"os"

	"github.com/gwctl/gwctl/internal/kubernetes/kubernetestest"
)

// Three teams with three accounts, each of which may do what rbac.yaml says and
// no more, and each with its own state in the cluster.
func threeTeams(w *world) {
	rbac, err := os.ReadFile("../../examples/kubernetes-teams/rbac.yaml")
	if err != nil {
		w.Fatal(err)
	}
	w.namespace("infra")
	w.namespace("shop")
	w.Kubectl(w, string(rbac), "apply", "--server-side", "-f", "-")
	team := func(name string) *folder {
		return w.example("kubernetes-teams/" + name).as(kubernetestest.Account{Name: name})
	}
	infrastructure, platform, shop := team("infrastructure").destroyed(), team("platform").destroyed(), team("shop").destroyed()
	w.service("infra", "accounts")
	w.service("shop", "checkout")
	w.service("shop", "checkout-v2")
	for _, f := range []*folder{infrastructure, platform, shop} {
		f.ok("validate")
		f.ok("fmt", "-check")
	}

	shop.ends(1, "plan").says(w, "Error: Nothing of this name", `in data "gateway" "public"`)
	infrastructure.ok("apply", "-auto-approve")
	platform.ok("apply", "-auto-approve")
	shop.ok("apply", "-auto-approve")
	for _, f := range []*folder{infrastructure, platform, shop} {
		f.inSync()
	}
	url := w.URL(w, "infra", "public", 80)
	w.served(url, "shop.example.com", "/checkout", "checkout")
	w.served(url, "shop.example.com", "/login", "accounts")

	shop.ok("apply", "-auto-approve", "-var=checkout_v2_weight=25")
	shop.inSync("-var=checkout_v2_weight=25")
	w.splits(url, "shop.example.com", "/checkout", "checkout-v2", 0.25)

	// Who takes a grant back is seen by those who lived on it, and they did
	// nothing.
	platform.ok("apply", "-auto-approve", "-var=teams=[]")
	var told result
	w.until("the shop is told", func() bool {
		told = shop.run("plan", "-detailed-exitcode", "-var=checkout_v2_weight=25")
		return told.code == 0 && contains(told, "RefNotPermitted", `in http_route "shop"`)
	}, func() any { return told })
	platform.ok("apply", "-auto-approve")
	w.served(url, "shop.example.com", "/login", "accounts")

	// What one team owns is not another's to remove.
	shop.ok("destroy", "-auto-approve")
	platform.inSync()
	infrastructure.inSync()
}
