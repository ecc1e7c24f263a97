package kinds

import (
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/zclconf/go-cty/cty"
	runtime "k8s.io/apimachinery/pkg/runtime/schema"
)

var backendObject = runtime.GroupVersionKind{Group: "gateway.envoyproxy.io", Version: "v1alpha1", Kind: "Backend"}

var service = runtime.GroupKind{Kind: "Service"}

var backend = &Kind{
	Name: "backend",
	Doc:  "Where requests go: addresses, a DNS name, or a Kubernetes Service.",
	Example: `
backend "orders" {
  endpoints = ["10.0.0.7:9001"]
}

backend "orders_v2" {
  dns = "orders.internal:8080"
}

backend "checkout" { # makes no object: the Service is there
  service   = "checkout"
  namespace = "shop"
  port      = 8080
}`,
	Object: backendObject,
	Schema: schema.Body{
		Attrs: withMetadata(
			schema.Attr{Name: "endpoints", Type: cty.List(cty.String), Doc: "Addresses, each an IP address and a port: `127.0.0.1:9001`, `[2001:db8::1]:9001`. At most 256. Exactly one of `endpoints`, `dns` and `service` is set."},
			schema.Attr{Name: "dns", Type: cty.String, Doc: "A DNS name and a port: `orders.internal:8080`."},
			schema.Attr{Name: "service", Type: cty.String, Doc: "Name of a Kubernetes Service in `namespace`. The block makes no object: routes refer to the Service itself."},
			schema.Attr{Name: "port", Type: cty.Number, Doc: "Port of the Service."},
			otherArg("Backend's spec"),
		),
	},
	Identity: []string{"name", "namespace", "service", "port"},
	Refer:    referBackend,
	Encode:   encodeBackend,
	Decode:   decodeBackend,
	Traffic:  backendTraffic,
}

func referBackend(b *resource.Block, a resource.Address, in Scope) resource.Ref {
	name := argument(b, "service")
	if name == nil {
		return resource.Ref{Address: a, ID: identify(backendObject.GroupKind(), b, a, in)}
	}
	ref := resource.Ref{Address: a, ID: resource.ID{Kind: service.Kind, Namespace: namespaceOf(b, in)}}
	ref.ID.Name, _ = name.Value.(string)
	if port := argument(b, "port"); port != nil {
		ref.Port, _ = whole(port.Value)
	}
	return ref
}

func encodeBackend(b *resource.Block, f *Fragment) {
	endpoints, byAddress := f.texts(b, "endpoints")
	host, byName := f.text(b, "dns")
	name, byService := f.text(b, "service")
	port, hasPort := f.number(b, "port")

	set := 0
	for _, a := range []*resource.Attr{byAddress, byName, byService} {
		if a != nil {
			set++
		}
	}
	const oneOf = "A backend says where requests go with exactly one of endpoints = [\"127.0.0.1:9001\"], dns = \"orders.internal:8080\" and service = \"orders\" with a port."
	if set > 1 || set == 0 && !otherSets(b, "endpoints") && !otherSets(b, "type") {
		f.Errorf(b.Range, "Backend without one target", oneOf)
	}
	if hasPort != nil && byService == nil && set > 0 {
		f.Errorf(hasPort.Range, "Port without a Service", "port belongs to service = \"...\". In endpoints and dns the port stands behind the address: \"orders.internal:%d\".", port)
	}
	if byService != nil {
		f.MakesNothing()
		checkService(b, f, name, byService, port, hasPort)
		return
	}
	spec := f.Spec(b)
	seen := make(map[netip.AddrPort]string, len(endpoints))
	for i, endpoint := range endpoints {
		encodeEndpoint(spec, seen, endpoint, fromIndex(byAddress, i))
	}
	if byAddress != nil && len(endpoints) == 0 {
		f.Errorf(byAddress.Range, "No endpoints", "endpoints must list at least one address, such as \"127.0.0.1:9001\".")
	}
	if byName != nil {
		encodeDNS(spec, host, from(byName))
	}
	encodeOther(b, spec)
}

func checkService(b *resource.Block, f *Fragment, name string, byService *resource.Attr, port int64, hasPort *resource.Attr) {
	if name == "" {
		f.Errorf(byService.Range, "No Service", "service must name a Kubernetes Service.")
	}
	switch {
	case hasPort == nil:
		f.Errorf(byService.Range, "Service without a port", "A Service has several ports: say which one with port = 8080.")
	case port < 1 || port > 65535:
		f.Errorf(hasPort.Range, "Invalid port", "port is %d; a port is 1 to 65535.", port)
	}
	for _, arg := range []string{"name", "labels", "annotations", "other"} {
		if a := argument(b, arg); a != nil {
			f.Errorf(a.Range, "Argument without effect", "A backend that is a Service makes no object, so %s says nothing. Remove it.", arg)
		}
	}
}

// splitHostPort reads "host:port".
func splitHostPort(f *Fragment, s, example string, by source) (string, int64, bool) {
	host, port, err := net.SplitHostPort(s)
	if err != nil || host == "" {
		f.Errorf(by.at, "Invalid endpoint", "%q in %s is not HOST:PORT, such as %q.", s, by.word, inBrackets(s, example))
		return "", 0, false
	}
	if short := strings.TrimLeft(port, "0"); short != port && short != "" {
		f.Errorf(by.at, "Invalid endpoint", "%q in %s has the port %q with zeros before it. Write %q.", s, by.word, port, net.JoinHostPort(host, short))
		return "", 0, false
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		f.Errorf(by.at, "Invalid endpoint", "%q in %s has the port %q; a port is a number from 1 to 65535.", s, by.word, port)
		return "", 0, false
	}
	return host, int64(n), true
}

// inBrackets returns an IPv6 address as it stands before a port, or the example.
func inBrackets(s, example string) string {
	address, port := s, "9001"
	if i := strings.LastIndexByte(s, ':'); i >= 0 {
		if _, err := netip.ParseAddr(s[:i]); err == nil {
			address, port = s[:i], s[i+1:]
		}
	}
	if ip, err := netip.ParseAddr(address); err == nil && ip.Is6() {
		return net.JoinHostPort(address, port)
	}
	return example
}

// knownAddress is the schema's own pattern of addresses. It lacks some short
// forms of IPv6, "::1" among them; those are written out.
var knownAddress = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(([0-9a-fA-F]{1,4}:){1,7}[0-9a-fA-F]{1,4}|::|(([0-9a-fA-F]{1,4}:){0,5})?(:[0-9a-fA-F]{1,4}){1,2})$`)
})

// encodeEndpoint writes one endpoint; seen are those before it.
func encodeEndpoint(spec Field, seen map[netip.AddrPort]string, endpoint string, by source) {
	host, port, ok := splitHostPort(spec.f, endpoint, "127.0.0.1:9001", by)
	if !ok {
		return
	}
	address, err := netip.ParseAddr(host)
	switch {
	case err != nil:
		spec.f.Errorf(by.at, "Invalid endpoint", "%q in endpoints is not an IP address with a port. A DNS name goes to dns = %q.", endpoint, endpoint)
		return
	case address.Zone() != "":
		spec.f.Errorf(by.at, "Invalid endpoint", "%q in endpoints has a zone, which an endpoint cannot have.", endpoint)
		return
	}
	at := netip.AddrPortFrom(address.Unmap(), uint16(port))
	if before, twice := seen[at]; twice {
		spec.f.Errorf(by.at, "Endpoint listed twice", "%q in endpoints is the same as %q before it. Remove one.", endpoint, before)
		return
	}
	seen[at] = endpoint
	if spec.f.Scope.Provider == "kubernetes" && address.Unmap().IsLoopback() {
		spec.f.Errorf(by.at, "Endpoint on the proxy itself", "%q in endpoints is a loopback address: from a proxy in a cluster it leads to the proxy's own Pod, and Envoy Gateway refuses it. Give the address that others reach it by, or service = \"...\" for a Service of the cluster.", endpoint)
	}
	text := address.String()
	if address.Is6() && (len(text) < 3 || !knownAddress().MatchString(text)) {
		text = address.StringExpanded()
	}
	ip := spec.Item("endpoints", by).Map("ip", by)
	ip.Set("address", text, by)
	ip.Set("port", port, by)
}

func encodeDNS(spec Field, endpoint string, by source) {
	host, port, ok := splitHostPort(spec.f, endpoint, "orders.internal:8080", by)
	if !ok {
		return
	}
	if _, err := netip.ParseAddr(host); err == nil {
		spec.f.Errorf(by.at, "Invalid endpoint", "%q in dns is an IP address: write endpoints = [%q].", endpoint, endpoint)
		return
	}
	if spec.f.Scope.Provider == "kubernetes" && !strings.Contains(host, ".") {
		spec.f.Errorf(by.at, "Name without a domain", "%q in dns has no domain, and Envoy Gateway refuses such names. Write it in full, such as %q, or service = %q for a Service of the cluster.", endpoint, net.JoinHostPort(host+".internal", strconv.FormatInt(port, 10)), host)
	}
	fqdn := spec.Item("endpoints", by).Map("fqdn", by)
	fqdn.Set("hostname", host, by)
	fqdn.Set("port", port, by)
}

func decodeBackend(o *resource.Object, names Names) (*resource.Block, error) {
	b := decodeMetadata(o, "backend", names)
	spec := fieldsOf(o.Object["spec"])
	list, _ := spec.left["endpoints"].([]any)
	if addresses := decodeAddresses(list); addresses != nil {
		set(b, "endpoints", addresses)
		delete(spec.left, "endpoints")
	} else if host := decodeDNS(list); host != "" {
		set(b, "dns", host)
		delete(spec.left, "endpoints")
	}
	if spec.left["type"] == "Endpoints" {
		delete(spec.left, "type")
	}
	spec.other(b)
	decodeLabels(o, b)
	return b, nil
}

// decodeAddresses returns nil unless all endpoints are plain IP addresses.
func decodeAddresses(list []any) []any {
	var out []any
	for _, v := range list {
		endpoint := fieldsOf(v)
		host, port, ok := decodeHostPort(endpoint, "ip", "address")
		address, err := netip.ParseAddr(host)
		if !ok || err != nil {
			return nil
		}
		out = append(out, net.JoinHostPort(address.String(), port))
	}
	return out
}

// decodeDNS returns "" unless there is one endpoint, a plain DNS name.
func decodeDNS(list []any) string {
	if len(list) != 1 {
		return ""
	}
	host, port, ok := decodeHostPort(fieldsOf(list[0]), "fqdn", "hostname")
	if !ok {
		return ""
	}
	return net.JoinHostPort(host, port)
}

func decodeHostPort(endpoint fields, kind, field string) (host, port string, ok bool) {
	p := endpoint.sub(kind)
	host = p.text(field)
	n, hasPort := p.number("port")
	endpoint.put(kind, p)
	return host, strconv.FormatInt(n, 10), host != "" && hasPort && n > 0 && n < 1<<16 && len(endpoint.left) == 0
}
