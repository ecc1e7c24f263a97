package translate

import (
	"fmt"
	"slices"

	"github.com/gwctl/gwctl/internal/policy"
	"github.com/gwctl/gwctl/internal/resource"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// status is that of a policy: it is accepted where it holds for all its targets,
// but for what more specific ones say of parts of them.
func (t *traffic) status(inv *inventory, p *trafficPolicy) *Status {
	refuse := func(reason gatewayv1.PolicyConditionReason, message string) Condition {
		return Condition{Type: string(gatewayv1.PolicyConditionAccepted), Reason: string(reason), Message: message}
	}
	accepted := Condition{Type: string(gatewayv1.PolicyConditionAccepted), Status: true, Reason: string(gatewayv1.PolicyReasonAccepted)}
	conflicts := t.resolved.Conflicts()[p.ID]
	switch missing := inv.missing(p.Targets); {
	case p.cannot():
		accepted = refuse(gatewayv1.PolicyReasonInvalid, p.invalid)
	case missing != "":
		accepted = refuse(gatewayv1.PolicyReasonTargetNotFound, missing)
	case len(conflicts) > 0:
		accepted = refuse(gatewayv1.PolicyReasonConflicted, fmt.Sprintf("%s has the policy %s, which is older, or first by its name.", conflicts[0].Target, conflicts[0].By))
	}
	return &Status{Conditions: []Condition{accepted}, Ancestors: inv.gatewaysOf(p.Targets)}
}

// missing says which target is not there; "" if all are.
func (inv *inventory) missing(targets []policy.Target) string {
	for _, t := range targets {
		sections, ok := inv.sectionsOf(t.ID)
		switch {
		case !ok:
			return fmt.Sprintf("There is no %s.", t.ID)
		case t.Section != "" && !slices.Contains(sections, t.Section):
			return fmt.Sprintf("%s has no section %s.", t.ID, t.Section)
		}
	}
	return ""
}

// sectionsOf names the listeners or the rules of an object that policies are
// for; false: there is none.
func (inv *inventory) sectionsOf(id resource.ID) ([]string, bool) {
	var out []string
	if to := inv.follow(id); to.gateway != nil {
		for _, l := range to.listeners {
			out = append(out, l.Name)
		}
		return out, true
	}
	if r := inv.route(id); r != nil {
		for _, rule := range r.rules {
			out = append(out, rule.name)
		}
		return out, true
	}
	return nil, false
}

// gatewaysOf lists the Gateways that serve targets of policies, in order.
func (inv *inventory) gatewaysOf(targets []policy.Target) []resource.ID {
	var out []resource.ID
	add := func(id resource.ID) {
		if to := inv.follow(id); to.gateway != nil {
			out = append(out, to.gateway.id)
		}
	}
	for _, t := range targets {
		add(t.ID)
		if r := inv.route(t.ID); r != nil {
			for _, a := range r.place.attachments {
				add(a.listener.Owner)
			}
		}
	}
	slices.SortFunc(out, resource.ID.Compare)
	return slices.Compact(out)
}

// route finds a route; nil if there is none.
func (inv *inventory) route(id resource.ID) *route {
	i, found := slices.BinarySearchFunc(inv.routes, id, func(r *route, id resource.ID) int { return r.id.Compare(id) })
	if !found {
		return nil
	}
	return inv.routes[i]
}
