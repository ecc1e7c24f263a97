package kubernetes

import (
	"testing"

	"k8s.io/apimachinery/pkg/util/validation"
)

func TestApplySetIDIsWhatKubectlComputes(t *testing.T) {
	// base64url(sha256("gwctl-state-shop.default.Secret."))
	const want = "applyset-3zy6VmJP7t1hmxPxNwFbp9qOfoUCNPc0r-Xbxfvtrhw-v1"
	if got := ApplySetID("gwctl-state-shop", "default"); got != want {
		t.Errorf("id %s, want %s", got, want)
	}
	if problems := validation.IsValidLabelValue(want); len(problems) > 0 {
		t.Errorf("it is no value of a label: %q", problems)
	}
}

func TestEveryOwnerHasNamesOfItsOwn(t *testing.T) {
	for owner, want := range map[string]string{
		"shop":    "gwctl-state-shop",
		"shop.eu": "gwctl-state-shop.eu",
		"Shop":    "gwctl-state-shop-",
		"shop_eu": "gwctl-state-shop-eu-",
		"a.-b":    "gwctl-state-a--b-",
	} {
		got := StateName(owner)
		if len(got) != len(want) && len(got) != len(want)+8 || got[:len(want)] != want {
			t.Errorf("%s: %s, want %s and a hash where it had to be changed", owner, got, want)
		}
		for _, name := range []string{got, LeaseName(owner)} {
			if problems := validation.IsDNS1123Subdomain(name); len(problems) > 0 {
				t.Errorf("%s: %q is no name of an object: %q", owner, name, problems)
			}
		}
	}
	if StateName("shop-eu") == StateName("shop_eu") || LeaseName("Shop") == LeaseName("shop") {
		t.Error("two owners share a name")
	}
}
