package server

import (
	"github.com/gwctl/gwctl/providers/xds/api"
	"github.com/gwctl/gwctl/providers/xds/translate"
)

// conditionsOf writes for clients what translation says of an object; nil where
// it says nothing.
func conditionsOf(status *translate.Status) *api.Conditions {
	if status == nil {
		return nil
	}
	out := &api.Conditions{
		Conditions: conditionList(status.Conditions), Ancestors: status.Ancestors, AttachedListenerSets: status.AttachedListenerSets,
	}
	for _, l := range status.Listeners {
		out.Listeners = append(out.Listeners, api.ListenerConditions{
			Name: l.Name, AttachedRoutes: l.AttachedRoutes, Conditions: conditionList(l.Conditions),
		})
	}
	for _, p := range status.Parents {
		out.Parents = append(out.Parents, api.ParentConditions{
			Parent: p.Parent, SectionName: p.SectionName, Port: p.Port, Conditions: conditionList(p.Conditions),
		})
	}
	return out
}

func conditionList(in []translate.Condition) []api.Condition {
	out := make([]api.Condition, len(in))
	for i, c := range in {
		out[i] = api.Condition(c)
	}
	return out
}
