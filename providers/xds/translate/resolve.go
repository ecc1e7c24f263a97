package translate

import (
	"fmt"

	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// resolve follows the references of a route and returns a cluster for each. One
// that leads nowhere is no problem: its share of the requests is answered with
// 500.
func (inv *inventory) resolve(r *route) ([]string, Condition) {
	condition := Condition{
		Type: string(gatewayv1.RouteConditionResolvedRefs), Status: true,
		Reason: string(gatewayv1.RouteReasonResolvedRefs),
	}
	var clusters []string
	for _, rule := range r.rules {
		for _, ref := range rule.references() {
			cluster, reason, message := inv.resolveRef(r, ref)
			clusters = append(clusters, cluster)
			if cluster == "" && condition.Status { // the first one is reported
				condition.Status = false
				condition.Reason = string(reason)
				condition.Message = fmt.Sprintf("%s: %s", ref.path, message)
			}
		}
	}
	return clusters, condition
}

func (inv *inventory) resolveRef(r *route, ref *backendRef) (string, gatewayv1.RouteConditionReason, string) {
	if !ref.supported {
		return "", gatewayv1.RouteReasonInvalidKind, fmt.Sprintf("a %s cannot be a backend: allowed are Backend and Service", ref.id.Kind)
	}
	if !permits(inv.grants, r.id, ref.id) {
		return "", gatewayv1.RouteReasonRefNotPermitted, fmt.Sprintf("no ReferenceGrant in namespace %s permits a reference to %s", ref.id.Namespace, ref.id)
	}
	b := inv.backends[ref.id]
	if ref.id.Kind == kindService {
		b = inv.ports[portRef{ref.id, ref.port}]
	}
	switch {
	case ref.id.Kind == kindService && !inv.fromServices:
		return "", gatewayv1.RouteReasonBackendNotFound, fmt.Sprintf("the xDS server has no source for the endpoints of %s", ref.id)
	case ref.id.Kind == kindService && b == nil:
		return "", gatewayv1.RouteReasonBackendNotFound, fmt.Sprintf("there is no %s with port %d", ref.id, ref.port)
	case ref.id.Kind == kindService && b.broken:
		return "", gatewayv1.RouteReasonUnsupportedProtocol, fmt.Sprintf("port %d of %s has a protocol that is not supported", ref.port, ref.id)
	case b == nil:
		return "", gatewayv1.RouteReasonBackendNotFound, fmt.Sprintf("there is no %s", ref.id)
	case b.broken:
		return "", gatewayv1.RouteReasonUnsupportedValue, fmt.Sprintf("%s asks for what is not supported", ref.id)
	}
	if ref.http2 || r.id.GroupKind() == kindGRPCRoute {
		b = b.overHTTP2()
	}
	return b.build().cluster.Name, "", ""
}
