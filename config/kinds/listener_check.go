package kinds

import (
	"strings"

	"github.com/gwctl/gwctl/internal/attachment"
	"github.com/gwctl/gwctl/internal/resource"
)

// checkListeners reports listeners that no traffic could be told apart for, and
// returns them.
func checkListeners(listeners []*resource.Block, f *Fragment) map[*resource.Block]bool {
	var conflicting map[*resource.Block]bool
	for i, l := range listeners {
		for _, other := range listeners[:i] {
			port, why, way := conflict(other, l)
			if why == "" {
				continue
			}
			f.Errorf(l.Range, "Conflicting listeners", "%s and %s (%s) are both on port %d, and %s: controllers serve neither. Give one of them %s.", title(l), title(other), place(other.Range), port, why, way)
			if conflicting == nil {
				conflicting = make(map[*resource.Block]bool)
			}
			conflicting[l] = true
			break
		}
	}
	return conflicting
}

// conflict says why two listeners are not distinct, by the rules of the Gateway
// API ("Distinct Listeners" of spec.listeners), and what would make them so; ""
// if they are.
func conflict(a, b *resource.Block) (port int64, why, way string) {
	port, known := whole(valueOf(a, "port"))
	if other, ok := whole(valueOf(b, "port")); !known || !ok || port != other {
		return 0, "", ""
	}
	first, second := protocolOf(a), protocolOf(b)
	switch {
	case attachment.RoutesOf(first) == nil || attachment.RoutesOf(second) == nil || (first == "UDP") != (second == "UDP"):
		return 0, "", ""
	case first == "UDP" || first == "TCP" || second == "TCP":
		whose := "TCP"
		if first == "UDP" {
			whose = "UDP"
		}
		return port, "one of " + whose + " takes everything that comes in there", "another port"
	case (first == "HTTP") != (second == "HTTP"):
		return port, "one speaks TLS there, and the other does not", "another port"
	case hostnameOf(a) != hostnameOf(b):
		return 0, "", ""
	case hostnameOf(a) == "":
		return port, "both serve every host there", "a hostname or another port"
	}
	return port, "both serve " + hostnameOf(a) + " there", "another hostname or port"
}

func protocolOf(l *resource.Block) string {
	if protocol, ok := valueOf(l, "protocol").(string); ok {
		return protocol
	}
	return "HTTP"
}

func hostnameOf(l *resource.Block) string {
	hostname, _ := valueOf(l, "hostname").(string)
	return strings.ToLower(hostname)
}
