package main

import (
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/gwctl/gwctl/config"
)

// warnUnserved tells of backends that a target will have no endpoints for.
func warnUnserved(cfg *config.Config) hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, r := range cfg.Resources {
		typ, _, _ := strings.Cut(r.Provider, ".")
		if typ != "xds" || r.Address.Kind != "backend" {
			continue
		}
		if service := r.Block.Attr("service"); service != nil {
			diags = append(diags, &hcl.Diagnostic{
				Severity: hcl.DiagWarning,
				Summary:  "No endpoints for a Service",
				Detail:   "An xDS server has no cluster to ask for the endpoints of a Kubernetes Service: the backend's share of requests is answered with 500. Name them, with endpoints = [...] or dns = \"...\".",
				Subject:  service.Range.Ptr(),
			})
		}
	}
	return diags
}
