package kinds

import (
	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/resource"
)

var listenerSetObject = gatewayAPI("ListenerSet")

var listenerSet = &Kind{
	Name: "listener_set",
	Doc:  "Listeners that a team adds to the gateway of another one, which has to allow it by `allowed_listeners`. Routes attach by `listener_set = listener_set.shop`.",
	Example: `
listener_set "shop" {
  gateway = { name = "public", namespace = "infra" }
  listener "shop" {
    port     = 443
    protocol = "HTTPS"
    hostname = "shop.example.com"
    tls { certificates = [certificate.wildcard] }
  }
}`,
	Object: listenerSetObject,
	Schema: schema.Body{
		Attrs: withMetadata(
			schema.Attr{Name: "gateway", Type: schema.Ref, Refs: []string{"gateway"}, Required: true, Doc: "The gateway that serves the listeners: `gateway.public`, or `{ name = \"public\", namespace = \"infra\" }` for another team's."},
			otherArg("ListenerSet's spec"),
		),
		Blocks: []schema.Block{listenerSchema},
	},
	Identity: []string{"name", "namespace"},
	Refer:    referTo(called(listenerSetObject.GroupKind())),
	Encode:   encodeListenerSet,
	Decode:   decodeListenerSet,
	Check:    checkListenerSet,
}

func encodeListenerSet(b *resource.Block, f *Fragment) {
	spec := f.Spec(b)
	if ref, a := f.ref(b, "gateway", "gateway", gatewayObject.GroupKind()); a != nil {
		encodeObjectRef(ref, gatewayObject.GroupKind(), spec.Map("parentRef", from(a)), from(a))
	}
	encodeListeners(b, spec)
	encodeOther(b, spec)
}

func decodeListenerSet(o *resource.Object, names Names) (*resource.Block, error) {
	b := decodeMetadata(o, "listener_set", names)
	spec := fieldsOf(o.Object["spec"])
	in := home{o.GetNamespace(), names}
	parent := spec.sub("parentRef")
	if ref := decodeRef(parent, gatewayObject.GroupKind(), in); ref.ID.Name != "" && len(parent.left) == 0 {
		set(b, "gateway", ref)
		delete(spec.left, "parentRef")
	}
	for _, v := range list[map[string]any](spec, "listeners") {
		b.Blocks = append(b.Blocks, decodeListener(fieldsOf(v), in))
	}
	spec.other(b)
	decodeLabels(o, b)
	return b, nil
}

// checkListenerSet reports what the gateway, where it is in the same
// configuration, would not serve.
func checkListenerSet(b *resource.Block, siblings Siblings, f *Fragment) {
	a := argument(b, "gateway")
	if a == nil {
		return
	}
	ref, _ := a.Value.(resource.Ref)
	gateway, ok := siblings(ref.Address)
	if ref.Address.IsZero() || !ok {
		return
	}
	if same := ref.ID.Namespace == f.ID.Namespace; !otherSets(gateway, "allowedListeners") && !allowsListeners(gateway, same) {
		which := "All"
		if same {
			which = "Same"
		}
		f.Errorf(a.Range, "Listeners that the gateway refuses", "%s takes no listeners of namespace %s. Add to its block: allowed_listeners { namespaces = %q }, or a selector.", ref, f.ID.Namespace, which)
	}
	for _, l := range b.BlocksOf("listener") {
		for _, other := range gateway.BlocksOf("listener") {
			if port, why, way := conflict(other, l); why != "" {
				f.Errorf(l.Range, "Conflicting listeners", "%s and %s of %s (%s) are both on port %d, and %s: the gateway's own is served, and this one is not. Give one of them %s.", title(l), title(other), ref, place(other.Range), port, why, way)
				break
			}
		}
	}
}

// allowsListeners reports whether a gateway takes listener sets of its own
// namespace, or of another. Which ones a selector chooses is not known here.
func allowsListeners(gateway *resource.Block, same bool) bool {
	for _, allowed := range gateway.BlocksOf("allowed_listeners") {
		namespaces, _ := valueOf(allowed, "namespaces").(string)
		switch {
		case len(allowed.BlocksOf("selector")) > 0, namespaces == "All", namespaces == "Selector":
			return true
		case namespaces == "Same":
			return same
		}
	}
	return false
}
