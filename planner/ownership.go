package planner

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/hashicorp/hcl/v2"
)

// OwnerLabel returns the value of the label that all objects of an owner
// carry: names may be longer than labels allow, and have other characters.
func OwnerLabel(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:10])
}

// stamp returns o with the owner's marks, sharing all that is not metadata.
func (pl *planning) stamp(provider string, o *resource.Object, addresses []resource.Address) *resource.Object {
	names := make([]string, len(addresses))
	for i, a := range addresses {
		names[i] = a.String()
	}
	slices.Sort(names)
	return withMetadata(o, func(labels, annotations map[string]any) {
		for k, v := range pl.in.Labels[provider] {
			labels[k] = v
		}
		labels[resource.LabelOwner] = pl.label
		annotations[resource.AnnotationOwner] = pl.owner.Name
		annotations[resource.AnnotationLineage] = pl.owner.Lineage
		annotations[resource.AnnotationAddress] = strings.Join(names, " ")
	})
}

// unstamp returns o without any owner's marks.
func unstamp(o *resource.Object) *resource.Object {
	return withMetadata(o, func(labels, annotations map[string]any) {
		delete(labels, resource.LabelOwner)
		delete(annotations, resource.AnnotationOwner)
		delete(annotations, resource.AnnotationLineage)
		delete(annotations, resource.AnnotationAddress)
	})
}

func withMetadata(o *resource.Object, edit func(labels, annotations map[string]any)) *resource.Object {
	top := maps.Clone(o.Object)
	metadata := maps.Clone(metadataOf(o))
	if metadata == nil {
		metadata = map[string]any{}
	}
	labels, annotations := cloneEntries(metadata["labels"], 1), cloneEntries(metadata["annotations"], 3)
	edit(labels, annotations)
	setEntries(metadata, "labels", labels)
	setEntries(metadata, "annotations", annotations)
	top["metadata"] = metadata
	return &resource.Object{Object: top}
}

func cloneEntries(v any, more int) map[string]any {
	old, _ := v.(map[string]any)
	m := make(map[string]any, len(old)+more)
	maps.Copy(m, old)
	return m
}

func setEntries(metadata map[string]any, key string, entries map[string]any) {
	if len(entries) == 0 {
		delete(metadata, key)
		return
	}
	metadata[key] = entries
}

// mark returns one of the owner's marks on an object.
func mark(o *resource.Object, kind, key string) string {
	entries, _ := metadataOf(o)[kind].(map[string]any)
	s, _ := entries[key].(string)
	return s
}

// AddressesOf returns the addresses that an object's marks say it was made
// from, nil when they say nothing readable.
func AddressesOf(o *resource.Object) []resource.Address {
	var out []resource.Address
	for _, s := range splitAddresses(mark(o, "annotations", resource.AnnotationAddress)) {
		if a, err := resource.ParseAddress(s); err == nil {
			out = append(out, a)
		}
	}
	return out
}

// splitAddresses splits at spaces, but for those within a key.
func splitAddresses(s string) []string {
	quoted, escaped := false, false
	return strings.FieldsFunc(s, func(r rune) bool {
		switch {
		case escaped:
			escaped = false
		case quoted && r == '\\':
			escaped = true
		case r == '"':
			quoted = !quoted
		}
		return r == ' ' && !quoted
	})
}

// markedAddresses is AddressesOf with an address of kind and name for objects
// that have none.
func markedAddresses(o *resource.Object) []resource.Address {
	if out := AddressesOf(o); len(out) > 0 {
		return out
	}
	kind := strings.ToLower(strings.ReplaceAll(o.GetKind(), ".", "-"))
	return []resource.Address{{Kind: kind, Name: strings.ReplaceAll(o.GetName(), ".", "-")}}
}

// holder says whose a live object is.
type holder int

const (
	ours       holder = iota
	otherState        // this owner's by name, of another lineage
	otherOwner        // somebody else's
	nobody            // without a mark
)

func (pl *planning) holderOf(o *resource.Object) holder {
	name := mark(o, "annotations", resource.AnnotationOwner)
	label := mark(o, "labels", resource.LabelOwner)
	switch {
	case name == "" && label == "":
		return nobody
	case name != pl.owner.Name && (name != "" || label != pl.label):
		return otherOwner
	case mark(o, "annotations", resource.AnnotationLineage) != pl.owner.Lineage:
		return otherState
	}
	return ours
}

// settleLineage decides under which lineage the plan is made. A state that was
// lost leaves live objects of this owner with a lineage that nobody knows any
// more: with -adopt the plan goes on under it, else it is refused.
func (pl *planning) settleLineage() {
	lineages := map[string]int{}
	made := map[resource.Address]bool{} // what the objects say that they are
	for _, l := range pl.live {
		if pl.holderOf(l.Object) == otherState {
			lineages[mark(l.Object, "annotations", resource.AnnotationLineage)]++
			for _, a := range markedAddresses(l.Object) {
				made[a] = true
			}
		}
	}
	if len(lineages) == 0 {
		return
	}
	count, most := 0, ""
	for _, lineage := range slices.Sorted(maps.Keys(lineages)) {
		count += lineages[lineage]
		if most == "" || lineages[lineage] > lineages[most] {
			most = lineage
		}
	}
	lost := len(pl.in.Prior) == 0
	found := liveObjects(count)
	switch {
	case pl.in.Adopt && lost:
		pl.owner.Lineage = most
		pl.warn("State is rebuilt from live objects",
			fmt.Sprintf("The state is empty, and the target has %s of owner %q. They come into the state, under their lineage %s.", found, pl.owner.Name, most), nil)
	case pl.in.Adopt:
		pl.warn("Objects of another lineage are taken over",
			fmt.Sprintf("The target has %s of owner %q with another lineage than this state's. Those that the configuration names come under this state's lineage %s.", found, pl.owner.Name, pl.owner.Lineage), nil)
	case lost:
		pl.fail("State is lost, or another configuration has this owner's name",
			fmt.Sprintf("The state is empty, yet the target has %s of owner %q, with the lineage %s: %s. If the state was lost, plan and apply with -adopt: it is rebuilt from the live objects. If you have a copy of the state, put it back (gwctl state push). If these objects are another configuration's, give this one a name of its own: gwctl { name = \"...\" }.",
				found, pl.owner.Name, most, someOf(sortedAddresses(made))), nil)
	default:
		pl.fail("Another state owns these objects",
			fmt.Sprintf("The target has %s of owner %q with the lineage %s, but this state's lineage is %s. Two configurations seem to share one name: rename one of them (gwctl { name = \"...\" }), or take the objects over with -adopt.",
				found, pl.owner.Name, most, pl.owner.Lineage), nil)
	}
}

// someOf lists what fits into a sentence.
func someOf(addresses []resource.Address) string {
	const some = 10
	names := make([]string, min(len(addresses), some))
	for i := range names {
		names[i] = addresses[i].String()
	}
	text := strings.Join(names, ", ")
	if more := len(addresses) - some; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

func liveObjects(n int) string {
	if n == 1 {
		return "1 live object"
	}
	return fmt.Sprintf("%d live objects", n)
}

// mayWrite reports whether the plan may change a live object that the
// configuration names, and complains if not.
func (pl *planning) mayWrite(k key, o *resource.Object, r *resource.Resource) bool {
	if !pl.in.Refreshed {
		return true
	}
	if by := pl.live[k].Tracker; by != "" {
		pl.fail("Object is applied by somebody else",
			fmt.Sprintf("%s is %s to apply, which would undo what gwctl writes. Change it there, or take it out of there first; `gwctl render` writes this configuration as plain YAML for it to apply.", k.id, by), r.Range.Ptr())
		return false
	}
	switch pl.holderOf(o) {
	case otherState:
		return true // settleLineage has spoken, once for all of them
	case otherOwner:
		pl.fail("Object belongs to another owner",
			fmt.Sprintf("%s is live and belongs to %q; this configuration is %q. Choose another name, or let the other configuration give it up first, with a removed block: from = %s and lifecycle { destroy = false }.",
				k.id, mark(o, "annotations", resource.AnnotationOwner), pl.owner.Name, markedAddresses(o)[0]), r.Range.Ptr())
		return false
	case nobody:
		if !pl.in.Adopt && !pl.isImported(r.Address) {
			pl.fail("Object exists and is not owned",
				fmt.Sprintf("%s is live, and nothing says that it belongs to %q. To take it over as %s, write import { to = %s }, or plan and apply with -adopt; else choose another name.",
					k.id, pl.owner.Name, r.Address, r.Address), r.Range.Ptr())
			return false
		}
	}
	return true
}

// recordUnknown adds to the record of each address the live objects with this
// owner's marks that no record has: after a lost state, or an apply that died
// half-way.
func (pl *planning) recordUnknown() {
	var unknown []key
	for k, l := range pl.live {
		if pl.last[k] == nil && pl.holderOf(l.Object) == ours {
			unknown = append(unknown, k)
		}
	}
	slices.SortFunc(unknown, key.compare)
	for _, k := range unknown {
		o := pl.live[k].Object
		for _, a := range markedAddresses(o) {
			rec := pl.prior[a]
			if rec == nil {
				rec = &record{address: a, provider: k.provider, unknown: true}
				pl.prior[a] = rec
			}
			rec.objects = append(rec.objects, held{k, o})
		}
	}
}

func (pl *planning) warn(summary, detail string, subject *hcl.Range) {
	pl.report(hcl.DiagWarning, summary, detail, subject)
}

func (pl *planning) fail(summary, detail string, subject *hcl.Range) {
	pl.report(hcl.DiagError, summary, detail, subject)
}

func (pl *planning) report(severity hcl.DiagnosticSeverity, summary, detail string, subject *hcl.Range) {
	if subject != nil && subject.Filename == "" {
		subject = nil
	}
	pl.diags = append(pl.diags, &hcl.Diagnostic{Severity: severity, Summary: summary, Detail: detail, Subject: subject})
}
