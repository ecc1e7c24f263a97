package kinds

import (
	"slices"
	"strings"

	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/diag"
	"github.com/gwctl/gwctl/internal/policy"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/zclconf/go-cty/cty"
	runtime "k8s.io/apimachinery/pkg/runtime/schema"
)

// trafficPolicyObject is what blocks become that say how requests of a target
// are treated. Envoy Gateway takes one of them for a target, so that all blocks
// for it share one.
var trafficPolicyObject = runtime.GroupVersionKind{Group: "gateway.envoyproxy.io", Version: "v1alpha1", Kind: "BackendTrafficPolicy"}

// targetKinds are the blocks that a policy may be for.
var targetKinds = []string{"gateway", "listener_set", "http_route", "grpc_route"}

// policyExamples show what a kind of policy may be for.
type policyExamples struct {
	kinds            []string // of blocks
	target, targets  string
	section          string
	name, partOfName string // of the object
}

var onRequests = policyExamples{
	kinds: targetKinds, target: "http_route.orders", targets: "[http_route.orders, http_route.cart]",
	section: "a listener by its name, or a rule of a route", name: "httproute-orders", partOfName: "httproute-orders.api",
}

// withTarget puts the arguments of every kind of policy around its own.
func withTarget(example policyExamples, own ...schema.Attr) []schema.Attr {
	attrs := withMetadata(append([]schema.Attr{
		{Name: "target", Type: schema.Ref, Refs: example.kinds, Doc: "What it is for: `" + example.target + "`, or `{ name = \"public\", kind = \"gateway\" }` for what another configuration owns. It is in the namespace of the policy. Exactly one of `target` and `targets` is set."},
		{Name: "targets", Type: schema.Refs, Refs: example.kinds, Doc: "Several at once: `" + example.targets + "`."},
		{Name: "section", Type: cty.String, Default: "all of the target", Doc: "A part of `target`: " + example.section + "."},
	}, own...)...)
	for i := range attrs {
		switch attrs[i].Name {
		case "name":
			attrs[i].Default = "after the target: `" + example.name + "`, with a section `" + example.partOfName + "`"
			attrs[i].Doc = "Name of the object."
		case "namespace":
			attrs[i].Default = "the target's"
		}
	}
	return attrs
}

// policyIdentity are the arguments that say which object a policy is part of.
var policyIdentity = []string{"name", "namespace", "target", "targets", "section"}

// identifyPolicy returns the object that a policy is part of: in its target's
// namespace, and named after it.
func identifyPolicy(gk runtime.GroupKind) func(*resource.Block, resource.Address, Scope) resource.ID {
	return func(b *resource.Block, a resource.Address, in Scope) resource.ID {
		id := identify(gk, b, a, in)
		targets := targetsOf(b)
		if len(targets) == 0 {
			return id
		}
		if ns := targets[0].ID.Namespace; ns != "" && argument(b, "namespace") == nil {
			id.Namespace = ns
		}
		if argument(b, "name") == nil {
			id.Name = nameAfter(targets)
		}
		return id
	}
}

// nameAfter makes the name of a policy from its targets.
func nameAfter(targets []policy.Target) string {
	var parts []string
	for _, t := range targets {
		name := strings.ToLower(t.ID.Kind) + "-" + t.ID.Name
		if t.Section != "" {
			name += "." + t.Section
		}
		parts = append(parts, name)
	}
	return strings.Join(parts, "-")
}

// targetsOf returns what a policy is for, in the order of the object, as far as
// its arguments are of the types that they should have.
func targetsOf(b *resource.Block) []policy.Target {
	var out []policy.Target
	for _, t := range givenTargets(b) {
		if t.ref.ID.Name != "" && t.ref.ID.Kind != "" {
			section, _ := valueOf(b, "section").(string)
			out = append(out, policy.Target{ID: t.ref.ID, Section: section})
		}
	}
	slices.SortFunc(out, policy.Target.Compare)
	return slices.Compact(out)
}

// givenTarget is a reference among the targets of a policy, and where it is.
type givenTarget struct {
	ref resource.Ref
	by  source
}

func givenTargets(b *resource.Block) []givenTarget {
	var out []givenTarget
	if a := argument(b, "target"); a != nil {
		ref, _ := a.Value.(resource.Ref)
		out = append(out, givenTarget{ref, from(a)})
	}
	if a := argument(b, "targets"); a != nil {
		list, _ := a.Value.([]any)
		for i, v := range list {
			ref, _ := v.(resource.Ref)
			out = append(out, givenTarget{ref, fromIndex(a, i)})
		}
	}
	return out
}

// encodeTargets writes what a policy is for. The order does not matter, and is
// always the same.
func encodeTargets(b *resource.Block, spec Field) {
	f := spec.f
	_, one := f.ref(b, "target", "http_route", runtime.GroupKind{})
	_, several := f.refs(b, "targets", "http_route", runtime.GroupKind{})
	section, at := f.text(b, "section")
	given := givenTargets(b)
	switch {
	case one != nil && several != nil:
		f.Errorf(several.Range, "target and targets", "A policy has target or targets, not both. Write targets = [...] with all of them.")
	case several != nil && at != nil:
		f.Errorf(at.Range, "Section of several targets", "section is a part of one target = ...; write a block for each section.")
	case one == nil && at != nil && argument(b, "target") == nil:
		f.Errorf(at.Range, "Section without a target", "section is a part of target = ..., which is missing.")
		return
	case len(given) == 0 && !otherSets(b, "targetRefs") && !otherSets(b, "targetRef") && !otherSets(b, "targetSelectors"):
		f.Errorf(b.Range, "Policy without a target", "Say what it is for: target = gateway.NAME, for one.")
		return
	case one == nil && several == nil:
		return
	}
	slices.SortStableFunc(given, func(a, b givenTarget) int { return a.ref.ID.Compare(b.ref.ID) })
	merge, merges := f.flag(b, "merge")
	for i, t := range given {
		if t.ref.ID.Namespace == "" {
			t.ref.ID.Namespace = f.ID.Namespace
		}
		if i > 0 && given[i-1].ref.ID == t.ref.ID {
			if one == nil {
				f.Errorf(t.by.at, "Target listed twice", "%s is in targets already. Remove one.", t.ref)
			}
			continue
		}
		f.checkLocal(t.ref, t.by)
		out := spec.Item("targetRefs", t.by)
		out.Set("group", t.ref.ID.Group, t.by)
		out.Set("kind", t.ref.ID.Kind, t.by)
		out.Set("name", t.ref.ID.Name, t.by)
		if at != nil {
			out.Set("sectionName", section, from(at))
		}
		if merge && !strings.HasSuffix(t.ref.ID.Kind, "Route") {
			merge = false
			f.Errorf(merges.Range, "Policy that has nothing to merge with", "merge adds the policy of a route to that of its listener or gateway, and this one is for %s. Remove merge: what is for a listener replaces what is for its gateway.", t.ref)
		}
	}
	if merge {
		spec.Set("mergeType", "StrategicMerge", from(merges))
	}
}

// decodeTargets takes the targets that the arguments can say.
func decodeTargets(spec fields, b *resource.Block, in home) {
	refs, _ := spec.left["targetRefs"].([]any)
	var out []any
	section := ""
	for _, v := range refs {
		p := fieldsOf(v)
		ref := decodeRef(p, runtime.GroupKind{}, in)
		section = p.text("sectionName")
		if len(p.left) > 0 || ref.ID.Name == "" || ref.ID.Kind == "" || section != "" && len(refs) > 1 {
			return
		}
		out = append(out, ref)
	}
	switch len(out) {
	case 0:
		return
	case 1:
		set(b, "target", out[0])
		if section != "" {
			set(b, "section", section)
		}
	default:
		set(b, "targets", out)
	}
	delete(spec.left, "targetRefs")
	if spec.left["mergeType"] == "StrategicMerge" {
		set(b, "merge", true)
		delete(spec.left, "mergeType")
	}
}

// checkSection reports a section that the target, where it is in the same
// configuration, does not have.
func checkSection(b *resource.Block, siblings Siblings, f *Fragment) {
	section, _ := valueOf(b, "section").(string)
	a := argument(b, "section")
	target := siblingOf(argument(b, "target"), siblings)
	if a == nil || section == "" || target == nil {
		return
	}
	part, list := "rule", "rules"
	if target.Type == "gateway" || target.Type == "listener_set" {
		part, list = "listener", "listeners"
	}
	if otherSets(target, list) {
		return
	}
	var have []string
	for _, n := range target.BlocksOf(part) {
		if n.Label == section {
			return
		}
		if n.Label != "" {
			have = append(have, n.Label)
		}
	}
	ref, _ := valueOf(b, "target").(resource.Ref)
	f.Errorf(a.Range, "Unknown section", "%s has no %s %q.%s", ref, part, section, diag.Allowed(section, have))
}
