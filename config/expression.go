package config

import (
	"maps"
	"slices"
	"strings"

	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/diag"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// reference is something of a module that an expression needs.
type reference struct {
	root   string // "var", "local", "module", "data", "path" or a kind
	name   string
	typ    string // of a data block
	output string // of a module, where only one is needed
}

// expression is an expression and what it needs. All instances share it.
type expression struct {
	hclsyntax.Expression
	needs  []reference
	varies []string // what differs between instances: each, count, iterators
	broken bool     // something that it needs does not exist; reported
}

// names are what an expression may use besides the module's declarations.
type names struct {
	each, count bool
	iterators   []string // of the dynamic blocks around it
}

// expression finds out what an expression needs and reports what does not exist.
func (m *module) expression(expr hclsyntax.Expression, in names) *expression {
	e := &expression{Expression: expr}
	seen := map[reference]bool{}
	for _, t := range expr.Variables() {
		root := t.RootName()
		if slices.Contains(in.iterators, root) {
			e.varies = union(e.varies, []string{root})
			continue
		}
		if root == "each" || root == "count" {
			if d := checkInstance(t, in); d != nil {
				e.fail(m.l, d)
				continue
			}
			e.varies = union(e.varies, []string{root})
			continue
		}
		need, d := m.resolve(t, in)
		if d != nil {
			e.fail(m.l, d)
			continue
		}
		if need.root != "path" && !seen[need] {
			seen[need] = true
			e.needs = append(e.needs, need)
		}
	}
	return e
}

func (e *expression) fail(l *loader, d *hcl.Diagnostic) {
	e.broken = true
	l.diags = append(l.diags, d)
}

// checkInstance checks each.key, each.value and count.index.
func checkInstance(t hcl.Traversal, in names) *hcl.Diagnostic {
	root, allowed, present, argument := t.RootName(), []string{"key", "value"}, in.each, "for_each"
	if root == "count" {
		allowed, present, argument = []string{"index"}, in.count, "count"
	}
	if !present {
		return problem(t.SourceRange(), "No "+argument+" here", "%s belongs to blocks with the argument %s; this one has none.", root, argument)
	}
	if len(t) > 1 {
		if step, ok := t[1].(hcl.TraverseAttr); ok && slices.Contains(allowed, step.Name) {
			return nil
		}
	}
	return problem(t.SourceRange(), "Unknown attribute", "%s has %s, as in %s.%s.", root, diag.List(allowed), root, allowed[0])
}

// roots are the first words of references that are not kinds.
var roots = []string{"var", "local", "module", "data", "path", "each", "count"}

// resolve finds what a traversal refers to.
func (m *module) resolve(t hcl.Traversal, in names) (reference, *hcl.Diagnostic) {
	root := t.RootName()
	if !slices.Contains(roots, root) && m.l.kinds[root] == nil {
		known := slices.Concat(roots, m.l.kindNames(), in.iterators)
		return reference{}, problem(t.SourceRange(), "Unknown reference", "There is no %q to refer to.%s A string is written in quotes.", root, diag.Allowed(root, known))
	}
	if root == "data" {
		return m.resolveData(t)
	}
	var name string
	if len(t) > 1 {
		if step, ok := t[1].(hcl.TraverseAttr); ok {
			name = step.Name
		}
	}
	if name == "" {
		return reference{}, problem(t.SourceRange(), "Incomplete reference", "%q is followed by a dot and a name, as in %s.NAME.", root, root)
	}
	ref := reference{root: root, name: name}
	switch root {
	case "var":
		return ref, m.undeclared(t, "variable", `variable "%s" { ... }`, name, m.variables[name] != nil, keysOf(m.variables))
	case "local":
		return ref, m.undeclared(t, "local value", `locals { %s = ... }`, name, m.locals[name] != nil, keysOf(m.locals))
	case "path":
		return ref, m.undeclared(t, "path", "", name, name == "module" || name == "root", func() []string { return []string{"module", "root"} })
	case "module":
		c := m.calls[name]
		if d := m.undeclared(t, "module", `module "%s" { ... }`, name, c != nil, keysOf(m.calls)); d != nil {
			return ref, d
		}
		var d *hcl.Diagnostic
		ref.output, d = c.output(t)
		return ref, d
	}
	b := m.blocks[root][name]
	if d := m.undeclared(t, root, root+` "%s" { ... }`, name, b != nil, keysOf(m.blocks[root])); d != nil {
		return ref, d
	}
	return ref, b.checkStep(t, 2)
}

// keysOf returns the keys of a map when they are needed.
func keysOf[V any](m map[string]V) func() []string {
	return func() []string { return slices.Collect(maps.Keys(m)) }
}

func (m *module) undeclared(t hcl.Traversal, what, declaration, name string, declared bool, all func() []string) *hcl.Diagnostic {
	if declared {
		return nil
	}
	others := all()
	hint := diag.Declared(name, others)
	if len(others) == 0 && declaration != "" {
		hint = " Declare it: " + strings.ReplaceAll(declaration, "%s", name)
	}
	return problem(t.SourceRange(), "Unknown reference", "There is no %s %q here.%s", what, name, hint)
}

// output returns the output that a traversal through a call names, or "" where it
// needs all of them.
func (c *call) output(t hcl.Traversal) (string, *hcl.Diagnostic) {
	if c.module == nil {
		return "", nil // reported where it was loaded
	}
	at := 2
	if c.repeats() {
		at = 3
		if len(t) > 2 {
			if _, ok := t[2].(hcl.TraverseIndex); !ok {
				return "", nil
			}
		}
	}
	if len(t) <= at {
		return "", nil
	}
	step, ok := t[at].(hcl.TraverseAttr)
	if !ok {
		return "", nil
	}
	if c.module.outputs[step.Name] == nil {
		return "", problem(t.SourceRange(), "Unknown output", "module.%s has no output %q.%s", c.name, step.Name,
			diag.Declared(step.Name, slices.Collect(maps.Keys(c.module.outputs))))
	}
	return step.Name, nil
}

func (c *call) repeats() bool {
	return c.body.Attributes["for_each"] != nil || c.body.Attributes["count"] != nil
}

// checkStep checks what follows the name of a block, step at of a traversal.
func (b *block) checkStep(t hcl.Traversal, at int) *hcl.Diagnostic {
	if len(t) <= at || b.repeats() {
		return nil
	}
	address := b.address()
	step, ok := t[at].(hcl.TraverseAttr)
	if !ok {
		return problem(t.SourceRange(), "No such instance", "%s has neither for_each nor count, so it is one block: write %s.", address, address)
	}
	if schema.Ref.HasAttribute(step.Name) {
		return nil
	}
	return problem(t.SourceRange(), "Unknown attribute", "A reference to a block has no %q; other arguments of a block cannot be read.%s",
		step.Name, diag.Allowed(step.Name, slices.Collect(maps.Keys(schema.Ref.AttributeTypes()))))
}

func (b *block) repeats() bool {
	attrs := b.source.Body.Attributes
	return attrs["for_each"] != nil || attrs["count"] != nil
}

// use is a mention of a block in an expression: all instances, or one.
type use struct {
	block *block
	index hclsyntax.Expression // nil: all
	key   cty.Value            // where the index is written out
}

// uses finds the blocks that an expression mentions. Where the result is a reference it says
// itself what it depends on; elsewhere the mention is all there is.
func (m *module) uses(expr hclsyntax.Expression) []use {
	var out []use
	indexed := map[hclsyntax.Node]bool{}
	hclsyntax.VisitAll(expr, func(n hclsyntax.Node) hcl.Diagnostics {
		switch n := n.(type) {
		case *hclsyntax.IndexExpr:
			if collection, ok := n.Collection.(*hclsyntax.ScopeTraversalExpr); ok && len(collection.Traversal) == 2 {
				if b := m.mentioned(collection.Traversal); b != nil {
					indexed[collection] = true
					out = append(out, use{block: b, index: n.Key})
				}
			}
		case *hclsyntax.ScopeTraversalExpr:
			if b := m.mentioned(n.Traversal); b != nil && !indexed[n] {
				u := use{block: b}
				if len(n.Traversal) > 2 {
					if step, ok := n.Traversal[2].(hcl.TraverseIndex); ok {
						u.key = step.Key
					}
				}
				out = append(out, u)
			}
		}
		return nil
	})
	return out
}

func (m *module) mentioned(t hcl.Traversal) *block {
	if len(t) < 2 {
		return nil
	}
	step, ok := t[1].(hcl.TraverseAttr)
	if !ok {
		return nil
	}
	return m.blocks[t.RootName()][step.Name]
}
