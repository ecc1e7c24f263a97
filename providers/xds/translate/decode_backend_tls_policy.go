package translate

import (
	"net/url"
	"time"

	"github.com/gwctl/gwctl/internal/resource"
	"k8s.io/apimachinery/pkg/util/validation"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// backendTLSPolicy is a BackendTLSPolicy, checked.
type backendTLSPolicy struct {
	id      resource.ID
	created time.Time
	targets []policyTarget
	paths   []string      // of the targets
	ca      *authorityRef // nil: the authorities that the proxy's system trusts
	sni     string
	names   []subjectName
	invalid string // why none of it can be done; "" if it can

	// What it comes to, found anew whenever an object but a route changes.
	accepted, resolved Condition
	problems           []Problem
	tls                *upstreamTLS
}

// policyTarget is what a policy is for, in its own namespace.
type policyTarget struct {
	id      resource.ID
	section string // the name of a Service's port, the number of a Backend's; "" is all of them
}

// subjectName is a name that certificates have: a host, or a URI.
type subjectName struct {
	name string
	uri  bool
}

func decodeBackendTLSPolicy(d *decoding, o *resource.Object, created time.Time) *backendTLSPolicy {
	p := &backendTLSPolicy{id: d.id, created: created}
	var typed gatewayv1.BackendTLSPolicy
	if !d.typed(o, &typed) {
		p.invalid = "The object is not of the form of a BackendTLSPolicy."
		return p
	}
	spec := &typed.Spec
	for i, t := range spec.TargetRefs {
		p.takeTarget(d, index("spec.targetRefs", i), t)
	}
	p.ca = decodeAuthority(d, "spec.validation", spec.Validation.CACertificateRefs, spec.Validation.WellKnownCACertificates)
	p.sni = normalizeHostname(string(spec.Validation.Hostname))
	if len(validation.IsDNS1123Subdomain(p.sni)) > 0 {
		d.problem("spec.validation.hostname", "%q is no hostname: give the one that the backend's certificate has", spec.Validation.Hostname)
	}
	p.names = []subjectName{{name: p.sni}}
	if len(spec.Validation.SubjectAltNames) > 0 {
		p.names = decodeSubjectNames(d, spec.Validation.SubjectAltNames)
	}
	if len(spec.Options) > 0 {
		d.problem("spec.options", "the xDS server has no settings of its own: remove options")
	}
	p.invalid = d.invalid()
	return p
}

func (p *backendTLSPolicy) takeTarget(d *decoding, path string, in gatewayv1.LocalPolicyTargetReferenceWithSectionName) {
	t := policyTarget{section: text(in.SectionName, ""), id: resource.ID{
		Group: string(in.Group), Kind: string(in.Kind), Namespace: d.id.Namespace, Name: string(in.Name),
	}}
	if !isBackend(t.id) {
		d.problem(path, "a policy cannot be for a %s on the xDS server: allowed are Backend and Service", in.Kind)
		return
	}
	p.targets, p.paths = append(p.targets, t), append(p.paths, path)
}

func decodeSubjectNames(d *decoding, in []gatewayv1.SubjectAltName) []subjectName {
	var out []subjectName
	for i, n := range in {
		path := index("spec.validation.subjectAltNames", i)
		switch n.Type {
		case gatewayv1.HostnameSubjectAltNameType:
			host := normalizeHostname(string(n.Hostname))
			if !validHostname(host) {
				d.problem(path+".hostname", "%q is no hostname: allowed are names such as orders.internal", n.Hostname)
			}
			out = append(out, subjectName{name: host})
		case gatewayv1.URISubjectAltNameType:
			if u, err := url.Parse(string(n.URI)); err != nil || u.Scheme == "" {
				d.problem(path+".uri", "%q is no URI: allowed are such as spiffe://corp/orders", n.URI)
			}
			out = append(out, subjectName{name: string(n.URI), uri: true})
		default:
			d.problem(path+".type", "%q is not known: allowed are Hostname and URI", n.Type)
		}
	}
	return out
}
