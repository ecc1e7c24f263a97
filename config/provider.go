package config

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/diag"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// provider is a provider block. Only the root has some: what a module's blocks
// belong to is its caller's to say.
type provider struct {
	typ, alias string
	header     hcl.Range
	source     *hclsyntax.Block
	schema     schema.Body
	body       *body
	slots      int
	needs      []reference
	instance   *instance
	cell       *cell[*resource.Block]
}

func (m *module) declareProvider(b *hclsyntax.Block) {
	at := b.DefRange()
	errors := len(m.l.diags)
	defer func() { m.l.providerProblems = m.l.providerProblems || len(m.l.diags) > errors }()
	if m.path != "." {
		m.l.errorf(at, "Provider in a module", "Providers stand in the root's files. A module's blocks belong to its caller's providers; module blocks may choose with providers = { ... }.")
		return
	}
	typ := b.Labels[0]
	description, ok := typeOf(providerTypes, typ)
	if !ok {
		m.l.errorf(b.LabelRanges[0], "Unknown provider", "There is no provider %q.%s", typ, diag.Allowed(typ, typeNames(providerTypes)))
		return
	}
	p := &provider{typ: typ, header: at, source: b}
	p.schema = schema.Body{Attrs: slices.Concat(providerBlock.Body.Attrs, description.Body.Attrs), Blocks: description.Body.Blocks}
	if a := b.Body.Attributes["alias"]; a != nil {
		p.alias, ok = literalText(m.l, a)
		if ok && !hclsyntax.ValidIdentifier(p.alias) {
			m.l.errorf(a.Expr.Range(), "Invalid name", "%q cannot be an alias: it must start with a letter, and have only letters, digits, \"_\" and \"-\".", p.alias)
			ok = false
		}
		if !ok {
			return
		}
	}
	if first := m.l.providers[p.key()]; first != nil {
		m.l.errorf(at, "Declared twice", "The provider %s is declared at %s already. Give one of the two an alias.", p.key(), place(first.header))
		return
	}
	p.cell = &cell[*resource.Block]{frame: frame{"provider." + p.key(), at}}
	m.l.providers[p.key()] = p
	m.providers = append(m.providers, p)
}

func (p *provider) key() string {
	if p.alias == "" {
		return p.typ
	}
	return p.typ + "." + p.alias
}

func (p *provider) analyze(m *module) {
	plan := m.planner()
	what := header(p.source)
	w := m.l.match(p.source.Body, p.schema, what, p.header, true)
	p.body = plan.body(w, &p.schema, what, p.header, names{}, func(name string) bool { return name == "alias" })
	p.slots, p.needs = plan.slots, plan.needs
}

// providerBlock returns the decoded arguments of a provider block.
func (l *loader) providerBlock(key string) *resource.Block {
	p := l.providers[key]
	empty := &resource.Block{Type: "provider", Label: p.typ, Range: p.header}
	return force(l, p.cell, empty, func() *resource.Block {
		d := p.instance.decoder(nil, p.slots)
		b := d.body(p.body, p.instance.scope(p.needs))
		b.Type, b.Label = "provider", p.typ
		return b
	})
}

// providerKey reads the argument provider: xds or xds.eu.
func (m *module) providerKey(expr hclsyntax.Expression) string {
	t, diags := hcl.AbsTraversalForExpr(expr)
	if !diags.HasErrors() {
		if key, ok := dotted(t); ok && len(t) <= 2 {
			return key
		}
	}
	m.l.errorf(expr.Range(), "Invalid provider", "Write the provider without quotes: xds, or with its alias xds.eu.")
	return ""
}

// dotted writes a traversal of names alone, as in xds.eu.
func dotted(t hcl.Traversal) (string, bool) {
	text := t.RootName()
	for _, step := range t[1:] {
		name, ok := step.(hcl.TraverseAttr)
		if !ok {
			return "", false
		}
		text += "." + name.Name
	}
	return text, true
}

// provider returns the key of the provider block that a block belongs to.
func (i *instance) provider(b *block) (string, bool) {
	if b.provider != "" {
		key, ok := i.providers[b.provider]
		if !ok && !i.l.providerProblems {
			i.l.errorf(b.providerAt, "Unknown provider", "There is no provider %q here.%s", b.provider, i.allowedProviders(b.provider))
		}
		return key, ok
	}
	var plain []string
	for key := range i.providers {
		if !strings.Contains(key, ".") {
			plain = append(plain, key)
		}
	}
	switch {
	case i.l.providerProblems:
		return "", false
	case len(i.providers) == 1:
		for _, key := range i.providers {
			return key, true
		}
	case len(plain) == 1:
		return i.providers[plain[0]], true
	case len(i.providers) == 0:
		i.l.homeless = append(i.l.homeless, b)
	default:
		verb := "applies"
		if b.kind.data != nil {
			verb = "has"
		}
		i.l.errorf(b.header, "Which provider", "There are several providers: say which one %s %s, with provider = ....%s", verb, b.address(), i.allowedProviders(""))
	}
	return "", false
}

// checkHomeless says once that there is no provider: of all blocks it is missing
// for the same reason.
func (l *loader) checkHomeless() {
	if len(l.homeless) == 0 {
		return
	}
	first := slices.MinFunc(l.homeless, func(a, b *block) int {
		return cmp.Or(cmp.Compare(a.header.Filename, b.header.Filename), cmp.Compare(a.header.Start.Byte, b.header.Start.Byte))
	})
	l.errorf(first.header, "No provider", "Nothing says where %s goes. Add provider \"xds\" {} to the root's files.", first.address())
}

func (i *instance) allowedProviders(name string) string {
	return diag.Declared(name, slices.Collect(maps.Keys(i.providers)))
}

// passProviders returns the providers that a call's blocks see.
func (i *instance) passProviders(c *call) map[string]string {
	if c.providers == nil {
		return i.providers
	}
	out := make(map[string]string, len(c.providers))
	for name, expr := range c.providers {
		written := i.m.providerKey(expr)
		if key, ok := i.providers[written]; ok {
			out[name] = key
		} else if written != "" {
			i.l.errorf(expr.Range(), "Unknown provider", "There is no provider %q here.%s", written, i.allowedProviders(written))
		}
	}
	return out
}
