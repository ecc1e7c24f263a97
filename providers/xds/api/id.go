package api

import (
	"fmt"
	"strings"

	"github.com/gwctl/gwctl/internal/resource"
)

// FormatID writes an identity for a query: group/kind/namespace/name, of which
// group and namespace may be empty.
func FormatID(id resource.ID) string {
	return strings.Join([]string{id.Group, id.Kind, id.Namespace, id.Name}, "/")
}

// ParseID reads what FormatID writes.
func ParseID(s string) (resource.ID, error) {
	p := strings.Split(s, "/")
	if len(p) != 4 || p[1] == "" || p[3] == "" {
		return resource.ID{}, fmt.Errorf("%q is no object identity: it wants group/kind/namespace/name, such as gateway.networking.k8s.io/HTTPRoute/default/orders", s)
	}
	return resource.ID{Group: p[0], Kind: p[1], Namespace: p[2], Name: p[3]}, nil
}
