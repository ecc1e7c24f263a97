package translate

import (
	"github.com/gwctl/gwctl/internal/resource"
)

// inventory is all objects, decoded. It is made anew when any of them changes
// that is no route: what a route was found to attach and to refer to holds as
// long as an inventory.
type inventory struct {
	gateways        []*gateway // ordered by namespace and name
	sets            []*listenerSet
	backends        map[resource.ID]*backend
	services        []*service
	slices          []*endpointSlice
	ports           map[portRef]*backend         // of services
	clusters        map[string]*backendResources // that routes lead to, by name
	grants          []*grant
	tlsPolicies     []*backendTLSPolicy
	trafficPolicies []*trafficPolicy
	clientPolicies  []*clientPolicy
	// certificates are Secrets, and authorities ConfigMaps, by their objects.
	certificates map[resource.ID]*certificate
	authorities  map[resource.ID]*authority
	namespaces   map[string]map[string]string // labels
	// fromServices says that Services are a source of endpoints.
	fromServices bool

	byID     map[resource.ID]*gateway
	setsByID map[resource.ID]*listenerSet

	problems  []Problem               // of objects beside each other
	tls       map[resource.ID]*Status // of policies, and of Backends
	traffic   *traffic
	clients   map[resource.ID]*Status // of policies on how listeners take clients
	snapshots []*snapshot             // of all gateways
}

// newInventory makes one of all objects.
func (t *Translator) newInventory(all []*decoded) *inventory {
	inv := &inventory{
		backends: map[resource.ID]*backend{}, byID: map[resource.ID]*gateway{}, setsByID: map[resource.ID]*listenerSet{},
		namespaces: map[string]map[string]string{}, fromServices: t.Services,
		certificates: map[resource.ID]*certificate{}, authorities: map[resource.ID]*authority{},
		clusters: map[string]*backendResources{},
	}
	for _, known := range all {
		inv.add(known)
	}
	inv.problems = inv.mergeListeners()
	inv.ports = inv.portBackends()
	inv.secureBackends()
	inv.tls = inv.reportTLS()
	inv.traffic = newTraffic(inv.trafficPolicies)
	inv.clients = inv.takeClients()
	if t.limiter == nil && t.Limiter != "" {
		t.limiter = newLimiter(t.Limiter)
	}
	for _, g := range inv.gateways {
		if c := g.clientCertificate; c != nil {
			c.resolve(inv, g.id)
		}
		for _, l := range g.merged() {
			if l.tls != nil {
				l.tls.resolve(inv, l)
			}
		}
		inv.snapshots = append(inv.snapshots, &snapshot{inventory: inv, gateway: g, trees: t.trees, limiter: t.limiter, tables: map[string]*routeTable{}})
	}
	return inv
}

func (t *Translator) decode(id resource.ID, o Object) *decoded {
	out := &decoded{id: id, from: o, came: t.turn}
	d := &decoding{id: id}
	switch {
	case id.GroupKind() == kindGateway:
		out.value = decodeGateway(d, o.Object)
	case id.GroupKind() == kindListenerSet:
		out.value = decodeListenerSet(d, o.Object, o.Created)
	case id.GroupKind() == kindHTTPRoute:
		out.value = decodeRoute(d, o.Object, o.Created)
	case id.GroupKind() == kindGRPCRoute:
		out.value = decodeGRPCRoute(d, o.Object, o.Created)
	case id.GroupKind() == kindTLSRoute:
		out.value = decodeTLSRoute(d, o.Object, o.Created)
	case id.GroupKind() == kindTCPRoute, id.GroupKind() == kindUDPRoute:
		out.value = decodeConnectionRoute(d, o.Object, o.Created)
	case id.Group == groupGateway && id.Kind == "ReferenceGrant":
		out.value = decodeGrant(d, o.Object)
	case id.Group == groupGateway && id.Kind == "BackendTLSPolicy":
		out.value = decodeBackendTLSPolicy(d, o.Object, o.Created)
	case id.GroupKind() == kindTrafficPolicy:
		out.value = decodeTrafficPolicy(d, o.Object, o.Created, t.Limiter)
	case id.GroupKind() == kindClientPolicy:
		out.value = decodeClientPolicy(d, o.Object, o.Created)
	case id.Group == groupEnvoy && id.Kind == "Backend":
		out.value = decodeBackend(d, o.Object)
	case id.Group == "" && id.Kind == kindService && t.Services:
		out.value = decodeService(d, o.Object)
	case id.Group == "discovery.k8s.io" && id.Kind == "EndpointSlice" && t.Services:
		out.value = decodeEndpointSlice(d, o.Object)
	case id.Group == "" && id.Kind == "Secret":
		out.value = decodeSecret(d, o)
	case id.Group == "" && id.Kind == "ConfigMap" && o.Object.GetAnnotations()[resource.AnnotationCanary] != "":
		// A canary's: what it makes of requests is in the routes.
	case id.Group == "" && id.Kind == "ConfigMap":
		out.value = decodeConfigMap(d, o)
	case id.Group == "" && id.Kind == "Namespace":
		out.value = o.Object.GetLabels()
	default:
		d.problem("kind", "objects of kind %q are not supported by the xDS server yet: allowed are Gateway, ListenerSet, HTTPRoute, GRPCRoute, TLSRoute, TCPRoute, UDPRoute, Backend, BackendTLSPolicy, BackendTrafficPolicy, ClientTrafficPolicy, ReferenceGrant, Secret, ConfigMap and Namespace", id.Kind)
	}
	out.problems = d.problems
	return out
}

func (inv *inventory) add(known *decoded) {
	switch v := known.value.(type) {
	case *gateway:
		inv.gateways = append(inv.gateways, v)
		inv.byID[known.id] = v
	case *listenerSet:
		inv.sets = append(inv.sets, v)
		inv.setsByID[known.id] = v
	case *backend:
		inv.backends[known.id] = v
	case *service:
		inv.services = append(inv.services, v)
	case *endpointSlice:
		inv.slices = append(inv.slices, v)
	case *backendTLSPolicy:
		inv.tlsPolicies = append(inv.tlsPolicies, v)
	case *trafficPolicy:
		inv.trafficPolicies = append(inv.trafficPolicies, v)
	case *clientPolicy:
		inv.clientPolicies = append(inv.clientPolicies, v)
	case *grant:
		inv.grants = append(inv.grants, v)
	case *certificate:
		inv.certificates[known.id] = v
	case *authority:
		inv.authorities[known.id] = v
	case map[string]string:
		inv.namespaces[known.id.Name] = v
	}
}
