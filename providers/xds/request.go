package xds

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"syscall"

	"github.com/gwctl/gwctl/providers"
	"github.com/gwctl/gwctl/providers/xds/api"
)

// maxAnswer bounds what is read of one answer.
const maxAnswer = 1 << 30

// get reads one answer.
func (p *Provider) get(ctx context.Context, path string, query url.Values, into any) error {
	ctx, cancel := context.WithTimeoutCause(ctx, p.opts.Timeout, fmt.Errorf("no answer within %v", p.opts.Timeout))
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url(path, query), nil)
	if err != nil {
		return err
	}
	response, err := p.client.Do(request)
	if err != nil {
		return p.unreachable(ctx, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return p.problem(response)
	}
	if !isMedia(response, api.TypeJSON) {
		return p.stranger(response)
	}
	err = json.NewDecoder(io.LimitReader(response.Body, maxAnswer)).Decode(into)
	if err != nil {
		return p.unreachable(ctx, fmt.Errorf("its answer broke off: %w", err))
	}
	return nil
}

func (p *Provider) url(path string, query url.Values) string {
	u := p.base.JoinPath(path)
	u.RawQuery = query.Encode()
	return u.String()
}

// unreachable says that no answer came.
func (p *Provider) unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if urlError, ok := errors.AsType[*url.Error](err); ok {
		err = urlError.Err // the URL is said already
	}
	if errors.Is(err, syscall.ECONNREFUSED) {
		err = fmt.Errorf("%w: is it running? `gwctl xds serve` starts it, and GWCTL_XDS_SERVER or the provider block's server says where it is", err)
	}
	return &providers.UnreachableError{Target: p.server(), Err: err}
}

// problem reads an error answer.
func (p *Provider) problem(response *http.Response) error {
	if !isMedia(response, api.TypeProblem) {
		return p.stranger(response)
	}
	var problem api.Problem
	if err := json.NewDecoder(io.LimitReader(response.Body, maxAnswer)).Decode(&problem); err != nil {
		return p.unreachable(response.Request.Context(), fmt.Errorf("its answer broke off: %w", err))
	}
	return &problem
}

func (p *Provider) stranger(response *http.Response) error {
	return fmt.Errorf("%s answers %s with %s: that is no admin API of gwctl, see the provider block's server (Envoys' own port is another one)",
		p.base, response.Request.URL.Path, response.Status)
}

func isMedia(response *http.Response, want string) bool {
	media, _, err := mime.ParseMediaType(response.Header.Get("Content-Type"))
	return err == nil && media == want
}
