package xds

import (
	"context"
	"fmt"
	"net/url"
	"strconv"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers"
	"github.com/gwctl/gwctl/providers/xds/api"
)

// Revision returns the owner's objects as they were at a revision, or before
// the owner's last change for "".
func (p *Provider) Revision(ctx context.Context, owner, revision string) ([]providers.Live, string, error) {
	number, err := strconv.ParseUint(revision, 10, 64)
	if revision != "" && err != nil {
		return nil, "", fmt.Errorf("%q is no revision: it wants a whole number, such as apply reports", revision)
	}
	query := url.Values{"owner": {owner}}
	if revision == "" {
		list, err := p.Revisions(ctx, owner)
		if err != nil {
			return nil, "", err
		}
		switch len(list) {
		case 0:
			return nil, "", fmt.Errorf("nothing of %q was applied on %s: there is nothing to go back to", owner, p.server())
		case 1: // or all that is kept
			number = list[0].Revision - 1
		default:
			number = list[1].Revision
		}
	}
	var list api.ObjectList
	if err := p.get(ctx, api.PathRevisions+"/"+strconv.FormatUint(number, 10), query, &list); err != nil {
		return nil, "", err
	}
	found := map[resource.ID]providers.Live{}
	for _, o := range list.Objects {
		if o.Object != nil {
			found[resource.IDOf(o.Object)] = liveOf(o)
		}
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
