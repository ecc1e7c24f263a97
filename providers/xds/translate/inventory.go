package translate

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"

	"github.com/gwctl/gwctl/internal/resource"
)

// inventory is all objects, decoded.
type inventory struct {
	gateways    []*gateway // like routes, ordered by namespace and name
	sets        []*listenerSet
	routes      []*route
	backends    map[resource.ID]*backend
	services    []*service
	slices      []*endpointSlice
	ports       map[portRef]*backend         // of services
	clusters    map[string]*backendResources // that routes lead to, by name
	grants      []*grant
	tlsPolicies []*backendTLSPolicy
	traffic     []*trafficPolicy
	// certificates are Secrets, and authorities ConfigMaps, by their objects.
	certificates map[resource.ID]*certificate
	authorities  map[resource.ID]*authority
	namespaces   map[string]map[string]string // labels
	problems     []Problem
	// fromServices says that Services are a source of endpoints.
	fromServices bool

	byID     map[resource.ID]*gateway
	setsByID map[resource.ID]*listenerSet
	// epoch changes with every object that is no route: what a route was found
	// to attach and to refer to holds until then.
	epoch uint64
}

// decoded is what is known of one object, and what it is known by.
type decoded struct {
	id       resource.ID
	revision uint64
	created  time.Time
	unusable string
	content  []byte // where there is no revision
	value    any
	problems []Problem
	seen     uint64 // the last translation that had it
}

// take decodes the objects that are not known yet, and forgets those that are
// gone.
func (t *Translator) take(objects []Object) *inventory {
	t.turn++
	inv := &inventory{
		backends: map[resource.ID]*backend{}, byID: map[resource.ID]*gateway{}, setsByID: map[resource.ID]*listenerSet{},
		namespaces: map[string]map[string]string{}, fromServices: t.Services,
		certificates: map[resource.ID]*certificate{}, authorities: map[resource.ID]*authority{},
	}
	// What stands twice is left out: the order of the input must not decide.
	twice := map[resource.ID]bool{}
	entries := make([]*decoded, 0, len(objects))
	for _, o := range objects {
		if o.Object == nil {
			continue
		}
		id := resource.IDOf(o.Object)
		known := t.known[id]
		if known != nil && known.seen == t.turn {
			twice[id] = true
			continue
		}
		if !known.is(o) {
			t.touch(known)
			known = t.decode(id, o)
			t.touch(known)
			t.known[id] = known
		}
		known.seen = t.turn
		entries = append(entries, known)
	}
	if len(entries) != len(t.known) || len(twice) > 0 {
		for id, known := range t.known {
			if known.seen != t.turn || twice[id] {
				t.touch(known)
				delete(t.known, id)
			}
		}
	}
	for id := range twice {
		inv.problems = append(inv.problems, Problem{Origin{ID: id}, "the object is there twice"})
	}
	for _, known := range entries {
		if !twice[known.id] {
			inv.add(known)
		}
	}
	byID := func(a, b *route) int { return a.id.Compare(b.id) }
	if !slices.IsSortedFunc(inv.routes, byID) {
		slices.SortFunc(inv.routes, byID)
	}
	slices.SortFunc(inv.gateways, func(a, b *gateway) int { return a.id.Compare(b.id) })
	if inv.epoch = t.epoch; t.madeEpoch != inv.epoch {
		t.conflicts = inv.mergeListeners()
		inv.ports, inv.clusters = inv.portBackends(), map[string]*backendResources{}
		inv.secureBackends()
		t.ports, t.clusters, t.madeEpoch = inv.ports, inv.clusters, inv.epoch
	}
	inv.ports, inv.clusters = t.ports, t.clusters
	inv.problems = append(inv.problems, t.conflicts...)
	if epoch := t.epoch + t.trafficEpoch; t.traffic == nil || t.traffic.epoch != epoch {
		t.traffic = newTraffic(epoch, inv.traffic)
	}
	return inv
}

// touch notes that an object came or went.
func (t *Translator) touch(known *decoded) {
	if known == nil {
		return
	}
	switch known.value.(type) {
	case *route:
	case *trafficPolicy:
		t.trafficEpoch++
	default:
		t.epoch++
	}
}

// is reports whether o is the object that is known.
func (known *decoded) is(o Object) bool {
	if known == nil || !known.created.Equal(o.Created) || known.unusable != o.Unusable || known.revision != o.Revision {
		return false
	}
	return o.Revision != 0 || known.content != nil && bytes.Equal(known.content, content(o.Object))
}

// content is comparable; nil if the object cannot be compared.
func content(o *resource.Object) []byte {
	b, err := json.Marshal(o.Object)
	if err != nil {
		return nil
	}
	return b
}

func (t *Translator) decode(id resource.ID, o Object) *decoded {
	out := &decoded{id: id, revision: o.Revision, created: o.Created, unusable: o.Unusable}
	if o.Revision == 0 {
		out.content = content(o.Object)
	}
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
	case id.Group == groupEnvoy && id.Kind == "Backend":
		out.value = decodeBackend(d, o.Object)
	case id.Group == "" && id.Kind == kindService && t.Services:
		out.value = decodeService(d, o.Object)
	case id.Group == "discovery.k8s.io" && id.Kind == "EndpointSlice" && t.Services:
		out.value = decodeEndpointSlice(d, o.Object)
	case id.Group == "" && id.Kind == "Secret":
		out.value = decodeSecret(d, o)
	case id.Group == "" && id.Kind == "ConfigMap":
		out.value = decodeConfigMap(d, o)
	case id.Group == "" && id.Kind == "Namespace":
		out.value = o.Object.GetLabels()
	default:
		d.problem("kind", "objects of kind %q are not supported by the xDS server yet: allowed are Gateway, ListenerSet, HTTPRoute, GRPCRoute, TLSRoute, TCPRoute, UDPRoute, Backend, BackendTLSPolicy, BackendTrafficPolicy, ReferenceGrant, Secret, ConfigMap and Namespace", id.Kind)
	}
	out.problems = d.problems
	return out
}

func (inv *inventory) add(known *decoded) {
	inv.problems = append(inv.problems, known.problems...)
	switch v := known.value.(type) {
	case *gateway:
		inv.gateways = append(inv.gateways, v)
		inv.byID[known.id] = v
	case *listenerSet:
		inv.sets = append(inv.sets, v)
		inv.setsByID[known.id] = v
	case *route:
		inv.routes = append(inv.routes, v)
	case *backend:
		inv.backends[known.id] = v
	case *service:
		inv.services = append(inv.services, v)
	case *endpointSlice:
		inv.slices = append(inv.slices, v)
	case *backendTLSPolicy:
		inv.tlsPolicies = append(inv.tlsPolicies, v)
	case *trafficPolicy:
		inv.traffic = append(inv.traffic, v)
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
