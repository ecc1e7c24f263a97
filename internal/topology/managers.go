package topology

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/gwctl/gwctl/internal/resource"
)

// Manager is somebody who set fields of an object.
type Manager struct {
	Name   string
	Means  string // "Apply" or "Update"
	Status bool   // of the status alone
	At     time.Time
}

// Managers returns who set fields of an object, the latest last.
func Managers(o *resource.Object) []Manager {
	var out []Manager
	for _, e := range o.GetManagedFields() {
		m := Manager{Name: e.Manager, Means: string(e.Operation), Status: e.Subresource == "status"}
		if e.Time != nil {
			m.At = e.Time.Time
		}
		out = append(out, m)
	}
	slices.SortStableFunc(out, func(a, b Manager) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Name, b.Name)) })
	return out
}

// Owner is who an object belongs to by gwctl's marks.
type Owner struct {
	Name      string
	Lineage   string
	Addresses []string // of the blocks that made it
}

// OwnerOf returns the owner of an object, and whether it has one.
func OwnerOf(o *resource.Object) (Owner, bool) {
	a := o.GetAnnotations()
	owner := Owner{Name: a[resource.AnnotationOwner], Lineage: a[resource.AnnotationLineage], Addresses: strings.Fields(a[resource.AnnotationAddress])}
	return owner, owner.Name != ""
}
