package kubernetes

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
	"sigs.k8s.io/structured-merge-diff/v6/value"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
)

// clientSide are the managers of people who worked without server-side apply.
// What they wrote on an object is taken over with it.
var clientSide = sets.New(
	"kubectl-client-side-apply", "kubectl-create", "kubectl-edit", "kubectl-patch", "kubectl-replace",
	"kubectl-label", "kubectl-annotate", "kubectl", "before-first-apply",
)

// managed is what the API server remembers of who set the fields of an object.
type managed struct {
	own    *fieldpath.Set // gwctl's
	others []manager
}

// manager is somebody else who set fields, and which.
type manager struct {
	name string
	at   time.Time
	set  *fieldpath.Set
}

// managersOf reads who set what, but for the status. Where the object is taken
// over, what was written client-side counts as gwctl's: it becomes so.
func managersOf(o *resource.Object, takenOver bool) (managed, error) {
	out := managed{own: &fieldpath.Set{}}
	for _, e := range o.GetManagedFields() {
		if e.Subresource != "" || e.FieldsV1 == nil {
			continue
		}
		set := &fieldpath.Set{}
		if err := set.FromJSON(bytes.NewReader(e.FieldsV1.GetRawBytes())); err != nil {
			return managed{}, fmt.Errorf("%s: the fields of manager %s cannot be read: %w", resource.IDOf(o), e.Manager, err)
		}
		switch {
		case e.Manager == FieldManager && e.Operation == metav1.ManagedFieldsOperationApply,
			takenOver && isClientSide(e):
			out.own = out.own.Union(set)
		default:
			m := manager{name: e.Manager, set: set}
			if e.Time != nil {
				m.at = e.Time.Time
			}
			out.others = append(out.others, m)
		}
	}
	return out, nil
}

func isClientSide(e metav1.ManagedFieldsEntry) bool {
	return e.Operation == metav1.ManagedFieldsOperationUpdate && e.Subresource == "" && clientSide.Has(e.Manager)
}

// isAllOurs reports without reading any set that nobody else wrote more than
// the status.
func isAllOurs(o *resource.Object) bool {
	metadata, _ := o.Object["metadata"].(map[string]any)
	entries, _ := metadata["managedFields"].([]any)
	return !slices.ContainsFunc(entries, func(e any) bool {
		m, _ := e.(map[string]any)
		subresource, _ := m["subresource"].(string)
		return subresource == "" && (m["manager"] != FieldManager || m["operation"] != string(metav1.ManagedFieldsOperationApply))
	})
}

// writers lists the fields in set that somebody else wrote, as paths in o.
func (m managed) writers(o *resource.Object, set *fieldpath.Set) []planner.Writer {
	var out []planner.Writer
	for _, other := range m.others {
		for path := range other.set.Intersection(set).Leaves().All() {
			out = append(out, planner.Writer{Field: pathIn(o.Object, path), Manager: other.name, At: other.at})
		}
	}
	return out
}

// find returns who else wrote a field, by the path that the API server gives it.
func (m managed) find(field string) []planner.Writer {
	var out []planner.Writer
	for _, other := range m.others {
		for path := range other.set.All() {
			if path.String() == field {
				out = append(out, planner.Writer{Field: strings.TrimPrefix(field, "."), Manager: other.name, At: other.at})
				break
			}
		}
	}
	return out
}

// pathIn writes a path as validation does, with the index of a list's element
// instead of its keys: spec.listeners[0].port.
func pathIn(v any, path fieldpath.Path) string {
	var b strings.Builder
	for i, e := range path {
		switch {
		case e.FieldName != nil:
			m, _ := v.(map[string]any)
			v = m[*e.FieldName]
			if isKey(path[:i]) {
				fmt.Fprintf(&b, "[%s]", *e.FieldName)
				continue
			}
			if i > 0 {
				b.WriteByte('.')
			}
			b.WriteString(*e.FieldName)
		case e.Key != nil:
			list, _ := v.([]any)
			n := slices.IndexFunc(list, func(item any) bool { return hasKey(item, *e.Key) })
			if n < 0 {
				return b.String() // it is there no more
			}
			v = list[n]
			b.WriteString("[" + strconv.Itoa(n) + "]")
		case e.Index != nil:
			b.WriteString("[" + strconv.Itoa(*e.Index) + "]")
		default:
			return b.String() // an element of a set: the set will do
		}
	}
	return b.String()
}

// isKey reports whether what stands below a path is an entry of a map that
// users fill, which validation writes in brackets.
func isKey(path fieldpath.Path) bool {
	return len(path) == 2 && path[0].FieldName != nil && *path[0].FieldName == "metadata" &&
		path[1].FieldName != nil && (*path[1].FieldName == "labels" || *path[1].FieldName == "annotations")
}

func hasKey(item any, key value.FieldList) bool {
	m, _ := item.(map[string]any)
	for _, f := range key {
		if !value.Equals(value.NewValueInterface(m[f.Name]), f.Value) {
			return false
		}
	}
	return true
}
