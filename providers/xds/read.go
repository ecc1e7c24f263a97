package xds

import (
	"context"
	"net/url"
	"slices"
	"strconv"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
	"github.com/gwctl/gwctl/providers"
	"github.com/gwctl/gwctl/providers/xds/api"
)

// Read returns the owner's objects, and those of others that the query names.
func (p *Provider) Read(ctx context.Context, query providers.Query) (*providers.Reading, error) {
	ids := slices.Clone(query.Others)
	for _, o := range query.Desired {
		ids = append(ids, resource.IDOf(o))
	}
	live, err := p.read(ctx, query.Owner, ids)
	if err != nil {
		return nil, err
	}
	return &providers.Reading{Live: live}, nil
}

// read returns the objects of an owner, none for "", and those of ids that exist.
func (p *Provider) read(ctx context.Context, owner string, ids []resource.ID) ([]planner.Live, error) {
	found := map[resource.ID]planner.Live{}
	read := func(query url.Values) error {
		var list api.ObjectList
		if err := p.get(ctx, api.PathObjects, query, &list); err != nil {
			return err
		}
		for _, o := range list.Objects {
			if o.Object != nil {
				found[resource.IDOf(o.Object)] = liveOf(o)
			}
		}
		return nil
	}
	if owner != "" {
		if err := read(url.Values{"owner": {owner}}); err != nil {
			return nil, err
		}
	}
	// Most of what is asked for is the owner's, and read already.
	ids = slices.DeleteFunc(slices.Clone(ids), func(id resource.ID) bool {
		_, ok := found[id]
		return ok
	})
	if err := inChunks(ids, func(chunk []string) error { return read(url.Values{"id": chunk}) }); err != nil {
		return nil, err
	}
	return sorted(found), nil
}

func liveOf(o api.Object) planner.Live {
	return planner.Live{Object: o.Object, Revision: strconv.FormatUint(o.Revision, 10)}
}

func sorted(found map[resource.ID]planner.Live) []planner.Live {
	live := make([]planner.Live, 0, len(found))
	for _, l := range found {
		live = append(live, l)
	}
	slices.SortFunc(live, func(a, b planner.Live) int {
		return resource.IDOf(a.Object).Compare(resource.IDOf(b.Object))
	})
	return live
}
