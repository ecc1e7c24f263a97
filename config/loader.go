package config

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gwctl/gwctl/config/kinds"
	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/diag"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/hashicorp/hcl/v2"
)

// loader is one run of Load.
type loader struct {
	ctx       context.Context
	opts      Options
	kinds     map[string]*kind
	data      map[string]*kind // of data blocks, by type
	sources   diag.Sources
	diags     hcl.Diagnostics
	modules   map[string]*module // by folder
	stack     []*frame           // cells that are being computed
	providers map[string]*provider
	addresses map[string]resource.Address // parsed once
	appliedBy map[resource.Address]string // providers of the blocks that were referred to
	resources []*resource.Resource
	broken    map[*resource.Resource]bool // not decoded in full
	imports   []importOf
	config    *Config

	left             int  // instances and dynamic blocks that may still come
	unparsed         bool // a file could not be read or parsed
	homeless         []*block
	unexpanded       []resource.Address // blocks and modules whose instances could not be told
	providerProblems bool               // a provider block that was meant is missing
}

// kind is a kind and what every block takes besides its own arguments.
type kind struct {
	*kinds.Kind
	body schema.Body
	data *dataType // nil unless it is of data blocks
}

func newLoader(ctx context.Context, opts Options, all []*kinds.Kind) *loader {
	l := &loader{
		ctx:       ctx,
		opts:      opts,
		kinds:     make(map[string]*kind, len(all)),
		data:      make(map[string]*kind, len(dataTypes)),
		sources:   diag.Sources{},
		modules:   map[string]*module{},
		providers: map[string]*provider{},
		addresses: map[string]resource.Address{},
		appliedBy: map[resource.Address]string{},
		broken:    map[*resource.Resource]bool{},
		config:    &Config{},
		left:      maxMade,
	}
	l.config.Sources = l.sources
	for _, k := range all {
		l.kinds[k.Name] = &kind{Kind: k, body: withMetaArguments(k.Schema)}
	}
	for i := range dataTypes {
		l.data[dataTypes[i].Type] = dataTypes[i].kind()
	}
	return l
}

func load(ctx context.Context, opts Options, all []*kinds.Kind, compose composeFunc) (*Config, hcl.Diagnostics) {
	l := newLoader(ctx, opts, all)
	l.run(compose)
	if err := ctx.Err(); err != nil {
		l.diags = append(l.diags, diag.FromError(fmt.Errorf("load the configuration: %w", err))...)
	}
	return l.config, diag.Tidy(l.diags)
}

// run goes through the phases. Files that do not parse end it: what they
// declare would be missed everywhere else.
func (l *loader) run(compose composeFunc) {
	m := l.module(filepath.Clean(l.opts.Dir), ".", nil)
	if m == nil || l.unparsed {
		return
	}
	l.analyze(m)
	root := l.root(m)
	root.evaluate()
	l.finish(root)
	if l.ctx.Err() != nil {
		return
	}
	whole := slices.DeleteFunc(slices.Clone(l.resources), func(r *resource.Resource) bool { return l.broken[r] })
	scopes := make(map[string]kinds.Scope, len(l.providers))
	for key := range l.providers {
		scopes[key] = l.scope(key)
	}
	problems := compose(whole, scopes)
	l.diags = append(l.diags, problems...)
	l.checkImported(problems.HasErrors())
}

// finish fills the Config.
func (l *loader) finish(root *instance) {
	slices.SortFunc(l.resources, func(a, b *resource.Resource) int { return a.Address.Compare(b.Address) })
	l.config.Resources = l.resources
	slices.SortFunc(l.config.Data, func(a, b Data) int { return strings.Compare(a.Name, b.Name) })
	l.settle(root)
	l.checkHomeless()
	l.checkImports()
	l.checkMoves()
}

// settle fills in who the owner is and where state and targets are.
func (l *loader) settle(root *instance) {
	l.config.Owner = root.owner()
	l.config.State = root.state()
	for _, key := range slices.Sorted(maps.Keys(l.providers)) {
		p := l.providers[key]
		l.config.Providers = append(l.config.Providers, Provider{
			Target: Target{Type: p.typ, Block: l.providerBlock(key)},
			Alias:  p.alias,
			Key:    key,
		})
	}
}

func (l *loader) kindNames() []string { return slices.Collect(maps.Keys(l.kinds)) }

// errorf reports an error at a place.
func (l *loader) errorf(at hcl.Range, summary, format string, args ...any) {
	l.diags = append(l.diags, problem(at, summary, format, args...))
}

func problem(at hcl.Range, summary, format string, args ...any) *hcl.Diagnostic {
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: fmt.Sprintf(format, args...), Subject: &at}
}

// place writes a position for the middle of a sentence.
func place(at hcl.Range) string { return fmt.Sprintf("%s line %d", at.Filename, at.Start.Line) }
