package server

import (
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers/xds/api"
	"github.com/gwctl/gwctl/providers/xds/rollout"
	"github.com/gwctl/gwctl/providers/xds/translate"
)

// blame finds the fields of the change that an Envoy may mean.
func blame(r rollout.Refusal, ch *change, edits []translate.Edit) []api.Field {
	var refused []*translate.Resource
	for _, m := range ch.moves {
		if m.Gateway != r.Gateway {
			continue
		}
		for _, name := range r.Resources {
			// What the change takes away has no new version to point at.
			if resource := m.To.Of(r.Type)[name]; resource != nil {
				refused = append(refused, resource)
			}
		}
	}
	var fields []api.Field
	for _, o := range translate.Blame(r.Text, refused, edits) {
		fields = append(fields, api.Field{ID: o.ID, Path: o.Path})
	}
	return fields
}

// edits lists what a change does to fields.
func (c *committed) edits(ch *change) []translate.Edit {
	var list []translate.Edit
	object := func(id resource.ID) *resource.Object {
		if o := c.objects[id]; o != nil {
			return o.Object
		}
		return nil
	}
	for _, put := range ch.puts {
		list = append(list, translate.Edits(object(resource.IDOf(put.Object)), put.Object)...)
	}
	for _, id := range ch.deletes {
		list = append(list, translate.Edits(object(id), nil)...)
	}
	return list
}
