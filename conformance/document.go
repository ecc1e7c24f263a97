package conformance

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	confv1 "sigs.k8s.io/gateway-api/conformance/apis/v1"
	"sigs.k8s.io/gateway-api/pkg/features"
)

// document tells people what the report says, and why the exceptions are some.
func document(report *confv1.ConformanceReport) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, `# Conformance

[report.yaml](report.yaml) is the report of the official conformance suite of the Gateway API %s (%s channel), in the suite's own format. The
suite runs as it is against gwctl's translation and a real Envoy: %smake conformance%s writes the report, and this page of it.

What stands in for a cluster is in [conformance/](../../conformance): a real API server, a node that runs the suite's backends in network
namespaces of their own, and a controller that follows the objects into the translation of the xDS server, serves the result to one Envoy
for each Gateway, and writes their status. In place of CoreDNS, the backend of one test of UDP, is a DNS server that answers as CoreDNS's plugin whoami. It is test code: on a cluster gwctl leaves all that to the cluster's own controller.

| profile | core tests | extended tests |
|---|---|---|
`, report.GatewayAPIVersion, report.GatewayAPIChannel, "`", "`")
	for _, p := range report.ProfileReports {
		extended := "none"
		if p.Extended != nil {
			extended = figures(&p.Extended.Status)
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", p.Name, figures(&p.Core), extended)
	}
	b.WriteString(`
Reports of suite 1.6.1 count one core test more in each profile: GatewayInvalidParametersRef, which 1.6.3 has no more. What it asks for is a
test of the translation's own.
`)
	b.WriteString("\n## Tests that cannot pass yet\n\n")
	if len(exceptions) == 0 {
		b.WriteString("None.\n")
	} else {
		b.WriteString("They are left out of the run. Of features that are not claimed (below) the suite runs no test at all.\n\n| test | reason |\n|---|---|\n")
		for _, name := range exceptionNames() {
			fmt.Fprintf(&b, "| %s | %s |\n", name, exceptions[name])
		}
	}
	for _, p := range report.ProfileReports {
		if p.Extended == nil {
			continue
		}
		fmt.Fprintf(&b, "\n## Extended features of %s\n\nSupported: %s.\n", p.Name, strings.Join(p.Extended.SupportedFeatures, ", "))
		if missing := unclaimed(p.Extended.UnsupportedFeatures); len(missing) > 0 {
			fmt.Fprintf(&b, "\nNot supported yet: %s.\n", strings.Join(missing, ", "))
		}
	}
	if len(never) > 0 {
		b.WriteString("\n## What is left to others\n\n")
	}
	for _, f := range slices.Sorted(maps.Keys(never)) {
		fmt.Fprintf(&b, "- %s: %s.\n", f, never[f])
	}
	return []byte(b.String())
}

// unclaimed leaves out what never will be claimed.
func unclaimed(list []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(f string) bool {
		_, ok := never[features.FeatureName(f)]
		return ok
	})
}

func figures(s *confv1.Status) string {
	out := fmt.Sprintf("%d passed", s.Passed)
	if s.Failed > 0 {
		out += fmt.Sprintf(", %d failed", s.Failed)
	}
	if s.Skipped > 0 {
		out += fmt.Sprintf(", %d cannot yet", s.Skipped)
	}
	return out
}
