package rule

import (
	"cmp"
	"time"
)

// comparison is a == b, a < b and the like.
type comparison struct {
	operator    string
	left, right node
}

func (n comparison) eval(scope []any) (any, bool) {
	left, right, ok := both(n.left, n.right, scope)
	if !ok {
		return nil, false
	}
	switch n.operator {
	case "==":
		return boxed(equal(left, right))
	case "!=":
		same, ok := equal(left, right)
		return !same, ok
	}
	order, ok := compare(left, right)
	switch n.operator {
	case "<":
		return order < 0, ok
	case "<=":
		return order <= 0, ok
	case ">":
		return order > 0, ok
	}
	return order >= 0, ok
}

// equal compares two scalars of one type. What lists and objects compare as
// depends on their schema.
func equal(a, b any) (same, ok bool) {
	switch a := a.(type) {
	case string:
		b, ok := b.(string)
		return a == b, ok
	case int64:
		b, ok := b.(int64)
		return a == b, ok
	case bool:
		b, ok := b.(bool)
		return a == b, ok
	case time.Duration:
		b, ok := b.(time.Duration)
		return a == b, ok
	}
	return false, false
}

// compare orders two values of one type that has an order of its own.
func compare(a, b any) (order int, ok bool) {
	switch a := a.(type) {
	case int64:
		b, ok := b.(int64)
		return cmp.Compare(a, b), ok
	case time.Duration:
		b, ok := b.(time.Duration)
		return cmp.Compare(a, b), ok
	}
	return 0, false
}
