package topology

import (
	"fmt"
	"strings"

	"github.com/gwctl/gwctl/internal/resource"
)

// Ancestor is a Gateway that a policy matters to, and what is said of the policy
// there.
type Ancestor struct {
	To         resource.ID
	Controller string // who wrote the conditions
	Conditions []Condition
}

// AncestorsOf lists those of a policy, as its status has them.
func AncestorsOf(policy *resource.Object) []Ancestor {
	var out []Ancestor
	for _, v := range list(status(policy), "ancestors") {
		to := referenceOf(policy, "", sub(v, "ancestorRef"), resource.ID{Group: Gateway.Group, Kind: Gateway.Kind}).To
		out = append(out, Ancestor{to, text(v, "controllerName"), ConditionsAt(policy, v)})
	}
	return out
}

// Targets are what a policy is for.
func Targets(policy *resource.Object) []Reference { return localRefs(policy, "targetRefs") }

// localRefs lists the references at a field of the spec, which say of what type
// they are.
func localRefs(o *resource.Object, path ...string) []Reference {
	var out []Reference
	for i, ref := range list(spec(o), path...) {
		out = append(out, referenceOf(o, fmt.Sprintf("spec.%s[%d]", strings.Join(path, "."), i), ref, resource.ID{}))
	}
	return out
}

// ofBackend lists what a Backend says of TLS.
func ofBackend(o *resource.Object) []Reference {
	out := localRefs(o, "tls", "caCertificateRefs")
	if ref, ok := sub(spec(o), "tls", "clientCertificateRef").(map[string]any); ok {
		out = append(out, referenceOf(o, "spec.tls.clientCertificateRef", ref, resource.ID{Kind: "Secret"}))
	}
	return out
}
