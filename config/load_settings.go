package config

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/gwctl/gwctl/config/kinds"
	"github.com/gwctl/gwctl/internal/diag"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// LoadSettings reads only who the owner is and where state and targets are. It
// evaluates what the gwctl and provider blocks need and nothing else, so that a
// mistake in a route, or a variable without a value, keeps nobody from the state.
func LoadSettings(ctx context.Context, opts Options) (*Config, hcl.Diagnostics) {
	l := newLoader(ctx, opts, kinds.All())
	m := l.module(filepath.Clean(opts.Dir), ".", nil)
	if m == nil || l.unparsed {
		return l.config, diag.Tidy(l.diags)
	}
	l.analyze(m)
	l.diags = slices.DeleteFunc(l.diags, func(d *hcl.Diagnostic) bool { return !l.isAboutSettings(d) })
	l.settle(l.root(m))
	if err := ctx.Err(); err != nil {
		l.diags = append(l.diags, diag.FromError(fmt.Errorf("load the configuration: %w", err))...)
	}
	return l.config, diag.Tidy(l.diags)
}

// isAboutSettings reports whether a diagnostic points into a gwctl or provider
// block, or to no place at all.
func (l *loader) isAboutSettings(d *hcl.Diagnostic) bool {
	if d.Subject == nil {
		return true
	}
	file := l.sources[d.Subject.Filename]
	if file == nil {
		return false
	}
	body, ok := file.Body.(*hclsyntax.Body)
	return ok && slices.ContainsFunc(body.Blocks, func(b *hclsyntax.Block) bool {
		return (b.Type == gwctlBlock.Type || b.Type == providerBlock.Type) && b.Range().ContainsPos(d.Subject.Start)
	})
}
