package kinds

import (
	"maps"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/hashicorp/hcl/v2"
)

// serverFields of metadata are the API server's to write.
var serverFields = []string{"creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid"}

// lastApplied is what kubectl apply leaves behind: the object once more.
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// encodeObjectMeta writes the metadata of a whole object, less what is the API
// server's.
func (p Field) encodeObjectMeta(object map[string]any, a *resource.Attr) {
	f, by := p.f, fromKey(a, "metadata")
	ranges := a.ValueRanges["metadata"].Elements
	at := func(key string) hcl.Range {
		if r, ok := ranges[key]; ok {
			return r.Range
		}
		return by.at
	}
	metadata, ok := object["metadata"].(map[string]any)
	if object["metadata"] != nil && !ok {
		f.Errorf(by.at, "Invalid metadata", "metadata must be a map, as in { name = \"orders\", namespace = \"shop\" }.")
		return
	}
	out := p.Map("metadata", by)
	given := map[string]any{"name": f.ID.Name}
	if f.ID.Namespace != "" {
		given["namespace"] = f.ID.Namespace
	}
	for _, key := range []string{"name", "namespace"} {
		if text, isText := metadata[key].(string); metadata[key] != nil && (!isText || key == "name" && text == "") {
			f.Errorf(at(key), "Invalid metadata", "metadata.%s must be a string.", key)
		}
	}
	if metadata["generateName"] != nil {
		f.Errorf(at("generateName"), "Name that nobody knows", "generateName leaves the name to the API server, and a plan has to know it. Set metadata.name, or leave it out.")
	}
	if f.ID.Namespace != "" && IsClusterScoped(f.ID.GroupKind()) {
		f.Errorf(at("namespace"), "Object in no namespace", "A %s belongs to the cluster, and to no namespace. Remove metadata.namespace.", f.ID.Kind)
	}
	checkObjectName(metadata["name"] != nil, at("name"), f)
	for _, e := range sorted(metadata) {
		switch e.key {
		case "name", "namespace", "generateName":
		case "labels", "annotations":
			out.encodeMarks(e, at(e.key), ranges[e.key].Elements)
		default:
			given[e.key] = e.value
		}
	}
	for _, key := range serverFields {
		delete(given, key)
	}
	for _, e := range sorted(given) {
		out.write(e.key, e.value, source{word: "metadata", element: e.key, quoted: true, at: at(e.key)}, ranges[e.key].Elements)
	}
}

// encodeMarks writes the labels or the annotations of a whole object.
func (p Field) encodeMarks(given entry, at hcl.Range, ranges resource.ElementRanges) {
	marks, ok := given.value.(map[string]any)
	if !ok {
		p.f.Errorf(at, "Invalid metadata", "metadata.%s must be a map of strings.", given.key)
		return
	}
	kept := make(map[string]any, len(marks))
	for _, e := range sorted(marks) {
		here := at
		if r, ok := ranges[e.key]; ok {
			here = r.Range
		}
		switch _, isText := e.value.(string); {
		case !isText:
			p.f.Errorf(here, "Invalid metadata", "The value of %q in metadata.%s must be a string.", e.key, given.key)
		case resource.IsMark(e.key):
			p.f.reserved(here, e.key, "metadata."+given.key)
		case e.key != lastApplied:
			kept[e.key] = e.value
		}
	}
	if len(kept) > 0 {
		p.write(given.key, kept, source{word: "metadata", element: given.key, quoted: true, at: at}, ranges)
	}
}

func decodeObjectMeta(metadata map[string]any, inCluster bool) map[string]any {
	out := maps.Clone(metadata)
	if out == nil {
		out = make(map[string]any)
	}
	for _, key := range serverFields {
		delete(out, key)
	}
	for _, key := range []string{"labels", "annotations"} {
		marks, ok := out[key].(map[string]any)
		if !ok {
			continue
		}
		kept := maps.Clone(marks)
		maps.DeleteFunc(kept, func(k string, _ any) bool { return resource.IsMark(k) || k == lastApplied })
		if out[key] = kept; len(kept) == 0 {
			delete(out, key)
		}
	}
	if out["namespace"] == nil && !inCluster {
		out["namespace"] = "" // of a type that nobody here knows
	}
	return out
}
