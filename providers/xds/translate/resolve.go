package translate

import (
	"fmt"

	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// resolve follows the references of a route and returns a backend for each. One
// that leads nowhere is no problem: its share of the requests is answered with
// 500, that of connections is closed.
func (inv *inventory) resolve(r *route) ([]*backend, Condition) {
	condition := Condition{
		Type: string(gatewayv1.RouteConditionResolvedRefs), Status: true,
		Reason: string(gatewayv1.RouteReasonResolvedRefs),
	}
	var backends []*backend
	for _, rule := range r.rules {
		for _, ref := range rule.references() {
			b, reason, message := inv.resolveRef(r, ref)
			backends = append(backends, b)
			if b == nil && condition.Status { // the first one is reported
				condition.Status = false
				condition.Reason = string(reason)
				condition.Message = fmt.Sprintf("%s: %s", ref.path, message)
			}
		}
	}
	return backends, condition
}

// share is what one backend gets of the connections or packets of a route.
type share struct {
	backend *backend // nil: nobody gets it
	weight  uint32
}

// shares are those of a route that has one rule.
func (r *route) shares() []share {
	var out []share
	for i, ref := range r.rules[0].backends {
		out = append(out, share{r.place.backends[i], ref.weight})
	}
	return out
}

func (inv *inventory) resolveRef(r *route, ref *backendRef) (*backend, gatewayv1.RouteConditionReason, string) {
	if !ref.supported {
		return nil, gatewayv1.RouteReasonInvalidKind, fmt.Sprintf("a %s cannot be a backend: allowed are Backend and Service", ref.id.Kind)
	}
	if !permits(inv.grants, r.id, ref.id) {
		return nil, gatewayv1.RouteReasonRefNotPermitted, fmt.Sprintf("no ReferenceGrant in namespace %s permits a reference to %s", ref.id.Namespace, ref.id)
	}
	b := inv.backends[ref.id]
	if ref.id.Kind == kindService {
		b = inv.ports[portRef{ref.id, ref.port, r.id.GroupKind() == kindUDPRoute}]
	}
	switch {
	case ref.id.Kind == kindService && !inv.fromServices:
		return nil, gatewayv1.RouteReasonBackendNotFound, fmt.Sprintf("the xDS server has no source for the endpoints of %s", ref.id)
	case ref.id.Kind == kindService && b == nil:
		return nil, gatewayv1.RouteReasonBackendNotFound, fmt.Sprintf("there is no %s with port %d", ref.id, ref.port)
	case b != nil && b.wantsTLS && b.tls == nil && r.requests():
		return nil, gatewayv1.RouteReasonUnsupportedProtocol, fmt.Sprintf("port %d of %s wants TLS, and no BackendTLSPolicy says how", ref.port, ref.id)
	case b == nil:
		return nil, gatewayv1.RouteReasonBackendNotFound, fmt.Sprintf("there is no %s", ref.id)
	case b.broken:
		return nil, gatewayv1.RouteReasonUnsupportedValue, fmt.Sprintf("%s asks for what is not supported", ref.id)
	}
	return b, "", ""
}
