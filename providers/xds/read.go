package xds

import (
	"context"
	"net/url"
	"slices"
	"strconv"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers"
	"github.com/gwctl/gwctl/providers/xds/api"
)

// maxQuery bounds the length of a query: half of what the server takes as
// headers.
const maxQuery = api.MaxHeader / 2

// Read returns the owner's objects, and those of ids that exist.
func (p *Provider) Read(ctx context.Context, owner string, ids []resource.ID) ([]providers.Live, error) {
	found := map[resource.ID]providers.Live{}
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
	slices.SortFunc(ids, resource.ID.Compare)
	ids = slices.Compact(ids)
	for len(ids) > 0 {
		var chunk []string
		for size := 0; len(ids) > 0 && len(chunk) < api.MaxIDs; ids = ids[1:] {
			text := api.FormatID(ids[0])
			size += len("&id=") + len(url.QueryEscape(text))
			if size > maxQuery && len(chunk) > 0 {
				break
			}
			chunk = append(chunk, text)
		}
		if err := read(url.Values{"id": chunk}); err != nil {
			return nil, err
		}
	}
	return sorted(found), nil
}

func liveOf(o api.Object) providers.Live {
	return providers.Live{Object: o.Object, Revision: strconv.FormatUint(o.Revision, 10)}
}

func sorted(found map[resource.ID]providers.Live) []providers.Live {
	live := make([]providers.Live, 0, len(found))
	for _, l := range found {
		live = append(live, l)
	}
	slices.SortFunc(live, func(a, b providers.Live) int {
		return resource.IDOf(a.Object).Compare(resource.IDOf(b.Object))
	})
	return live
}
