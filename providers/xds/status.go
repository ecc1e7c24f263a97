package xds

import (
	"context"

	"github.com/gwctl/gwctl/providers/xds/api"
)

// Status returns the gateways with their conditions and Envoys.
func (p *Provider) Status(ctx context.Context) (*api.Status, error) {
	var status api.Status
	if err := p.get(ctx, api.PathStatus, nil, &status); err != nil {
		return nil, err
	}
	return &status, nil
}
