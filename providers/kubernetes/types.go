package kubernetes

import (
	"fmt"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/client-go/openapi"
	"sigs.k8s.io/structured-merge-diff/v6/typed"

	cluster "github.com/gwctl/gwctl/internal/kubernetes"
	"github.com/gwctl/gwctl/internal/resource"
)

// types knows the schemas of the cluster's own types, by group and version.
// They are asked for only where somebody else has written fields.
type types struct {
	cluster *cluster.Cluster

	mu   sync.Mutex
	kept map[schema.GroupVersion]func() (managedfields.TypeConverter, error)
}

func newTypes(at *cluster.Cluster) *types {
	return &types{cluster: at, kept: map[schema.GroupVersion]func() (managedfields.TypeConverter, error){}}
}

// typed reads an object by its schema, which says what of a list is told apart
// by keys.
func (t *types) typed(o *resource.Object) (*typed.TypedValue, error) {
	gvk := o.GroupVersionKind()
	converter, err := t.converter(gvk.GroupVersion())
	if err != nil {
		return nil, fmt.Errorf("the cluster's schema of %s cannot be read: %w", gvk.GroupVersion(), err)
	}
	v, err := converter.ObjectToTyped(o, typed.AllowDuplicates)
	if err != nil {
		return nil, fmt.Errorf("%s is not as the cluster's schema has it: %w", resource.IDOf(o), err)
	}
	return v, nil
}

func (t *types) converter(gv schema.GroupVersion) (managedfields.TypeConverter, error) {
	t.mu.Lock()
	load := t.kept[gv]
	if load == nil {
		load = sync.OnceValues(func() (managedfields.TypeConverter, error) {
			return openapi.NewTypeConverter(only{t.cluster.Discovery().OpenAPIV3(), pathOf(gv)}, true)
		})
		t.kept[gv] = load
	}
	t.mu.Unlock()
	return load()
}

// describes asks anew whether the cluster has the schema of a type.
func (t *types) describes(gvk schema.GroupVersionKind) bool {
	t.mu.Lock()
	delete(t.kept, gvk.GroupVersion())
	t.mu.Unlock()
	o := &resource.Object{}
	o.SetGroupVersionKind(gvk)
	_, err := t.typed(o)
	return err == nil
}

func pathOf(gv schema.GroupVersion) string {
	if gv.Group == "" {
		return "api/" + gv.Version
	}
	return "apis/" + gv.String()
}

// only is the part of a cluster's schemas that is of one group and version: all
// of them together are several megabytes.
type only struct {
	openapi.Client
	path string
}

func (o only) Paths() (map[string]openapi.GroupVersion, error) {
	all, err := o.Client.Paths()
	if err != nil {
		return nil, err
	}
	out := map[string]openapi.GroupVersion{}
	for path, gv := range all {
		if strings.Trim(path, "/") == o.path {
			out[path] = gv
		}
	}
	return out, nil
}
