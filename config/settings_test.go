package config

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// Whoever works on the state needs no more of the configuration than where the
// state is.
func TestLoadSettingsNeedsNothingElse(t *testing.T) {
	const files = `
gwctl {
  name = "web"
  state "file" { path = "${var.stage}.json" }
}
provider "xds" { server = local.server }
locals {
  server = "http://${var.stage}:18001"
  wrong  = upper(1, 2)
}
variable "missing" {}
variable "stage" {}
backend "wrong" { prot = var.nothing }
`
	dir := t.TempDir()
	write(t, dir, []txtar.File{{Name: "a.hcl", Data: []byte(files)}})
	c, diags := LoadSettings(t.Context(), Options{Dir: dir, Inputs: []Input{{Var: "stage=test"}}})
	if diff := cmp.Diff([]string(nil), summaries(diags)); diff != "" {
		t.Error(diff)
	}
	if c.Owner != "web" || c.State.Text("path") != "test.json" || c.Providers[0].Text("server") != "http://test:18001" {
		t.Errorf("got owner %s, state %v, providers %v", c.Owner, c.State, c.Providers)
	}

	_, diags = LoadSettings(t.Context(), Options{Dir: dir})
	if diff := cmp.Diff([]string{"a.hcl:12,1: Missing value"}, summaries(diags)); diff != "" {
		t.Error(diff)
	}
}
