package crd

import (
	"context"
	"crypto/sha256"
	"sync"

	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
)

// ruleNode evaluates the rules of one field and of those in it. Rules speak of
// their own field and what is in it alone, so a value that kept them once keeps
// them wherever it stands, and with it all that look the same to the rules: the
// routes that a for_each makes differ in little that rules ask for.
type ruleNode struct {
	own        *cel.Validator // nil: no rules of its own
	glance     *cel.Validator // own, with the view for a schema
	lens       *lens          // of the view
	properties map[string]*ruleNode
	items      *ruleNode
	values     *ruleNode

	mu   sync.Mutex
	kept map[[sha256.Size]byte]struct{} // digests of what values that kept the own rules look like
}

// maxKept bounds what a node remembers.
const maxKept = 4096

// newRuleNode takes a validator apart into its nodes, which read objects by the
// schema given.
func newRuleNode(v *cel.Validator, s *structural.Structural) *ruleNode {
	if v == nil || s == nil {
		return nil
	}
	own := *v
	own.Schema, own.Items, own.Properties, own.AdditionalProperties = s, nil, nil, nil
	n := &ruleNode{items: newRuleNode(v.Items, s.Items), kept: make(map[[sha256.Size]byte]struct{})}
	switch {
	case len(v.AllOfValidators) > 0:
		n.own, n.glance, n.lens = &own, &own, &lens{whole: true}
	case len(s.XValidations) > 0:
		glance := own
		glance.Schema = view(s)
		n.own, n.glance, n.lens = &own, &glance, newLens(glance.Schema)
	}
	for name, property := range s.Properties {
		if sub, ok := v.Properties[name]; ok {
			if n.properties == nil {
				n.properties = make(map[string]*ruleNode)
			}
			n.properties[name] = newRuleNode(&sub, &property)
		}
	}
	if s.AdditionalProperties != nil {
		n.values = newRuleNode(v.AdditionalProperties, s.AdditionalProperties.Structural)
	}
	return n
}

// check evaluates the rules for an object whose fields have been seen.
func (r *rules) check(ctx context.Context, object map[string]any) field.ErrorList {
	e := evaluation{ctx: ctx, budget: celconfig.RuntimeCELCostBudget}
	e.visit(r.compile(), nil, object)
	return e.problems
}

// evaluation is the check of one object.
type evaluation struct {
	ctx      context.Context
	budget   int64 // what CEL may still cost
	problems field.ErrorList
	buf      []byte
}

func (e *evaluation) visit(n *ruleNode, path *field.Path, value any) {
	if n == nil || value == nil || e.budget < 0 {
		return
	}
	if n.own != nil {
		e.evaluate(n, path, value)
	}
	e.visitInside(n, path, value)
}

// evaluate evaluates a node's own rules, unless a value that looks the same
// kept them.
func (e *evaluation) evaluate(n *ruleNode, path *field.Path, value any) {
	var ok bool
	if e.buf, ok = n.lens.append(e.buf[:0], value); ok {
		sum := sha256.Sum256(e.buf)
		if n.keeps(sum) {
			return
		}
		problems, budget := n.glance.Validate(e.ctx, path, nil, value, nil, e.budget)
		if len(problems) == 0 && budget >= 0 && e.ctx.Err() == nil {
			e.budget = budget
			n.keep(sum)
			return
		}
	}
	problems, budget := n.own.Validate(e.ctx, path, nil, value, nil, e.budget)
	e.problems, e.budget = append(e.problems, problems...), budget
}

func (e *evaluation) visitInside(n *ruleNode, path *field.Path, value any) {
	switch value := value.(type) {
	case map[string]any:
		for key, v := range value {
			if sub, ok := n.properties[key]; ok {
				e.visit(sub, path.Child(key), v)
			} else if n.values != nil {
				e.visit(n.values, path.Key(key), v)
			}
		}
	case []any:
		if n.items == nil {
			return
		}
		for i, v := range value {
			e.visit(n.items, path.Index(i), v)
		}
	}
}

func (n *ruleNode) keeps(sum [sha256.Size]byte) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	_, ok := n.kept[sum]
	return ok
}

func (n *ruleNode) keep(sum [sha256.Size]byte) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.kept) >= maxKept {
		clear(n.kept)
	}
	n.kept[sum] = struct{}{}
}
