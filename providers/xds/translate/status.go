package translate

import (
	"slices"

	"github.com/gwctl/gwctl/internal/resource"
	"k8s.io/apimachinery/pkg/runtime/schema"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// Status is what translation can say of a Gateway, a ListenerSet, a route or a
// policy, in the Gateway API's terms. Whether Envoys took it is not known here.
type Status struct {
	Conditions []Condition      `json:"conditions,omitempty"` // of a Gateway, a ListenerSet or a policy
	Listeners  []ListenerStatus `json:"listeners,omitempty"`  // of a Gateway or a ListenerSet, in its order
	Parents    []ParentStatus   `json:"parents,omitempty"`    // of a route, in the order of its parentRefs
	Ancestors  []resource.ID    `json:"ancestors,omitempty"`  // of a policy: the Gateways that it matters to
	// AttachedListenerSets counts those that a Gateway has accepted.
	AttachedListenerSets int `json:"attachedListenerSets,omitempty"`
}

// Condition has the type and the reason that the Gateway API defines.
type Condition struct {
	Type    string `json:"type"`
	Status  bool   `json:"status"`
	Reason  string `json:"reason"`
	Message string `json:"message,omitempty"`
}

// ListenerStatus is the status of one listener.
type ListenerStatus struct {
	Name           string      `json:"name"`
	AttachedRoutes int         `json:"attachedRoutes"`
	Conditions     []Condition `json:"conditions"`
	// SupportedKinds are those kinds of routes that the listener allows and
	// that are translated.
	SupportedKinds []schema.GroupKind `json:"supportedKinds,omitempty"`
}

// ParentStatus is the status of a route at one of its parents.
type ParentStatus struct {
	Parent      resource.ID `json:"parent"`
	SectionName string      `json:"sectionName,omitempty"`
	Port        int32       `json:"port,omitempty"`
	Conditions  []Condition `json:"conditions"`
}

func (g *gateway) status(attached attachments) *Status {
	out := &Status{}
	for _, l := range g.listeners {
		out.Listeners = append(out.Listeners, l.status(len(attached.of(l).attached)))
	}
	for _, set := range g.sets {
		if set.serves() > 0 {
			out.AttachedListenerSets++
		}
	}
	accepted := Condition{Type: string(gatewayv1.GatewayConditionAccepted), Status: true, Reason: string(gatewayv1.GatewayReasonAccepted)}
	programmed := Condition{Type: string(gatewayv1.GatewayConditionProgrammed), Status: true, Reason: string(gatewayv1.GatewayReasonProgrammed)}
	if slices.ContainsFunc(g.listeners, func(l *listener) bool { return !l.served() }) {
		accepted.Reason = string(gatewayv1.GatewayReasonListenersNotValid)
		accepted.Message = "Some listeners are not valid: see theirs."
	}
	if !slices.ContainsFunc(g.merged(), (*listener).served) {
		accepted.Status = false
		programmed = Condition{Type: programmed.Type, Reason: string(gatewayv1.GatewayReasonInvalid), Message: "No listener is valid."}
	}
	for _, c := range g.refused {
		switch c.Type {
		case accepted.Type:
			accepted = c
			programmed = Condition{Type: programmed.Type, Reason: string(gatewayv1.GatewayReasonInvalid), Message: c.Message}
		case programmed.Type:
			programmed = c
		}
	}
	out.Conditions = []Condition{accepted, programmed}
	if g.clientCertificate != nil {
		out.Conditions = append(out.Conditions, g.clientCertificate.resolved)
	}
	if slices.ContainsFunc(g.merged(), (*listener).insecure) {
		out.Conditions = append(out.Conditions, Condition{
			Type: string(gatewayv1.GatewayConditionInsecureFrontendValidationMode), Status: true,
			Reason:  string(gatewayv1.GatewayReasonConfigurationChanged),
			Message: "Clients without a valid certificate are let in.",
		})
	}
	return out
}

// insecure reports whether clients that fail validation are let in.
func (l *listener) insecure() bool {
	return l.tls != nil && l.tls.clients != nil && l.tls.clients.fallback
}

func (l *listener) status(routes int) ListenerStatus {
	accepted := Condition{Type: string(gatewayv1.ListenerConditionAccepted), Status: true, Reason: string(gatewayv1.ListenerReasonAccepted)}
	conflicted := Condition{Type: string(gatewayv1.ListenerConditionConflicted), Reason: string(gatewayv1.ListenerReasonNoConflicts)}
	resolved := Condition{Type: string(gatewayv1.ListenerConditionResolvedRefs), Status: true, Reason: string(gatewayv1.ListenerReasonResolvedRefs)}
	programmed := Condition{Type: string(gatewayv1.ListenerConditionProgrammed), Status: true, Reason: string(gatewayv1.ListenerReasonProgrammed)}
	if l.tls != nil && l.tls.unresolved.Type != "" {
		resolved = l.tls.unresolved
		if !l.open() {
			programmed = Condition{Type: programmed.Type, Reason: string(gatewayv1.ListenerReasonInvalid), Message: "There is no certificate to show."}
		}
	}
	if l.badKinds {
		resolved = Condition{Type: resolved.Type, Reason: string(gatewayv1.ListenerReasonInvalidRouteKinds), Message: "Some kinds of routes are not supported."}
	}
	if !l.served() {
		refused := l.refusal()
		if refused.Type == conflicted.Type {
			conflicted = refused
		}
		accepted = Condition{Type: accepted.Type, Reason: refused.Reason, Message: refused.Message}
		programmed = Condition{Type: programmed.Type, Reason: string(gatewayv1.ListenerReasonInvalid), Message: refused.Message}
		if refused.Type == conflicted.Type {
			programmed.Reason = refused.Reason
		}
	}
	kinds := l.Kinds
	if l.refused.Reason == string(gatewayv1.ListenerReasonUnsupportedProtocol) {
		kinds = nil
	}
	return ListenerStatus{
		Name: l.Name, AttachedRoutes: routes, SupportedKinds: kinds,
		Conditions: []Condition{accepted, conflicted, resolved, programmed},
	}
}
