package main

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/gwctl/gwctl/internal/diag"
	"github.com/gwctl/gwctl/internal/topology"
)

// noun is what people call a kind of live objects.
type noun struct {
	plural   string
	singular string
	short    []string
	types    []schema.GroupKind // several where one word means all of them
	// wide says that the objects live in no namespace.
	clusterWide bool
}

var nouns = []noun{
	{plural: "backends", singular: "backend", types: []schema.GroupKind{topology.Backend, topology.Service}},
	{plural: "backendtlspolicies", singular: "backendtlspolicy", short: []string{"btlspolicy", "backend_tls_policy"}, types: []schema.GroupKind{topology.BackendTLS}},
	{plural: "gatewayclasses", singular: "gatewayclass", short: []string{"gc", "gateway_class"}, types: []schema.GroupKind{topology.GatewayClass}, clusterWide: true},
	{plural: "gateways", singular: "gateway", short: []string{"gw", "gtw"}, types: []schema.GroupKind{topology.Gateway}},
	{plural: "grpcroutes", singular: "grpcroute", short: []string{"grpc_route"}, types: []schema.GroupKind{{Group: topology.Gateway.Group, Kind: "GRPCRoute"}}},
	{plural: "httproutes", singular: "httproute", short: []string{"hr", "http_route"}, types: []schema.GroupKind{topology.HTTPRoute}},
	{plural: "listenersets", singular: "listenerset", short: []string{"lset", "listener_set"}, types: []schema.GroupKind{topology.ListenerSet}},
	{plural: "namespaces", singular: "namespace", short: []string{"ns"}, types: []schema.GroupKind{topology.Namespace}, clusterWide: true},
	{plural: "services", singular: "service", short: []string{"svc"}, types: []schema.GroupKind{topology.Service}},
	{plural: "tcproutes", singular: "tcproute", short: []string{"tcp_route"}, types: []schema.GroupKind{{Group: topology.Gateway.Group, Kind: "TCPRoute"}}},
	{plural: "tlsroutes", singular: "tlsroute", short: []string{"tls_route"}, types: []schema.GroupKind{{Group: topology.Gateway.Group, Kind: "TLSRoute"}}},
	{plural: "udproutes", singular: "udproute", short: []string{"udp_route"}, types: []schema.GroupKind{{Group: topology.Gateway.Group, Kind: "UDPRoute"}}},
}

// nounList names all of them, for help.
func nounList() string {
	var names []string
	for _, n := range nouns {
		name := n.plural
		if len(n.short) > 0 {
			name += " (" + n.short[0] + ")"
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}

// nounOf finds a noun by any of its names; `gateways.gateway.networking.k8s.io`
// is one of them too.
func nounOf(word string) (noun, error) {
	name, _, _ := strings.Cut(strings.ToLower(word), ".")
	var known []string
	for _, n := range nouns {
		if name == n.plural || name == n.singular || slices.Contains(n.short, name) {
			return n, nil
		}
		known = append(known, n.plural)
	}
	return noun{}, fmt.Errorf("%q is nothing that can be looked at.%s", word, diag.Allowed(name, known))
}

// wanted are the objects of one noun that a command line asks for.
type wanted struct {
	noun
	names []string // none: all
}

// wantedOf reads `gateways,httproutes`, `gateway public internal` and
// `gateway/public httproute/orders`.
func wantedOf(arguments []string) ([]wanted, error) {
	if strings.Contains(arguments[0], "/") {
		var out []wanted
		for _, a := range arguments {
			word, name, ok := strings.Cut(a, "/")
			if !ok || name == "" {
				return nil, fmt.Errorf("%q is not of the form TYPE/NAME, as the first one is", a)
			}
			n, err := nounOf(word)
			if err != nil {
				return nil, err
			}
			i := slices.IndexFunc(out, func(w wanted) bool { return w.plural == n.plural })
			if i < 0 {
				i = len(out)
				out = append(out, wanted{noun: n})
			}
			out[i].names = append(out[i].names, name)
		}
		return out, nil
	}
	var out []wanted
	for _, word := range strings.Split(arguments[0], ",") {
		n, err := nounOf(word)
		if err != nil {
			return nil, err
		}
		out = append(out, wanted{noun: n, names: arguments[1:]})
	}
	return out, nil
}
