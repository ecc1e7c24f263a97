package rule

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/cel-go/cel"
	"pgregory.net/rapid"
)

// Rules as definitions have them, one for each thing that is known of CEL.
var rules = []string{
	`self == 'a'`,
	`self.type in ['Exact','PathPrefix'] || self.type == 'RegularExpression'`,
	`(self.type in ['Exact','PathPrefix']) ? self.value.startsWith('/') : true`,
	`(self.type in ['Exact','PathPrefix']) ? !self.value.contains('//') : true`,
	`(self.type in ['Exact','PathPrefix']) ? !self.value.endsWith('/..') : true`,
	`(self.type in ['Exact','PathPrefix']) ? self.value.matches(r"""^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$""") : true`,
	`!(has(self.request) && has(self.other) && duration(self.request) != duration('0s') && duration(self.other) > duration(self.request))`,
	`self.list.all(a, !has(a.name) || self.list.exists_one(b, has(b.name) && a.name == b.name))`,
	`!(self.list.exists(f, f.type == 'a') && self.list.exists(f, f.type == 'b'))`,
	`self.list.filter(f, f.type == 'a').size() <= 1`,
	`(self.list.size() > 0 ? self.list[0].list.size() : 0) + (size(self.list) > 1 ? self.list[1].list.size() : 0) <= 2`,
	`!('*' in self.words && self.words.size() > 1)`,
	`(!has(self.type) || self.type == '') == (!has(self.name) || self.name == '')`,
	`self.map.all(key, key.size() < 2) && size(self.map) >= 1`,
	`self.number <= self.other && self.number > -1`,
	`self.number >= 0 && self.number < 3`,
	`size(self.name) <= 1`,
	`has(self.name) ? true : self.flag`,
	`{"a": 1}[self.name] == 1`,
}

func TestWhatHoldsHoldsInCEL(t *testing.T) {
	env, err := cel.NewEnv(cel.Variable("self", cel.DynType))
	if err != nil {
		t.Fatal(err)
	}
	programs := make([]cel.Program, len(rules))
	for i, text := range rules {
		ast, issues := env.Compile(text)
		if issues.Err() != nil {
			t.Fatalf("%s: %v", text, issues.Err())
		}
		if programs[i], err = env.Program(ast); err != nil {
			t.Fatal(err)
		}
	}
	held := map[int]int{}
	rapid.Check(t, func(t *rapid.T) {
		i := rapid.IntRange(0, len(rules)-1).Draw(t, "rule")
		r, ok := Parse(rules[i])
		if !ok {
			return
		}
		self := value(3).Draw(t, "self")
		if !r.Holds(self) {
			return
		}
		held[i]++
		out, _, err := programs[i].Eval(map[string]any{"self": self})
		if err != nil || out.Value() != true {
			t.Fatalf("%s holds of %v here; CEL says %v, %v", rules[i], self, out, err)
		}
	})
	for i, text := range rules {
		if _, ok := Parse(text); ok && held[i] == 0 {
			t.Logf("no value kept %s", text)
		}
	}
}

// value makes JSON of the shapes that the rules ask for, and of others.
func value(depth int) *rapid.Generator[any] {
	scalars := rapid.SampledFrom([]any{
		nil, "", "a", "b", "/", "/x//y", "/..", "*", "1s", "2s", "0s", "é", "Exact", "PathPrefix", "RegularExpression",
		int64(-1), int64(0), int64(1), int64(1) << 62, 1.5, true, false,
	})
	if depth == 0 {
		return scalars
	}
	return rapid.OneOf(scalars, array(depth), object(depth), object(depth))
}

func array(depth int) *rapid.Generator[any] {
	return rapid.Map(rapid.SliceOfN(value(depth-1), 0, 3), func(items []any) any { return items })
}

func object(depth int) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		out := map[string]any{}
		text := rapid.SampledFrom([]any{"", "a", "b", "/", "/x//y", "/a/..", "/%2f", "1s", "2s", "0s", "Exact", "PathPrefix", "RegularExpression"})
		fields := map[string]*rapid.Generator[any]{
			"type": text, "value": text, "name": text, "namespace": text, "request": text, "other": text,
			"number": rapid.SampledFrom([]any{int64(-1), int64(0), int64(1), int64(7)}),
			"flag":   rapid.SampledFrom([]any{true, false}),
			"words":  rapid.Just(any([]any{"*"})),
			"map":    rapid.Just(any(map[string]any{"k": "v"})),
			"list":   array(depth),
		}
		for _, key := range slices.Sorted(maps.Keys(fields)) {
			switch rapid.IntRange(0, 5).Draw(t, key) {
			case 0:
			case 1:
				out[key] = value(depth-1).Draw(t, key)
			default:
				out[key] = fields[key].Draw(t, key)
			}
		}
		return out
	})
}

func TestRulesThatAreKept(t *testing.T) {
	tests := []struct {
		rule string
		self any
		want bool
	}{
		{`self.all(l, l.port > 0)`, []any{map[string]any{"port": int64(1)}}, true},
		{`self.all(l, l.port > 0)`, []any{map[string]any{"port": int64(1)}, map[string]any{}}, false},
		{`has(self.a) ? size(self.a) < 2 : true`, map[string]any{}, true},
		{`has(self.a) ? size(self.a) < 2 : true`, map[string]any{"a": "é"}, true},
		{`has(self.a) ? size(self.a) < 2 : true`, map[string]any{"a": "ab"}, false},
		{`self.__namespace__ == 'x'`, map[string]any{"namespace": "x"}, true},
		{`duration(self) <= duration('1m')`, "59s", true},
		{`duration(self) <= duration('1m')`, "61s", false},
		{`self.matches(r'^a\.b$')`, "a.b", true},
		{`self.exists_one(x, x == 'a')`, []any{"a", "a"}, false},
		{`self[0].size() + self[1].size() == 3`, []any{"a", "bc"}, true},
		{`self[2] == 'x'`, []any{"a"}, false},
	}
	for _, tt := range tests {
		r, ok := Parse(tt.rule)
		if !ok {
			t.Errorf("%s cannot be read", tt.rule)
			continue
		}
		if got := r.Holds(tt.self); got != tt.want {
			t.Errorf("%s holds of %v: %t", tt.rule, tt.self, got)
		}
	}
}

func TestRulesThatAreLeftToCEL(t *testing.T) {
	for _, text := range []string{
		"", "self ==", "self == oldSelf", "self.map(x, x)", "self.split('/')[0] == ''", "self - 1 == 0", "self == 1.5", "self == 1u", "self == 0x1f",
		`self == "\n"`, "self == b'x'", "self == null", "has(self)", "has(self.a[0])", "size(self, 1) == 1", "self.size(1) == 1", "self.matches(self)",
		"self.a__dot__b", "__self", "f(self)", "(self", "self)", "self ? self", "[1, 2", "self.all(x)", "self.all(x, x", "self.'a'", "{'a': 1}.a == 1",
		"self == 99999999999999999999", "self // comment", "0 == 0 extra",
	} {
		if r, ok := Parse(text); ok {
			t.Errorf("%q is read as %#v", text, r.root)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range rules {
		f.Add(text)
	}
	f.Add("((((((((((")
	f.Add("!!!!!!!!!!")
	f.Fuzz(func(t *testing.T, text string) {
		r, ok := Parse(text)
		if !ok {
			return
		}
		for _, self := range []any{nil, "a", int64(1), []any{"a", nil}, map[string]any{"a": map[string]any{}}} {
			_ = r.Holds(self)
		}
	})
}
