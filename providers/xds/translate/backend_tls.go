package translate

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/gwctl/gwctl/internal/resource"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// applyTLSPolicies finds out which policy each backend has. One for a section goes
// before one for the whole; of two for the same the older one has it, or the
// first by namespace and name. It also says what became of each policy.
func (inv *inventory) applyTLSPolicies() {
	for _, b := range inv.backends {
		b.setTLS(nil)
		b.policies = nil
	}
	if len(inv.tlsPolicies) == 0 {
		return
	}
	slices.SortFunc(inv.tlsPolicies, func(a, b *backendTLSPolicy) int {
		return cmp.Or(a.created.Compare(b.created), a.id.CompareNames(b.id))
	})
	ports := map[resource.ID][]*backend{}
	for ref, b := range inv.ports {
		if !ref.udp { // packets have no TLS
			ports[ref.service] = append(ports[ref.service], b)
		}
	}
	type target struct {
		id      resource.ID
		section string
	}
	taken := map[target]*backendTLSPolicy{}
	whole := map[*backend]bool{} // whose policy is for all of them
	for _, p := range inv.tlsPolicies {
		p.resolve(inv)
		for _, t := range p.targets {
			found, mixed := sections(inv, ports, t)
			for _, b := range found {
				b.policies = append(b.policies, p)
			}
			other := taken[target{t.id, t.section}]
			if other == nil {
				taken[target{t.id, t.section}] = p
			}
			switch {
			case len(found) == 0:
				p.refuse(gatewayv1.PolicyReasonTargetNotFound, "%s: %s.", t.path, inv.missingTarget(t))
			case other != nil:
				p.refuse(gatewayv1.PolicyReasonConflicted, "%s: %s is for the same, and is older or first by its name.", t.path, other.id)
				continue
			case mixed:
				p.refuse(gatewayv1.PolicyReasonInvalid, "%s: %s has endpoints at other ports than %s as well: make a Backend for each port.", t.path, t.id, t.section)
			}
			for _, b := range found {
				switch {
				case b.tls != nil && t.section == "": // a section has its own
				case b.tls == nil || whole[b]:
					tls := p.tls
					if mixed {
						tls = &upstreamTLS{broken: true, origins: p.tls.origins}
					}
					b.setTLS(tls)
					whole[b] = t.section == ""
				}
			}
		}
	}
}

// sections returns the backends that a target means. A Backend is one: mixed
// says that some of its endpoints are not meant.
func sections(inv *inventory, ports map[resource.ID][]*backend, t policyTarget) (found []*backend, mixed bool) {
	if t.id.Kind == kindService {
		for _, b := range ports[t.id] {
			if t.section == "" || b.section == t.section {
				found = append(found, b)
			}
		}
		return found, false
	}
	b := inv.backends[t.id]
	if b == nil {
		return nil, false
	}
	if t.section == "" {
		return []*backend{b}, false
	}
	meant := func(e endpoint) bool { return strconv.Itoa(int(e.port)) == t.section }
	if !slices.ContainsFunc(b.endpoints, meant) {
		return nil, false
	}
	return []*backend{b}, slices.ContainsFunc(b.endpoints, func(e endpoint) bool { return !meant(e) })
}

func (inv *inventory) missingTarget(t policyTarget) string {
	switch {
	case t.id.Kind == kindService && !inv.fromServices:
		return fmt.Sprintf("the xDS server has no source for the endpoints of %s", t.id)
	case t.section != "":
		return fmt.Sprintf("there is no %s with port %s", t.id, t.section)
	}
	return fmt.Sprintf("there is no %s", t.id)
}

// resolve finds the authority of a policy, and says what comes of it so far.
func (p *backendTLSPolicy) resolve(inv *inventory) {
	p.accepted = Condition{Type: string(gatewayv1.PolicyConditionAccepted), Status: true, Reason: string(gatewayv1.PolicyReasonAccepted)}
	p.resolved = Condition{
		Type:   string(gatewayv1.BackendTLSPolicyConditionResolvedRefs),
		Status: true, Reason: string(gatewayv1.BackendTLSPolicyReasonResolvedRefs),
	}
	p.tls = &upstreamTLS{sni: p.sni, names: p.names, origins: []Origin{{p.id, "spec"}}}
	if p.ca != nil {
		authority, reason, message := inv.authority(p.id, *p.ca)
		if authority == nil {
			if reason == gatewayv1.ListenerReasonInvalidCACertificateKind {
				reason = gatewayv1.ListenerConditionReason(gatewayv1.BackendTLSPolicyReasonInvalidKind)
			}
			p.resolved.Status, p.resolved.Reason, p.resolved.Message = false, string(reason), fmt.Sprintf("%s: %s.", p.ca.path, message)
			p.refuse(gatewayv1.BackendTLSPolicyReasonNoValidCACertificate, "There is no authority to validate the backend with.")
			p.tls.broken = true
		} else {
			p.tls.authority = authority
			p.tls.origins = append(p.tls.origins, authority.build().Origins...)
		}
	}
	if p.invalid != "" {
		p.refuse(gatewayv1.PolicyReasonInvalid, "%s", p.invalid)
		p.tls.broken = true
	}
}

// refuse says why a policy is not accepted. What was said first stays.
func (p *backendTLSPolicy) refuse(reason gatewayv1.PolicyConditionReason, format string, args ...any) {
	if p.accepted.Status {
		p.accepted.Status, p.accepted.Reason, p.accepted.Message = false, string(reason), fmt.Sprintf(format, args...)
	}
}

// policyUse is a policy with a gateway that sends to a backend which the policy
// is for: its ancestor, in the Gateway API's words.
type policyUse struct {
	policy  *backendTLSPolicy
	gateway resource.ID
}

// tlsPolicyStatuses are those of all policies.
func (inv *inventory) tlsPolicyStatuses(out map[resource.ID]*Status) {
	if len(inv.tlsPolicies) == 0 {
		return
	}
	ancestors := map[policyUse]bool{}
	for _, r := range inv.routes {
		for _, use := range r.place.policies {
			ancestors[use] = true
		}
	}
	for _, p := range inv.tlsPolicies {
		out[p.id] = &Status{Conditions: []Condition{p.accepted, p.resolved}}
	}
	for use := range ancestors {
		out[use.policy.id].Ancestors = append(out[use.policy.id].Ancestors, use.gateway)
	}
	for _, p := range inv.tlsPolicies {
		slices.SortFunc(out[p.id].Ancestors, resource.ID.Compare)
	}
}
