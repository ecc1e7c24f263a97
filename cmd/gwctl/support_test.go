package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSupportIsFoundByTrying makes the table of samples that say what to expect.
func TestSupportIsFoundByTrying(t *testing.T) {
	page, err := supportPage(t.Context(), "../../config/kinds/testdata/support")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []string{
		"| `service` | no: An xDS server has no cluster to ask",               // a warning
		"| `cert_file` | yes | no: cert_file is read on an xDS server",        // composition
		"| `addresses` | in part: addresses of type \"Hostname\" are not",     // translation, of one value
		"| `infrastructure › labels` | no | yes |",                            // inside of what is not taken
		"| `rule › external_auth › forward_body` |",                           // nested
		"| `endpoints` | yes | in part: \"127.0.0.1:9001\" in endpoints is a", // one provider alone
	} {
		if !strings.Contains(string(page), row) {
			t.Errorf("there is no row %q", row)
		}
	}
}

func TestSamplesAreHeldToTheirPurpose(t *testing.T) {
	for name, tt := range map[string]struct{ sample, want string }{
		"one that is wrong anywhere": {`backend "a" { endpoints = ["nowhere"] }`, "is wrong on every provider"},
		"one about nothing":          {`output "a" { value = local.b }`, "this is about no argument of it"},
		"one that leaves out much":   {`backend "a" { endpoints = ["10.0.0.1:80"] }`, "no sample uses backend.name"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "a.hcl"), []byte(tt.sample), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := supportPage(t.Context(), dir); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
	if _, err := supportPage(t.Context(), t.TempDir()); err == nil {
		t.Error("no samples are enough")
	}
}
