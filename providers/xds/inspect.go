package xds

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers"
	"github.com/gwctl/gwctl/providers/xds/api"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

var _ providers.Inspector = (*Provider)(nil)

// defaultNamespace is that of objects where nobody names one.
const defaultNamespace = "default"

// controllerName is who writes the status of routes.
const controllerName = "gwctl.dev/xds"

// Namespace is where objects are looked for when nobody says where.
func (p *Provider) Namespace() string { return defaultNamespace }

// List returns the selected objects of all owners. The server has no other
// types than those it translates: of all others there are none.
func (p *Provider) List(ctx context.Context, s providers.Selection) ([]*resource.Object, error) {
	all, err := p.inspect(ctx, url.Values{"all": {"true"}})
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(o *resource.Object) bool {
		return resource.IDOf(o).GroupKind() != s.Type || !s.Takes(o)
	}), nil
}

// Look returns those of ids that exist.
func (p *Provider) Look(ctx context.Context, ids []resource.ID) (*providers.Looked, error) {
	looked := &providers.Looked{}
	err := inChunks(ids, func(chunk []string) error {
		objects, err := p.inspect(ctx, url.Values{"id": chunk})
		looked.Objects = append(looked.Objects, objects...)
		return err
	})
	return looked, err
}

// inspect returns objects with their status.
func (p *Provider) inspect(ctx context.Context, query url.Values) ([]*resource.Object, error) {
	query.Set("conditions", "true")
	var list api.ObjectList
	if err := p.get(ctx, api.PathObjects, query, &list); err != nil {
		return nil, err
	}
	out := make([]*resource.Object, 0, len(list.Objects))
	for _, o := range list.Objects {
		if o.Object != nil {
			out = append(out, inspected(o))
		}
	}
	slices.SortFunc(out, func(a, b *resource.Object) int { return resource.IDOf(a).Compare(resource.IDOf(b)) })
	return out, nil
}

// inspected is an object in the form that an API server would show it in.
func inspected(in api.Object) *resource.Object {
	o := in.Object
	if !in.Created.IsZero() {
		o.SetCreationTimestamp(metav1.NewTime(in.Created))
	}
	o.SetResourceVersion(strconv.FormatUint(in.Revision, 10))
	if in.Conditions == nil {
		return o
	}
	status := map[string]any{}
	if len(in.Conditions.Conditions) > 0 {
		status["conditions"] = conditions(in.Conditions.Conditions)
	}
	if in.Conditions.Listeners != nil {
		status["listeners"] = listeners(in.Conditions.Listeners)
	}
	if o.GetKind() == "Gateway" {
		status["addresses"] = addresses(o)
		status["attachedListenerSets"] = int64(in.Conditions.AttachedListenerSets)
	}
	if in.Conditions.Parents != nil {
		status["parents"] = parents(in.Conditions.Parents)
	}
	if in.Conditions.Ancestors != nil { // where the Gateway API has them
		status["ancestors"] = ancestors(in.Conditions)
		delete(status, "conditions")
	}
	o.Object["status"] = status
	return o
}

func conditions(in []api.Condition) []any {
	out := make([]any, len(in))
	for i, c := range in {
		status := metav1.ConditionFalse
		if c.Status {
			status = metav1.ConditionTrue
		}
		out[i] = map[string]any{"type": c.Type, "status": string(status), "reason": c.Reason, "message": c.Message}
	}
	return out
}

func listeners(in []api.ListenerConditions) []any {
	out := make([]any, len(in))
	for i, l := range in {
		out[i] = map[string]any{"name": l.Name, "attachedRoutes": int64(l.AttachedRoutes), "conditions": conditions(l.Conditions)}
	}
	return out
}

func parents(in []api.ParentConditions) []any {
	out := make([]any, len(in))
	for i, p := range in {
		ref := map[string]any{"group": p.Parent.Group, "kind": p.Parent.Kind, "namespace": p.Parent.Namespace, "name": p.Parent.Name}
		if p.SectionName != "" {
			ref["sectionName"] = p.SectionName
		}
		if p.Port != 0 {
			ref["port"] = int64(p.Port)
		}
		out[i] = map[string]any{"parentRef": ref, "controllerName": controllerName, "conditions": conditions(p.Conditions)}
	}
	return out
}

// ancestors are the Gateways that a policy matters to: to each the same is said.
func ancestors(in *api.Conditions) []any {
	out := make([]any, len(in.Ancestors))
	for i, g := range in.Ancestors {
		ref := map[string]any{"group": g.Group, "kind": g.Kind, "namespace": g.Namespace, "name": g.Name}
		out[i] = map[string]any{"ancestorRef": ref, "controllerName": controllerName, "conditions": conditions(in.Conditions)}
	}
	return out
}

// addresses are what the Envoys of a Gateway bind: those it asks for, else all.
func addresses(gateway *resource.Object) []any {
	spec, _ := gateway.Object["spec"].(map[string]any)
	if asked, _ := spec["addresses"].([]any); len(asked) > 0 {
		return asked
	}
	return []any{map[string]any{"type": "IPAddress", "value": "0.0.0.0"}}
}

// Events returns when an object was last written, and of a Gateway, what its
// Envoys did.
func (p *Provider) Events(ctx context.Context, o *resource.Object) ([]providers.Occurrence, error) {
	var out []providers.Occurrence
	if owner := o.GetAnnotations()[resource.AnnotationOwner]; owner != "" {
		history, err := p.Revisions(ctx, owner)
		if err != nil {
			return nil, err
		}
		for _, r := range history {
			if strconv.FormatUint(r.Revision, 10) == o.GetResourceVersion() {
				out = append(out, providers.Occurrence{
					Time: r.At, Count: 1, Reason: "Applied", By: "xds server",
					Message: fmt.Sprintf("%s applied revision %d, which wrote %d objects", owner, r.Revision, r.Changed),
				})
			}
		}
	}
	if o.GetKind() == "Gateway" {
		status, err := p.Status(ctx)
		if err != nil {
			return nil, err
		}
		for _, g := range status.Gateways {
			if g.Name == o.GetNamespace()+"/"+o.GetName() {
				out = append(out, ofEnvoys(g.Envoys)...)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b providers.Occurrence) int { return a.Time.Compare(b.Time) })
	return out, nil
}

func ofEnvoys(envoys []api.Envoy) []providers.Occurrence {
	var out []providers.Occurrence
	for _, e := range envoys {
		out = append(out, providers.Occurrence{Time: e.Connected, Count: 1, Reason: "Connected", Message: "Envoy " + e.Version, By: e.Node})
		var waiting time.Time
		var types []string
		for _, t := range e.Types {
			if t.Refusal != "" {
				out = append(out, providers.Occurrence{Time: t.RefusedAt, Count: 1, Warning: true, Reason: "Refused", Message: t.Type + ": " + t.Refusal, By: e.Node})
			}
			if !t.Waiting.IsZero() {
				types = append(types, t.Type)
				if waiting.IsZero() || t.Waiting.Before(waiting) {
					waiting = t.Waiting
				}
			}
		}
		if types != nil {
			out = append(out, providers.Occurrence{Time: waiting, Count: 1, Warning: true, Reason: "Unacknowledged", Message: fmt.Sprintf("has not answered %v yet", types), By: e.Node})
		}
	}
	return out
}
