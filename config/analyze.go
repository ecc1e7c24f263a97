package config

import (
	"maps"
	"slices"

	"github.com/gwctl/gwctl/internal/diag"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// analyze looks at every expression of a module and of those that it calls,
// now that all names are known.
func (l *loader) analyze(m *module) {
	if m.analyzed {
		return
	}
	m.analyzed = true
	for _, c := range m.calls {
		if c.module != nil {
			l.analyze(c.module)
		}
	}
	for _, v := range m.variables {
		for _, check := range v.validations {
			check.analyze(m)
		}
	}
	for _, v := range m.locals {
		v.expr = m.expression(v.attr.Expr, names{})
	}
	for _, o := range m.outputs {
		if a := o.written.arg("value"); a != nil {
			o.value = m.expression(a.Expr, names{})
		}
		if a := o.written.arg("depends_on"); a != nil {
			m.dependencies(a.Expr)
		}
	}
	for _, p := range m.providers {
		p.analyze(m)
	}
	if m.settings != nil {
		m.settings.analyze(m)
	}
	for _, declared := range []map[string]map[string]*block{m.blocks, m.data} {
		for _, blocks := range declared {
			for _, b := range blocks {
				b.analyze()
			}
		}
	}
	for _, im := range m.imports {
		im.analyze(m)
	}
	for _, c := range m.calls {
		m.analyzeCall(c)
	}
}

// analyzeCall tells a call's arguments from the values for variables.
func (m *module) analyzeCall(c *call) {
	l := m.l
	what := `module "` + c.name + `"`
	own := moduleBlock.Body
	var reserved []string
	for _, a := range own.Attrs {
		reserved = append(reserved, a.Name)
	}
	known := slices.Clone(reserved)
	if c.module != nil {
		known = slices.AppendSeq(known, maps.Keys(c.module.variables))
	}
	for _, b := range c.body.Blocks {
		l.unknownBlock(b, b.Type, own, what)
	}
	forEach, count := c.body.Attributes["for_each"], c.body.Attributes["count"]
	if forEach != nil {
		c.rep.forEach = m.expression(forEach.Expr, names{})
	}
	if count != nil {
		c.rep.count = m.expression(count.Expr, names{})
		if forEach != nil {
			l.errorf(count.NameRange, "Both count and for_each", "A block takes count or for_each, not both.")
		}
	}
	in := names{each: forEach != nil, count: count != nil}
	c.args = map[string]*expression{}
	for _, a := range attributesOf(c.body) {
		if slices.Contains(reserved, a.Name) {
			continue
		}
		if c.module != nil && c.module.variables[a.Name] == nil {
			l.errorf(a.NameRange, "Unknown argument", "The module has no variable %q.%s", a.Name, diag.Allowed(a.Name, known))
			continue
		}
		c.args[a.Name] = m.expression(a.Expr, in)
	}
	if a := c.body.Attributes["providers"]; a != nil {
		c.providers = m.providersArgument(a.Expr)
	}
	if a := c.body.Attributes["depends_on"]; a != nil {
		c.dependsOn = m.dependencies(a.Expr)
		for _, dep := range c.dependsOn {
			if dep.call == c {
				l.errorf(a.Expr.Range(), "Module waits for itself", "depends_on of %s names the module itself.", what)
			}
		}
	}
	if c.module == nil {
		return
	}
	for name, v := range c.module.variables {
		if v.required() && c.body.Attributes[name] == nil {
			l.errorf(c.at, "Missing argument", "%s needs a value for the variable %q, declared at %s.%s", what, name, place(v.at), sentence(v.description))
		}
	}
}

// sentence is a description to follow a sentence.
func sentence(description string) string {
	if description == "" {
		return ""
	}
	return " " + description
}

// providersArgument reads providers = { xds = xds.eu }.
func (m *module) providersArgument(expr hclsyntax.Expression) map[string]hclsyntax.Expression {
	cons, ok := expr.(*hclsyntax.ObjectConsExpr)
	if !ok {
		m.l.errorf(expr.Range(), "Invalid providers", "providers is a map of provider blocks, as in { xds = xds.eu }.")
		return nil
	}
	out := make(map[string]hclsyntax.Expression, len(cons.Items))
	for _, it := range cons.Items {
		key := hcl.ExprAsKeyword(it.KeyExpr)
		if key == "" {
			if t, diags := hcl.AbsTraversalForExpr(unwrapKey(it.KeyExpr)); !diags.HasErrors() {
				key, _ = dotted(t)
			}
		}
		if key == "" {
			m.l.errorf(it.KeyExpr.Range(), "Invalid providers", "The name in the module is written as its blocks write it: xds, or (xds.eu).")
			continue
		}
		out[key] = it.ValueExpr
	}
	return out
}

// unwrapKey returns the expression of a key in parentheses.
func unwrapKey(expr hclsyntax.Expression) hclsyntax.Expression {
	if key, ok := expr.(*hclsyntax.ObjectConsKeyExpr); ok {
		expr = key.Wrapped
	}
	if p, ok := expr.(*hclsyntax.ParenthesesExpr); ok {
		expr = p.Expression
	}
	return expr
}
