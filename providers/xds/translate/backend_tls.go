package translate

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/gwctl/gwctl/internal/resource"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// secureBackends finds out how each backend is spoken to over TLS: as a policy
// for its section says, else as one for the whole, else as it says itself. Of two
// policies for the same the older one holds, or the first by namespace and name.
// It also says what became of each policy.
func (inv *inventory) secureBackends() {
	for _, b := range inv.backends {
		b.policies = nil
		if b.own == nil {
			b.setTLS(nil)
		} else {
			b.setTLS(b.own.resolve(inv, b))
		}
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
	holders := map[policyTarget]*backendTLSPolicy{}
	wholes, sections := map[*backend]*upstreamTLS{}, map[*backend]*upstreamTLS{}
	for _, p := range inv.tlsPolicies {
		p.resolve(inv)
		for i, t := range p.targets {
			found := inv.targeted(t, ports)
			for _, b := range found {
				b.policies = append(b.policies, p)
			}
			tls := p.tls
			if problem := t.misses(found); problem != "" {
				p.refuse(gatewayv1.PolicyReasonInvalid, "%s: %s.", p.paths[i], problem)
				p.problems = append(p.problems, Problem{Origin{p.id, p.paths[i] + ".sectionName"}, problem})
				tls = &upstreamTLS{broken: true, origins: tls.origins}
			}
			if len(found) == 0 {
				p.refuse(gatewayv1.PolicyReasonTargetNotFound, "%s: %s.", p.paths[i], inv.missingTarget(t))
			}
			if other := holders[t]; other != nil {
				p.refuse(gatewayv1.PolicyReasonConflicted, "%s: %s is for the same, and is older or first by its name.", p.paths[i], other.id)
				continue
			}
			holders[t] = p
			for _, b := range found {
				if t.section == "" {
					wholes[b] = tls
				} else if sections[b] == nil {
					sections[b] = tls
				}
			}
		}
	}
	for b, tls := range wholes {
		if sections[b] == nil {
			b.setTLS(tls.over(b.tls))
		}
	}
	for b, tls := range sections {
		b.setTLS(tls.over(b.tls))
	}
}

// targeted returns the backends that a target means.
func (inv *inventory) targeted(t policyTarget, ports map[resource.ID][]*backend) []*backend {
	var found []*backend
	for _, b := range ports[t.id] {
		if t.section == "" || t.section == b.section {
			found = append(found, b)
		}
	}
	if b := inv.backends[t.id]; b != nil {
		found = append(found, b)
	}
	return found
}

// misses says why a section of a Backend cannot be meant: a Backend is spoken
// to in one way.
func (t policyTarget) misses(found []*backend) string {
	if t.id.Kind == kindService || t.section == "" || len(found) == 0 {
		return ""
	}
	var others []string
	for _, e := range found[0].endpoints {
		if port := strconv.Itoa(int(e.port)); port != t.section && !slices.Contains(others, port) {
			others = append(others, port)
		}
	}
	if len(others) == 0 && len(found[0].endpoints) > 0 {
		return ""
	}
	return fmt.Sprintf("the endpoints of %s are not all at port %s: remove sectionName, or make a Backend for each port", t.id, t.section)
}

func (inv *inventory) missingTarget(t policyTarget) string {
	switch {
	case t.id.Kind == kindService && !inv.fromServices:
		return fmt.Sprintf("the xDS server has no source for the endpoints of %s", t.id)
	case t.id.Kind == kindService && t.section != "":
		return fmt.Sprintf("there is no %s with port %s", t.id, t.section)
	}
	return fmt.Sprintf("there is no %s", t.id)
}

// resolve finds the authority of a policy, and says what comes of it so far.
func (p *backendTLSPolicy) resolve(inv *inventory) {
	p.problems = nil
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
			p.tls.trust(authority)
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

// reportTLS says what became of policies, without their ancestors, and of
// Backends that speak of TLS themselves.
func (inv *inventory) reportTLS() map[resource.ID]*Status {
	out := make(map[resource.ID]*Status, len(inv.tlsPolicies))
	for id, b := range inv.backends {
		if b.own != nil {
			out[id] = &Status{Conditions: []Condition{b.own.accepted}}
		}
	}
	for _, p := range inv.tlsPolicies {
		out[p.id] = &Status{Conditions: []Condition{p.accepted, p.resolved}}
		inv.problems = append(inv.problems, p.problems...)
	}
	return out
}

// ancestorsOf lists the gateways that policies matter to, sorted.
func ancestorsOf(places []*place) map[resource.ID][]resource.ID {
	seen := map[policyUse]bool{}
	out := map[resource.ID][]resource.ID{}
	for _, p := range places {
		for _, use := range p.policies {
			if !seen[use] {
				seen[use] = true
				out[use.policy.id] = append(out[use.policy.id], use.gateway)
			}
		}
	}
	for _, gateways := range out {
		slices.SortFunc(gateways, resource.ID.Compare)
	}
	return out
}
