package translate

import (
	"fmt"
	"maps"
	"slices"

	"github.com/gwctl/gwctl/internal/policy"
	"github.com/gwctl/gwctl/internal/resource"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// trafficStatuses are those of policies, when routes stand like that. Only those
// are made anew that are for routes which came or went.
func (inv *inventory) trafficStatuses(before map[resource.ID]*Status, places []*place, changed []*route) map[resource.ID]*Status {
	concerned := inv.trafficPolicies
	if before != nil {
		concerned = nil
		for _, r := range changed {
			concerned = append(concerned, inv.traffic.targeted[r.id]...)
		}
	}
	if len(concerned) == 0 {
		return before
	}
	out := maps.Clone(before)
	if out == nil {
		out = make(map[resource.ID]*Status, len(concerned))
	}
	for _, p := range concerned {
		out[p.ID] = inv.traffic.status(inv, places, p)
	}
	return out
}

func (t *traffic) status(inv *inventory, places []*place, p *trafficPolicy) *Status {
	return inv.policyStatus(places, p.Targets, p.invalid, t.resolved.Conflicts()[p.ID])
}

// policyStatus is the status of a policy: it is accepted where it holds for all
// its targets, but for what more specific ones say of parts of them.
func (inv *inventory) policyStatus(places []*place, targets []policy.Target, invalid string, conflicts []policy.Conflict) *Status {
	refuse := func(reason gatewayv1.PolicyConditionReason, message string) Condition {
		return Condition{Type: string(gatewayv1.PolicyConditionAccepted), Reason: string(reason), Message: message}
	}
	accepted := Condition{Type: string(gatewayv1.PolicyConditionAccepted), Status: true, Reason: string(gatewayv1.PolicyReasonAccepted)}
	switch missing := inv.missing(places, targets); {
	case invalid != "":
		accepted = refuse(gatewayv1.PolicyReasonInvalid, invalid)
	case missing != "":
		accepted = refuse(gatewayv1.PolicyReasonTargetNotFound, missing)
	case len(conflicts) > 0:
		accepted = refuse(gatewayv1.PolicyReasonConflicted, fmt.Sprintf("%s has the policy %s, which is older, or first by its name.", conflicts[0].Target, conflicts[0].By))
	}
	return &Status{Conditions: []Condition{accepted}, Ancestors: inv.gatewaysOf(places, targets)}
}

// missing says which target is not there; "" if all are.
func (inv *inventory) missing(places []*place, targets []policy.Target) string {
	for _, t := range targets {
		sections, ok := inv.sectionsOf(places, t.ID)
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
func (inv *inventory) sectionsOf(places []*place, id resource.ID) ([]string, bool) {
	var out []string
	if to := inv.follow(id); to.gateway != nil {
		for _, l := range to.listeners {
			out = append(out, l.Name)
		}
		return out, true
	}
	if p := placeIn(places, id); p != nil {
		for _, rule := range p.route.rules {
			out = append(out, rule.name)
		}
		return out, true
	}
	return nil, false
}

// gatewaysOf lists the Gateways that serve targets of policies, in order.
func (inv *inventory) gatewaysOf(places []*place, targets []policy.Target) []resource.ID {
	var out []resource.ID
	add := func(id resource.ID) {
		if to := inv.follow(id); to.gateway != nil {
			out = append(out, to.gateway.id)
		}
	}
	for _, t := range targets {
		add(t.ID)
		if p := placeIn(places, t.ID); p != nil {
			for _, a := range p.attachments {
				add(a.listener.Owner)
			}
		}
	}
	slices.SortFunc(out, resource.ID.Compare)
	return slices.Compact(out)
}
