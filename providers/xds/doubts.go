package xds

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/gwctl/gwctl/internal/certificate"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
	"github.com/gwctl/gwctl/providers"
	"github.com/gwctl/gwctl/providers/xds/api"
)

// doubts are about files that can be used: keys that others can read, and
// certificates that are not for the hosts of the listeners that show them.
func doubts(plan *planner.Plan, key string, objects []*resource.Object, files []api.FileStatus) []providers.Doubt {
	var out []providers.Doubt
	hostnames := map[resource.ID][]string{}
	for i, o := range objects {
		id := resource.IDOf(o)
		if id.Kind == "Secret" {
			hostnames[id] = files[i].Hostnames
		}
		if files[i].Exposed {
			out = append(out, providers.Doubt{
				Field:   providers.Field{ID: id, Path: "metadata.annotations[" + resource.AnnotationKeyFile + "]"},
				Summary: "Key that others can read",
				Text:    fmt.Sprintf("others on the xDS server's machine can read %s: chmod 600", o.GetAnnotations()[resource.AnnotationKeyFile]),
			})
		}
	}
	for i := range plan.Objects {
		if o := &plan.Objects[i]; o.Provider == key && o.After != nil && o.ID.Kind == "Gateway" {
			out = append(out, doubtListeners(o.After, hostnames)...)
		}
	}
	return out
}

// doubtListeners looks at listeners all of whose certificates are known.
func doubtListeners(gateway *resource.Object, known map[resource.ID][]string) []providers.Doubt {
	var out []providers.Doubt
	listeners, _, _ := unstructured.NestedSlice(gateway.Object, "spec", "listeners")
	for i, l := range listeners {
		listener, _ := l.(map[string]any)
		host, _, _ := unstructured.NestedString(listener, "hostname")
		refs, _, _ := unstructured.NestedSlice(listener, "tls", "certificateRefs")
		var names []string
		all := host != "" && len(refs) > 0
		for _, r := range refs {
			ref, _ := r.(map[string]any)
			id := resource.ID{Kind: "Secret", Namespace: gateway.GetNamespace()}
			id.Name, _, _ = unstructured.NestedString(ref, "name")
			if namespace, ok, _ := unstructured.NestedString(ref, "namespace"); ok {
				id.Namespace = namespace
			}
			own, ok := known[id]
			all = all && ok
			names = append(names, own...)
		}
		if !all || certificate.Covers(names, host) {
			continue
		}
		what := "none has any"
		if len(names) > 0 {
			what = "they have " + strings.Join(names, ", ")
		}
		out = append(out, providers.Doubt{
			Field:   providers.Field{ID: resource.IDOf(gateway), Path: fmt.Sprintf("spec.listeners[%d].tls.certificateRefs[0]", i)},
			Summary: "Certificate for other hosts",
			Text:    fmt.Sprintf("clients that ask for %s will refuse what it shows: no certificate of the listener has this name, %s", host, what),
		})
	}
	return out
}
