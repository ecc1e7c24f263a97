package xds

import (
	"context"

	"github.com/gwctl/gwctl/providers/xds/api"
)

// Identity returns the id of the server's store.
func (p *Provider) Identity(ctx context.Context) (string, error) {
	var identity api.Identity
	if err := p.get(ctx, api.PathIdentity, nil, &identity); err != nil {
		return "", err
	}
	return identity.ID, nil
}
