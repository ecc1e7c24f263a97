package kinds

import (
	"net/netip"
	"slices"

	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/zclconf/go-cty/cty"
	runtime "k8s.io/apimachinery/pkg/runtime/schema"
)

var clientPolicyObject = runtime.GroupVersionKind{Group: "gateway.envoyproxy.io", Version: "v1alpha1", Kind: "ClientTrafficPolicy"}

var onClients = policyExamples{
	kinds: []string{"gateway", "listener_set"}, target: "gateway.public", targets: "[gateway.public, gateway.internal]",
	section: "a listener by its name", name: "gateway-public", partOfName: "gateway-public.https",
}

var clientTrafficPolicy = &Kind{
	Name: "client_traffic_policy",
	Doc:  "How listeners take their clients: whose address counts behind proxies, for limits by `per_client_ip` and `source_cidr`, and for what backends are told. Without it the client is who connects.",
	Example: `
client_traffic_policy "public" {
  target       = gateway.public
  trusted_hops = 1
}`,
	Object: clientPolicyObject,
	Schema: schema.Body{
		Attrs: withTarget(onClients,
			schema.Attr{Name: "trusted_hops", Type: cty.Number, Default: "0", Doc: "How many proxies stand before the listener, such as a load balancer and a CDN. Each adds the address that it was asked from to `X-Forwarded-For`, so that the client's is that many from the end; what stands before it, clients may have made up. A request with fewer addresses is taken for one of who connects."},
			schema.Attr{Name: "trusted_cidrs", Type: cty.List(cty.String), Doc: "Instead of their number, the addresses of the proxies: `[\"10.0.0.0/8\"]`. The client's is the last of `X-Forwarded-For` that is none of theirs. Not on an xDS server."},
			otherArg("ClientTrafficPolicy's spec"),
		),
	},
	Identity: policyIdentity,
	Refer:    referTo(identifyPolicy(clientPolicyObject.GroupKind())),
	Identify: identifyPolicy(clientPolicyObject.GroupKind()),
	Encode:   encodeClientPolicy,
	Decode:   decodeClientPolicy,
	Check:    checkSection,
}

func encodeClientPolicy(b *resource.Block, f *Fragment) {
	spec := f.Spec(b)
	encodeTargets(b, spec)
	hops, byNumber := f.number(b, "trusted_hops")
	cidrs, byAddress := f.texts(b, "trusted_cidrs")
	forwarded := func(by source) Field { return spec.Map("clientIPDetection", by).Map("xForwardedFor", by) }
	switch {
	case byNumber != nil && byAddress != nil:
		f.Errorf(byAddress.Range, "trusted_hops and trusted_cidrs", "Proxies are told by their number or by their addresses, not by both. Remove one of the two.")
	case byNumber != nil && (hops < 0 || hops > 100):
		f.Errorf(byNumber.Range, "Number of proxies", "trusted_hops is %d, and has to be from 0 to 100.", hops)
	case byNumber != nil && hops == 0:
		// Left out: Envoy Gateway takes numTrustedHops: 0 for 1, and would believe clients.
	case byNumber != nil:
		forwarded(from(byNumber)).Set("numTrustedHops", hops, from(byNumber))
	case byAddress != nil && len(cidrs) == 0:
		f.Errorf(byAddress.Range, "No proxies", "trusted_cidrs has a range of addresses or more. Without proxies, remove it.")
	case byAddress != nil:
		for i, cidr := range cidrs {
			if p, err := netip.ParsePrefix(cidr); err != nil || p != p.Masked() {
				f.Errorf(fromIndex(byAddress, i).at, "Invalid address range", "%q in trusted_cidrs is no range of addresses: write the first one and how many bits count, as in \"10.0.0.0/8\".", cidr)
			}
		}
		forwarded(from(byAddress)).Strings("trustedCIDRs", cidrs, byAddress)
	}
	encodeOther(b, spec)
}

func decodeClientPolicy(o *resource.Object, names Names) (*resource.Block, error) {
	b := decodeMetadata(o, "client_traffic_policy", names)
	spec := fieldsOf(o.Object["spec"])
	decodeTargets(spec, b, home{o.GetNamespace(), names})
	detection := spec.sub("clientIPDetection")
	forwarded := detection.sub("xForwardedFor")
	hops, counted := whole(forwarded.left["numTrustedHops"])
	cidrs, listed := forwarded.left["trustedCIDRs"].([]any)
	switch {
	case counted && hops > 0 && forwarded.left["trustedCIDRs"] == nil:
		set(b, "trusted_hops", hops)
		delete(forwarded.left, "numTrustedHops")
	case listed && forwarded.left["numTrustedHops"] == nil && len(cidrs) > 0 && !slices.ContainsFunc(cidrs, func(v any) bool { _, ok := v.(string); return !ok }):
		set(b, "trusted_cidrs", cidrs)
		delete(forwarded.left, "trustedCIDRs")
	}
	detection.put("xForwardedFor", forwarded)
	spec.put("clientIPDetection", detection)
	spec.other(b)
	decodeLabels(o, b)
	return b, nil
}
