package kinds

import (
	"strings"

	"github.com/gwctl/gwctl/internal/resource"
)

// backendTraffic says which endpoints share the requests to a backend.
func backendTraffic(a resource.Address, _ resource.ID, b *resource.Block, _ resource.Find) resource.Traffic {
	endpoints := stringsOf(b.Attr("endpoints"))
	if dns := argument(b, "dns"); dns != nil {
		name, _ := dns.Value.(string)
		endpoints = append(endpoints, name)
	}
	if len(endpoints) == 0 {
		return resource.Traffic{}
	}
	to := make(map[string]float64, len(endpoints))
	for _, e := range endpoints {
		to[e] += 1 / float64(len(endpoints))
	}
	return resource.Traffic{Flows: []resource.ServedFlow{{Flow: resource.Flow{Match: "backend " + shortName(a), To: to}}}}
}

// shortName returns the name that users gave a block, behind those of the
// modules that it is in.
func shortName(a resource.Address) string {
	return strings.Join(append(moduleSteps(a.Module), a.Name+a.Key), ".")
}
