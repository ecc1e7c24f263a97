package kubernetes

import (
	"fmt"
	"strings"

	"github.com/gwctl/gwctl/internal/resource"
)

// trackerOf says what applies an object by itself from a repository: whatever
// gwctl wrote there would be undone, or undo somebody's work. The sentence
// goes on "... is ... to apply".
func trackerOf(o *resource.Object) string {
	labels, annotations := o.GetLabels(), o.GetAnnotations()
	if id := annotations["argocd.argoproj.io/tracking-id"]; id != "" {
		app, _, _ := strings.Cut(id, ":")
		return fmt.Sprintf("Argo CD's (application %s)", app)
	}
	for _, kind := range []string{"kustomize", "helm"} {
		if name := labels[kind+".toolkit.fluxcd.io/name"]; name != "" {
			what := map[string]string{"kustomize": "Kustomization", "helm": "HelmRelease"}[kind]
			return fmt.Sprintf("Flux's (%s %s/%s)", what, labels[kind+".toolkit.fluxcd.io/namespace"], name)
		}
	}
	return ""
}
