package xds

import (
	"context"
	"fmt"
	"net/url"
	"strconv"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
	"github.com/gwctl/gwctl/providers/xds/api"
)

// Revision returns the owner's objects as they were at a revision, or before
// the owner's last change for "". That there was nothing then is an error unless
// the revision is given: it would be a destruction that nobody asked for.
func (p *Provider) Revision(ctx context.Context, owner, revision string) ([]planner.Live, string, error) {
	number, err := strconv.ParseUint(revision, 10, 64)
	if revision != "" && err != nil {
		return nil, "", fmt.Errorf("%q is no revision: it wants a whole number, such as apply reports", revision)
	}
	query := url.Values{"owner": {owner}}
	var last uint64
	if revision == "" {
		list, err := p.Revisions(ctx, owner)
		if err != nil {
			return nil, "", err
		}
		if len(list) == 0 {
			return nil, "", fmt.Errorf("nothing of %q was applied on %s: there is nothing to go back to", owner, p.server())
		}
		last = list[0].Revision
		number = last - 1
		if len(list) > 1 {
			number = list[1].Revision
		}
	}
	var list api.ObjectList
	if err := p.get(ctx, api.PathRevisions+"/"+strconv.FormatUint(number, 10), query, &list); err != nil {
		return nil, "", err
	}
	found := map[resource.ID]planner.Live{}
	for _, o := range list.Objects {
		if o.Object != nil {
			found[resource.IDOf(o.Object)] = liveOf(o)
		}
	}
	if revision == "" && len(found) == 0 {
		return nil, "", fmt.Errorf("before revision %d, the last one of %q, nothing of it was live: going back would destroy everything. A failed apply leaves no revision, for nothing of it stays live. To destroy everything, say so: gwctl rollback %d", last, owner, number)
	}
	return sorted(found), strconv.FormatUint(number, 10), nil
}

// Revisions returns the history of an owner, newest first.
func (p *Provider) Revisions(ctx context.Context, owner string) ([]api.Revision, error) {
	var list api.RevisionList
	if err := p.get(ctx, api.PathRevisions, url.Values{"owner": {owner}}, &list); err != nil {
		return nil, err
	}
	return list.Revisions, nil
}
