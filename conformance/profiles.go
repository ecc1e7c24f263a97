package conformance

import (
	"flag"
	"slices"

	"sigs.k8s.io/gateway-api/conformance/utils/suite"
	"sigs.k8s.io/gateway-api/pkg/features"
)

// coreOnly leaves the extended features out: what each change is held to.
var coreOnly = flag.Bool("core", false, "test the core features of the profiles alone")

// profiles are those that gwctl is measured by.
var profiles = []suite.ConformanceProfile{
	suite.GatewayHTTPConformanceProfile,
	suite.GatewayGRPCConformanceProfile,
	suite.GatewayTLSConformanceProfile,
	suite.GatewayTCPConformanceProfile,
	suite.GatewayUDPConformanceProfile,
}

func profileNames() []suite.ConformanceProfileName {
	var out []suite.ConformanceProfileName
	for _, p := range profiles {
		out = append(out, p.Name)
	}
	return out
}

// neverDenied are extended features of which the suite tests, where they are not
// claimed, that an implementation refuses what it lacks.
var neverDenied = []features.FeatureName{features.SupportTLSRouteModeMixed, features.SupportTLSRouteModeTerminate}

// tested are the supported features that a run is about.
func tested() []features.FeatureName {
	if !*coreOnly {
		return supported
	}
	return slices.DeleteFunc(slices.Clone(supported), func(f features.FeatureName) bool {
		return !slices.Contains(neverDenied, f) && !slices.ContainsFunc(profiles, func(p suite.ConformanceProfile) bool { return p.CoreFeatures.Has(f) })
	})
}
