package kubernetes

import (
	"context"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/gwctl/gwctl/internal/diag"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
	"github.com/gwctl/gwctl/providers"
)

var gatewayClass = schema.GroupVersionKind{Group: groupGateway, Version: "v1", Kind: "GatewayClass"}

// doubtClasses finds the Gateways of a plan whose class is not there: the API
// server takes them, and no controller ever will.
func (p *Provider) doubtClasses(ctx context.Context, plan *planner.Plan) ([]providers.Doubt, error) {
	made := map[string]bool{}
	var gateways []*planner.ObjectChange
	for i := range plan.Objects {
		oc := &plan.Objects[i]
		if oc.Provider != p.opts.Key || oc.Action != planner.Create && oc.Action != planner.Update {
			continue
		}
		switch oc.ID.GroupKind() {
		case gatewayClass.GroupKind():
			made[oc.ID.Name] = true
		case schema.GroupKind{Group: gatewayClass.Group, Kind: "Gateway"}:
			gateways = append(gateways, oc)
		}
	}
	if len(gateways) == 0 {
		return nil, nil
	}
	m, err := p.cluster.Mapping(ctx, gatewayClass)
	if isMissing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	there := map[string]bool{}
	var names []string
	err = p.list(ctx, m, "", "", func(o *resource.Object) {
		there[o.GetName()] = true
		names = append(names, o.GetName())
	})
	if apierrors.IsForbidden(err) {
		return nil, nil // classes are another team's, and the account may not look
	}
	if err != nil {
		return nil, err
	}
	var out []providers.Doubt
	for _, oc := range gateways {
		class, _, _ := unstructured.NestedString(oc.After.Object, "spec", "gatewayClassName")
		if class == "" || there[class] || made[class] {
			continue
		}
		text := fmt.Sprintf("the cluster has no GatewayClass %q, so no controller will take it", class)
		if near := diag.Nearest(class, names); near != "" {
			text += fmt.Sprintf(". Did you mean %q?", near)
		} else if len(names) > 0 {
			text += ". There are: " + strings.Join(names, ", ")
		}
		out = append(out, providers.Doubt{Field: providers.Field{ID: oc.ID, Path: "spec.gatewayClassName"}, Text: text})
	}
	return out, nil
}
