package kinds_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gwctl/gwctl/config"
	"github.com/gwctl/gwctl/config/kinds"
	"github.com/gwctl/gwctl/internal/diag"
)

func TestReferenceSaysWhatEveryKindTakes(t *testing.T) {
	var got bytes.Buffer
	if err := kinds.WriteReference(&got); err != nil {
		t.Fatal(err)
	}
	const file = "testdata/reference.md"
	if *update {
		if err := os.WriteFile(file, got.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("the reference is\n%s", got.String())
	}
}

func TestExamplesOfTheReferenceAreOneConfiguration(t *testing.T) {
	// What stands in other words on each target.
	const onServer = `
provider "xds" {}
certificate "wildcard" {
  cert_file = "tls/wildcard.crt"
  key_file  = "tls/wildcard.key"
}
certificate_authority "corp" { file = "tls/corp-ca.crt" }
`
	const inCluster = `
provider "kubernetes" { class = "eg" }
certificate "wildcard" { secret = "wildcard-tls" }
certificate_authority "corp" { config_map = "corp-ca" }
`
	for provider, left := range map[string][]string{
		inCluster: {"certificate", "certificate_authority"},
		onServer:  {"certificate", "certificate_authority", "gateway_class", "manifest"},
	} {
		dir := t.TempDir()
		for _, k := range kinds.All() {
			if slices.Contains(left, k.Name) {
				continue
			}
			if err := os.WriteFile(filepath.Join(dir, k.Name+".hcl"), []byte(k.Example+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(dir, "main.hcl"), []byte(provider), 0o600); err != nil {
			t.Fatal(err)
		}
		loaded, diags := config.Load(t.Context(), config.Options{Dir: dir})
		diags = append(diags, kinds.Validate(t.Context(), loaded.Resources, nil)...)
		if len(diags) > 0 {
			t.Error(diag.Text(diags, loaded.Sources))
		}
	}
}
