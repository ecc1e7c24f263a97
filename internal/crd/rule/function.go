package rule

import (
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// size is size(a) or a.size().
type size struct{ of node }

func (n size) eval(scope []any) (any, bool) {
	of, ok := n.of.eval(scope)
	if !ok {
		return nil, false
	}
	switch of := of.(type) {
	case string:
		return int64(utf8.RuneCountInString(of)), utf8.ValidString(of)
	case []any:
		return int64(len(of)), true
	case map[string]any:
		return int64(len(of)), true
	}
	return nil, false
}

// duration is duration(a).
type duration struct{ of node }

func (n duration) eval(scope []any) (any, bool) {
	of, ok := n.of.eval(scope)
	if !ok {
		return nil, false
	}
	text, ok := of.(string)
	if !ok {
		return nil, false
	}
	d, err := time.ParseDuration(text)
	return d, err == nil
}

// textTests are the functions of two strings.
var textTests = map[string]func(s, arg string) bool{
	"contains":   strings.Contains,
	"startsWith": strings.HasPrefix,
	"endsWith":   strings.HasSuffix,
}

// textTest is a.contains(b) and the like.
type textTest struct {
	of, arg node
	holds   func(s, arg string) bool
}

func (n textTest) eval(scope []any) (any, bool) {
	of, arg, ok := both(n.of, n.arg, scope)
	if !ok {
		return nil, false
	}
	s, isText := of.(string)
	argument, isArgument := arg.(string)
	if !isText || !isArgument {
		return nil, false
	}
	return n.holds(s, argument), true
}

// matches is a.matches(b), of a b that is constant.
type matches struct {
	of      node
	pattern *regexp.Regexp
}

func (n matches) eval(scope []any) (any, bool) {
	of, ok := n.of.eval(scope)
	if !ok {
		return nil, false
	}
	s, ok := of.(string)
	return ok && n.pattern.MatchString(s), ok
}

// loop is a.all(x, b), a.exists(x, b) or a.exists_one(x, b): how many items of
// a list have b. Over a map, x is the key.
type loop struct {
	of, body node
	quantity string
}

// quantities are the loops.
var quantities = map[string]bool{"all": true, "exists": true, "exists_one": true}

func (n loop) eval(scope []any) (any, bool) {
	of, ok := n.of.eval(scope)
	if !ok {
		return nil, false
	}
	count, having := 0, 0
	step := func(item any) (goOn bool) {
		if item == nil {
			ok = false
			return false
		}
		has, known := truth(n.body, append(scope, item))
		if ok = known; !ok {
			return false
		}
		count++
		if has {
			having++
		}
		return has && n.quantity != "exists" || !has && n.quantity != "all"
	}
	switch of := of.(type) {
	case []any:
		for _, item := range of {
			if !step(item) {
				break
			}
		}
	case map[string]any:
		for key := range of {
			if !step(key) {
				break
			}
		}
	default:
		return nil, false
	}
	if !ok {
		return nil, false
	}
	switch n.quantity {
	case "all":
		return having == count, true
	case "exists":
		return having > 0, true
	}
	return having == 1, true
}

// filter is a.filter(x, b) of a list.
type filter struct{ of, body node }

func (n filter) eval(scope []any) (any, bool) {
	of, ok := n.of.eval(scope)
	if !ok {
		return nil, false
	}
	items, ok := of.([]any)
	if !ok {
		return nil, false
	}
	var kept []any
	for _, item := range items {
		has, ok := truth(n.body, append(scope, item))
		if !ok || item == nil {
			return nil, false
		}
		if has {
			kept = append(kept, item)
		}
	}
	return kept, true
}
