package resource

import "strings"

// Tracker is what applies an object by itself, from a repository or a chart:
// whatever others write there is undone, or undoes somebody's work.
type Tracker struct {
	Tool string // "Argo CD"
	What string // "application shop"
}

// TrackerOf returns what applies an object besides gwctl, and whether anything
// is known to.
func TrackerOf(o *Object) (Tracker, bool) {
	labels, annotations := o.GetLabels(), o.GetAnnotations()
	if id := annotations["argocd.argoproj.io/tracking-id"]; id != "" {
		app, _, _ := strings.Cut(id, ":")
		return Tracker{"Argo CD", "application " + app}, true
	}
	for _, by := range []struct{ prefix, kind string }{{"kustomize", "Kustomization"}, {"helm", "HelmRelease"}} {
		if name := labels[by.prefix+".toolkit.fluxcd.io/name"]; name != "" {
			return Tracker{"Flux", by.kind + " " + labels[by.prefix+".toolkit.fluxcd.io/namespace"] + "/" + name}, true
		}
	}
	return Tracker{}, false
}
