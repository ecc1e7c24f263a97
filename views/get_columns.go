package views

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/gwctl/gwctl/internal/attachment"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/internal/topology"
)

// column is one column of a table of live objects.
type column struct {
	title string
	wide  bool // only in the wide table
	cell  func(*resource.Object, Options) string
}

var (
	columnNamespace = column{title: "NAMESPACE", cell: func(o *resource.Object, _ Options) string { return cmp.Or(o.GetNamespace(), "-") }}
	columnName      = column{title: "NAME", cell: func(o *resource.Object, _ Options) string { return o.GetName() }}
	columnAge       = column{title: "AGE", cell: func(o *resource.Object, v Options) string { return age(o.GetCreationTimestamp().Time, v) }}
	columnOwner     = column{title: "OWNER", wide: true, cell: func(o *resource.Object, _ Options) string { return ownerText(o) }}
)

// columnsOf are the columns for a type, named and ordered as kubectl has them.
func columnsOf(typ schema.GroupKind) []column {
	if slices.Contains(topology.Routes, typ) {
		return routeColumns(typ)
	}
	switch typ {
	case topology.Gateway:
		return []column{
			columnNamespace, columnName,
			textColumn("CLASS", "spec", "gatewayClassName"),
			{title: "ADDRESSES", cell: func(o *resource.Object, _ Options) string {
				return firstOf(texts(o, "value", "status", "addresses"), 2)
			}},
			{title: "PORTS", cell: func(o *resource.Object, _ Options) string { return portsOf(o) }},
			conditionColumn("PROGRAMMED", "Programmed"), columnAge,
			{title: "LISTENERS", wide: true, cell: func(o *resource.Object, _ Options) string { return firstOf(texts(o, "name", "spec", "listeners"), 3) }},
			{title: "ATTACHED ROUTES", wide: true, cell: func(o *resource.Object, _ Options) string { return attachedRoutes(o) }},
			columnOwner,
		}
	case topology.ListenerSet:
		return []column{
			columnNamespace, columnName,
			{title: "GATEWAY", cell: func(o *resource.Object, _ Options) string { return gatewayOf(o) }},
			{title: "PORTS", cell: func(o *resource.Object, _ Options) string { return portsOf(o) }},
			conditionColumn("ACCEPTED", "Accepted"), conditionColumn("PROGRAMMED", "Programmed"), columnAge,
			{title: "LISTENERS", wide: true, cell: func(o *resource.Object, _ Options) string { return firstOf(texts(o, "name", "spec", "listeners"), 3) }},
			columnOwner,
		}
	case topology.GatewayClass:
		return []column{
			columnName, textColumn("CONTROLLER", "spec", "controllerName"), conditionColumn("ACCEPTED", "Accepted"), columnAge,
			{title: "DESCRIPTION", wide: true, cell: func(o *resource.Object, _ Options) string { return textAt(o, "spec", "description") }},
			columnOwner,
		}
	case topology.Backend, topology.Service:
		return []column{
			columnNamespace, columnName,
			{title: "TYPE", cell: func(o *resource.Object, _ Options) string { return o.GetKind() }},
			{title: "ENDPOINTS", cell: func(o *resource.Object, _ Options) string { return firstOf(endpointsOf(o), 2) }},
			columnAge, columnOwner,
		}
	case topology.BackendTLS:
		return []column{
			columnNamespace, columnName,
			{title: "TARGETS", cell: func(o *resource.Object, _ Options) string { return firstOf(targetNames(o), 2) }},
			textColumn("HOSTNAME", "spec", "validation", "hostname"),
			{title: "ACCEPTED", cell: func(o *resource.Object, _ Options) string { return atAncestors(o, "Accepted") }},
			columnAge,
			{title: "RESOLVED REFS", wide: true, cell: func(o *resource.Object, _ Options) string { return atAncestors(o, "ResolvedRefs") }},
			columnOwner,
		}
	case topology.Namespace:
		return []column{columnName, textColumn("STATUS", "status", "phase"), columnAge}
	}
	return []column{columnNamespace, columnName, columnAge}
}

func routeColumns(typ schema.GroupKind) []column {
	columns := []column{
		columnNamespace, columnName,
		{title: "HOSTNAMES", cell: func(o *resource.Object, _ Options) string { return firstOf(stringsAt(o, "spec", "hostnames"), 2) }},
		{title: "PARENT REFS", cell: func(o *resource.Object, _ Options) string { return firstOf(parentNames(o), 2) }},
		{title: "ACCEPTED", cell: func(o *resource.Object, _ Options) string { return atParents(o, "Accepted") }},
		columnAge,
		{title: "RESOLVED REFS", wide: true, cell: func(o *resource.Object, _ Options) string { return atParents(o, "ResolvedRefs") }},
		{title: "BACKENDS", wide: true, cell: func(o *resource.Object, _ Options) string { return firstOf(backendNames(o), 3) }},
		columnOwner,
	}
	if typ.Kind == "TCPRoute" || typ.Kind == "UDPRoute" { // which know no hosts
		columns = slices.Delete(columns, 2, 3)
	}
	return columns
}

// gatewayOf writes the gateway that a listener set adds to.
func gatewayOf(o *resource.Object) string {
	ref, _ := valueAt(o, "spec", "parentRef").(map[string]any)
	to := resource.ID{Namespace: o.GetNamespace()}
	to.Name, _ = ref["name"].(string)
	if namespace, ok := ref["namespace"].(string); ok {
		to.Namespace = namespace
	}
	return referenceName(to, o.GetNamespace())
}

func textColumn(title string, path ...string) column {
	return column{title: title, cell: func(o *resource.Object, _ Options) string { return textAt(o, path...) }}
}

func conditionColumn(title, typ string) column {
	return column{title: title, cell: func(o *resource.Object, _ Options) string { return conditionText(topology.Conditions(o), typ) }}
}

// conditionText is the status of a condition; what is said of an earlier
// generation holds no more.
func conditionText(conditions []topology.Condition, typ string) string {
	c, ok := topology.ConditionOf(conditions, typ)
	switch {
	case !ok:
		return "Unknown"
	case c.Stale:
		return "Stale"
	}
	return c.Status
}

// atParents is the status of a condition at all parents of a route: "1 of 2"
// where it holds at some.
func atParents(o *resource.Object, typ string) string {
	parents, err := topology.ParentsOf(o, &topology.World{})
	if err != nil || len(parents) == 0 {
		return "Unknown"
	}
	said := make([][]topology.Condition, len(parents))
	for i, p := range parents {
		said[i] = p.Conditions
	}
	return inAll(said, typ)
}

// atAncestors is the status of a condition at all Gateways that a policy matters
// to; where there is none, what is said of the policy by itself.
func atAncestors(o *resource.Object, typ string) string {
	ancestors := topology.AncestorsOf(o)
	if len(ancestors) == 0 {
		return conditionText(topology.Conditions(o), typ)
	}
	said := make([][]topology.Condition, len(ancestors))
	for i, a := range ancestors {
		said[i] = a.Conditions
	}
	return inAll(said, typ)
}

func inAll(said [][]topology.Condition, typ string) string {
	counts := map[string]int{}
	for _, conditions := range said {
		counts[conditionText(conditions, typ)]++
	}
	for status, n := range counts {
		if n == len(said) {
			return status
		}
	}
	return fmt.Sprintf("%d of %d", counts["True"], len(said))
}

// targetNames writes what a policy is for: "orders", "Service orders:https".
func targetNames(o *resource.Object) []string {
	var out []string
	targets, _ := valueAt(o, "spec", "targetRefs").([]any)
	for i, r := range topology.Targets(o) {
		name := r.To.Name
		if r.To.GroupKind() != topology.Backend {
			name = r.To.Kind + " " + name
		}
		fields, _ := targets[i].(map[string]any)
		if section, _ := fields["sectionName"].(string); section != "" {
			name += ":" + section
		}
		out = append(out, name)
	}
	return out
}

// parentNames writes what a route attaches to: "infra/public:https".
func parentNames(o *resource.Object) []string {
	_, parents, err := attachment.RouteOf(o)
	if err != nil {
		return nil
	}
	var out []string
	for _, p := range parents {
		out = append(out, referenceName(p.To, o.GetNamespace())+partText(p.Parent))
	}
	return out
}

func partText(p attachment.Parent) string {
	text := ""
	if p.SectionName != "" {
		text += ":" + p.SectionName
	}
	if p.Port != 0 {
		text += ":" + strconv.Itoa(int(p.Port))
	}
	return text
}

// referenceName leaves out the namespace that both ends are in.
func referenceName(id resource.ID, from string) string {
	if id.Namespace == "" || id.Namespace == from {
		return id.Name
	}
	return id.Namespace + "/" + id.Name
}

func backendNames(o *resource.Object) []string {
	var out []string
	for _, r := range topology.Backends(o) {
		if name := referenceName(r.To, o.GetNamespace()); !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

func portsOf(gateway *resource.Object) string {
	listeners, err := attachment.Listeners(gateway)
	if err != nil {
		return "-"
	}
	var ports []string
	for _, l := range listeners {
		if p := strconv.Itoa(int(l.Port)); !slices.Contains(ports, p) {
			ports = append(ports, p)
		}
	}
	return cmp.Or(strings.Join(ports, ","), "-")
}

// attachedRoutes counts as the controller does: a route at two listeners twice.
func attachedRoutes(gateway *resource.Object) string {
	listeners, err := topology.ListenersOf(gateway)
	if err != nil {
		return "Unknown"
	}
	var sum int64
	for _, l := range listeners {
		if l.Reported < 0 {
			return "Unknown"
		}
		sum += l.Reported
	}
	return strconv.FormatInt(sum, 10)
}

// endpointsOf writes where a backend leads: addresses, or the ports of a
// Service.
func endpointsOf(o *resource.Object) []string {
	if o.GetKind() == topology.Service.Kind {
		var ports []string
		for _, p := range listAt(o, "spec", "ports") {
			fields, _ := p.(map[string]any)
			protocol, _ := fields["protocol"].(string)
			ports = append(ports, fmt.Sprintf("%v/%s", fields["port"], cmp.Or(protocol, "TCP")))
		}
		return ports
	}
	var out []string
	for _, e := range listAt(o, "spec", "endpoints") {
		fields, _ := e.(map[string]any)
		for _, kind := range []struct{ key, host string }{{"ip", "address"}, {"fqdn", "hostname"}} {
			if at, ok := fields[kind.key].(map[string]any); ok {
				host, _ := at[kind.host].(string)
				if ip, err := netip.ParseAddr(host); err == nil {
					host = ip.String() // shorter than the schema has it
				}
				out = append(out, net.JoinHostPort(host, fmt.Sprint(at["port"])))
			}
		}
		if at, ok := fields["unix"].(map[string]any); ok {
			out = append(out, fmt.Sprintf("unix:%v", at["path"]))
		}
	}
	return out
}

func valueAt(o *resource.Object, path ...string) any {
	var v any = o.Object
	for _, key := range path {
		m, _ := v.(map[string]any)
		v = m[key]
	}
	return v
}

func textAt(o *resource.Object, path ...string) string {
	s, _ := valueAt(o, path...).(string)
	return cmp.Or(s, "-")
}

func listAt(o *resource.Object, path ...string) []any {
	l, _ := valueAt(o, path...).([]any)
	return l
}

func stringsAt(o *resource.Object, path ...string) []string {
	var out []string
	for _, v := range listAt(o, path...) {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// texts are one field of each element of a list.
func texts(o *resource.Object, field string, path ...string) []string {
	var out []string
	for _, v := range listAt(o, path...) {
		fields, _ := v.(map[string]any)
		if s, ok := fields[field].(string); ok {
			out = append(out, s)
		}
	}
	return out
}
