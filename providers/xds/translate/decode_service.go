package translate

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"github.com/gwctl/gwctl/internal/resource"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
)

// service is a Service: its endpoints are in EndpointSlices.
type service struct {
	id    resource.ID
	ports []servicePort
}

// servicePort is one port of a Service.
type servicePort struct {
	index    int
	name     string
	number   int32
	udp      bool
	protocol appProtocol
}

// appProtocol is what a backend speaks.
type appProtocol int8

const (
	protocolHTTP1 appProtocol = iota
	protocolHTTP2
	protocolTLS
)

// endpointSlice is some of the endpoints of a Service, ready ones only.
type endpointSlice struct {
	service   resource.ID
	ports     map[string]uint32 // by the name of the Service's port
	addresses []string
}

func decodeService(d *decoding, o *resource.Object) *service {
	s := &service{id: d.id}
	var typed corev1.Service
	if !d.typed(o, &typed) || typed.Spec.Type == corev1.ServiceTypeExternalName {
		return s // routes to it find no port
	}
	for i, p := range typed.Spec.Ports {
		transport := cmp.Or(p.Protocol, corev1.ProtocolTCP)
		if transport != corev1.ProtocolTCP && transport != corev1.ProtocolUDP {
			continue
		}
		s.ports = append(s.ports, servicePort{index: i, name: p.Name, number: p.Port, udp: transport == corev1.ProtocolUDP, protocol: decodeAppProtocol(value(p.AppProtocol, ""))})
	}
	return s
}

// decodeAppProtocol takes what the Gateway API defines, and what says nothing
// of how requests are sent, as plain HTTP.
func decodeAppProtocol(name string) appProtocol {
	switch strings.ToLower(name) { // IANA's names, such as https, have no case
	case "kubernetes.io/h2c":
		return protocolHTTP2
	case "kubernetes.io/wss", "https":
		return protocolTLS
	}
	return protocolHTTP1
}

func decodeEndpointSlice(d *decoding, o *resource.Object) *endpointSlice {
	s := &endpointSlice{ports: map[string]uint32{}}
	var typed discoveryv1.EndpointSlice
	if !d.typed(o, &typed) {
		return s
	}
	s.service = resource.ID{Kind: kindService, Namespace: d.id.Namespace, Name: typed.Labels[discoveryv1.LabelServiceName]}
	for _, p := range typed.Ports {
		if p.Port != nil && 0 < *p.Port && *p.Port <= 65535 {
			s.ports[value(p.Name, "")] = uint32(*p.Port)
		}
	}
	for _, e := range typed.Endpoints {
		if !value(e.Conditions.Ready, true) {
			continue
		}
		for _, a := range e.Addresses {
			if ip, err := netip.ParseAddr(a); err == nil && ip.Zone() == "" { // names are resolved by nobody
				s.addresses = append(s.addresses, ip.Unmap().String())
			}
		}
	}
	return s
}

// kindService is the kind that backend references name where they name none.
const kindService = "Service"

// portRef names a port of a Service.
type portRef struct {
	service resource.ID
	port    int32
	udp     bool
}

// portBackends makes a backend of each port of the Services.
func (inv *inventory) portBackends() map[portRef]*backend {
	if len(inv.services) == 0 {
		return nil
	}
	slicesOf := map[resource.ID][]*endpointSlice{}
	for _, s := range inv.slices {
		slicesOf[s.service] = append(slicesOf[s.service], s)
	}
	out := map[portRef]*backend{}
	for _, s := range inv.services {
		for _, p := range s.ports {
			b := &backend{
				id: s.id, port: p.number, section: p.name, udp: p.udp, origin: index("spec.ports", p.index),
				http2: p.protocol == protocolHTTP2, wantsTLS: p.protocol == protocolTLS,
			}
			for _, slice := range slicesOf[s.id] {
				if port, ok := slice.ports[p.name]; ok {
					for _, a := range slice.addresses {
						b.endpoints = append(b.endpoints, endpoint{address: a, port: port})
					}
				}
			}
			// Slices come in any order, and may overlap.
			slices.SortFunc(b.endpoints, func(x, y endpoint) int {
				return cmp.Or(cmp.Compare(x.address, y.address), cmp.Compare(x.port, y.port))
			})
			b.endpoints = slices.Compact(b.endpoints)
			out[portRef{s.id, p.number, p.udp}] = b
		}
	}
	return out
}
