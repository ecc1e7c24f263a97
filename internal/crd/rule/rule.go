// Package rule decides most validation rules of custom resource definitions
// without a CEL engine. Compiling a type's rules and evaluating them with the
// cost accounting of the API server takes longer than all else a plan does;
// most rules ask a few simple things of strings, numbers and lists, and most
// objects keep them. So this package knows the part of CEL that those rules
// use, and only ever says yes or that it does not know: whoever gets no yes
// asks CEL.
package rule

import "slices"

// Rule is one rule that could be read.
type Rule struct{ root node }

// Parse reads a rule. It is false for one that uses anything of CEL that is
// not known here.
func Parse(text string) (*Rule, bool) {
	tokens, ok := scan(text)
	if !ok {
		return nil, false
	}
	p := &parser{tokens: tokens, names: []string{"self"}}
	root := p.expression()
	if p.failed || p.peek().kind != isEnd {
		return nil, false
	}
	return &Rule{root}, true
}

// Holds reports whether a value surely keeps the rule. The value is JSON whose
// whole numbers are int64. It is safe for concurrent use.
func (r *Rule) Holds(self any) bool {
	scope := make([]any, 1, 4)
	scope[0] = self
	v, ok := r.root.eval(scope)
	return ok && v == true
}

// node is a part of a rule. The scope has the values of the names around it:
// self, and the variables of all, exists and the like. It is false for what it
// cannot tell, such as a field that is not there.
type node interface {
	eval(scope []any) (any, bool)
}

type constant struct{ value any }

func (n constant) eval([]any) (any, bool) { return n.value, true }

// variable is an index into the scope.
type variable int

func (n variable) eval(scope []any) (any, bool) { return scope[n], true }

// list is [a, b].
type list []node

func (n list) eval(scope []any) (any, bool) {
	out := make([]any, len(n))
	for i, item := range n {
		v, ok := item.eval(scope)
		if !ok {
			return nil, false
		}
		out[i] = v
	}
	return out, true
}

// field is a.name.
type field struct {
	of   node
	name string
}

func (n field) eval(scope []any) (any, bool) {
	of, ok := n.of.eval(scope)
	if !ok {
		return nil, false
	}
	object, ok := of.(map[string]any)
	if !ok {
		return nil, false
	}
	v := object[n.name]
	return v, v != nil
}

// has is has(a.name).
type has struct{ field }

func (n has) eval(scope []any) (any, bool) {
	of, ok := n.of.eval(scope)
	if !ok {
		return nil, false
	}
	object, ok := of.(map[string]any)
	if !ok {
		return nil, false
	}
	v, found := object[n.name]
	return found, !found || v != nil
}

// element is a[i].
type element struct{ of, at node }

func (n element) eval(scope []any) (any, bool) {
	of, ok := n.of.eval(scope)
	if !ok {
		return nil, false
	}
	at, ok := n.at.eval(scope)
	if !ok {
		return nil, false
	}
	items, isList := of.([]any)
	i, isIndex := at.(int64)
	if !isList || !isIndex || i < 0 || i >= int64(len(items)) {
		return nil, false
	}
	return items[i], items[i] != nil
}

// not is !a.
type not struct{ of node }

func (n not) eval(scope []any) (any, bool) {
	v, ok := truth(n.of, scope)
	return !v, ok
}

// and is a && b. CEL takes a false on either side for an answer, whatever the
// other side is: so does this, from the left.
type and struct{ left, right node }

func (n and) eval(scope []any) (any, bool) {
	left, ok := truth(n.left, scope)
	if !ok || !left {
		return false, ok
	}
	return boxed(truth(n.right, scope))
}

// or is a || b.
type or struct{ left, right node }

func (n or) eval(scope []any) (any, bool) {
	left, ok := truth(n.left, scope)
	if !ok || left {
		return true, ok
	}
	return boxed(truth(n.right, scope))
}

// choice is a ? b : c.
type choice struct{ when, then, otherwise node }

func (n choice) eval(scope []any) (any, bool) {
	when, ok := truth(n.when, scope)
	if !ok {
		return nil, false
	}
	if when {
		return n.then.eval(scope)
	}
	return n.otherwise.eval(scope)
}

// contained is a in b.
type contained struct{ item, in node }

func (n contained) eval(scope []any) (any, bool) {
	item, ok := n.item.eval(scope)
	if !ok {
		return nil, false
	}
	in, ok := n.in.eval(scope)
	if !ok {
		return nil, false
	}
	items, ok := in.([]any)
	if !ok {
		return nil, false
	}
	for _, other := range items {
		same, ok := equal(item, other)
		if !ok {
			return nil, false
		}
		if same {
			return true, true
		}
	}
	return false, true
}

// sum is a + b of whole numbers.
type sum struct{ left, right node }

func (n sum) eval(scope []any) (any, bool) {
	left, right, ok := both(n.left, n.right, scope)
	if !ok {
		return nil, false
	}
	a, isA := left.(int64)
	b, isB := right.(int64)
	const bound = 1 << 62
	if !isA || !isB || max(a, b) >= bound || min(a, b) <= -bound {
		return nil, false
	}
	return a + b, true
}

// truth is the value of a condition.
func truth(n node, scope []any) (value, ok bool) {
	v, ok := n.eval(scope)
	if !ok {
		return false, false
	}
	value, ok = v.(bool)
	return value, ok
}

func boxed(value, ok bool) (any, bool) { return value, ok }

func both(left, right node, scope []any) (a, b any, ok bool) {
	if a, ok = left.eval(scope); !ok {
		return nil, nil, false
	}
	b, ok = right.eval(scope)
	return a, b, ok
}

// names are those in scope where the parser is, outermost first.
type names []string

func (n names) find(name string) (variable, bool) {
	for i, have := range slices.Backward(n) {
		if have == name {
			return variable(i), true
		}
	}
	return 0, false
}
