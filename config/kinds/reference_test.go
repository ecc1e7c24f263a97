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
	for provider, left := range map[string][]string{
		`provider "kubernetes" { class = "eg" }`: nil,
		`provider "xds" {}`:                      {"certificate", "gateway_class", "manifest"},
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
		if err := os.WriteFile(filepath.Join(dir, "main.hcl"), []byte(provider+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		loaded, diags := config.Load(t.Context(), config.Options{Dir: dir})
		diags = append(diags, kinds.Validate(t.Context(), loaded.Resources, nil)...)
		if len(diags) > 0 {
			t.Error(diag.Text(diags, loaded.Sources))
		}
	}
}
