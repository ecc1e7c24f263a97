package kinds_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/gwctl/gwctl/config"
	"github.com/gwctl/gwctl/config/kinds"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/hashicorp/hcl/v2"
)

// TestFindingsOfOthersAreExplained reports what somebody else found in objects:
// once for all instances of a block, by the argument that set the field, and not
// where composition has said what is wrong.
func TestFindingsOfOthersAreExplained(t *testing.T) {
	dir := t.TempDir()
	const text = `
provider "kubernetes" {}
backend "many" {
  count = 3
  dns   = "orders.internal:80"
}
backend "known" {
  endpoints = ["127.0.0.1:80", "10.0.0.1:80"]
}
`
	if err := os.WriteFile(filepath.Join(dir, "main.hcl"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	loaded, _ := config.Load(t.Context(), config.Options{Dir: dir})
	var findings []kinds.Finding
	find := func(o *resource.Object, path string) {
		findings = append(findings, kinds.Finding{Object: o, Path: path, Severity: hcl.DiagWarning, Summary: "Odd", Text: "it smells"})
	}
	for _, r := range loaded.Resources {
		if r.Address.Name == "many" {
			find(r.Objects[0], "spec.endpoints[0].fqdn.port")
		} else {
			find(r.Objects[0], "spec.endpoints[0]") // refused already, as a loopback address
			find(r.Objects[0], "spec.endpoints[1].ip")
			find(r.Objects[0], "")
		}
	}
	find(&resource.Object{}, "spec") // of nobody here
	var got []string
	for _, d := range kinds.Explain(loaded.Resources, findings) {
		got = append(got, string(d.Subject.SliceBytes([]byte(text)))+": "+d.Detail)
	}
	want := []string{
		`"10.0.0.1:80": endpoints[1]: it smells.` + "\n(spec.endpoints[1].ip of Backend default/known)",
		`backend "known": backend.known: it smells.` + "\n(Backend default/known)",
		`"orders.internal:80": dns: it smells.` + "\n(spec.endpoints[0].fqdn.port of Backend default/many-0, and in 2 more places)",
	}
	if len(got) != len(want) {
		t.Fatalf("got %q", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("got  %q\nwant %q", got[i], want[i])
		}
	}
}
