// Package resource holds what every part of gwctl speaks of: addresses in HCL,
// the objects that blocks become, blocks in HCL's words, and the way back from
// a field of an object to the line that set it.
package resource

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// Address names one instance of a block: `module.eu.http_route.orders["blue"]`.
// As -target takes it, it may also name all instances of a block, without a
// key, or all that is in a module, without a kind. It is comparable, so that it
// can key maps; the zero Address names nothing.
type Address struct {
	Module string // path of the calls, such as `module.eu` or `module.eu["a"].module.x`; "" is the root
	Kind   string // block type, such as "http_route"
	Name   string // block label
	Key    string // `["blue"]`, `[0]`, or "" without for_each and count
}

// String returns the address as users write it.
func (a Address) String() string {
	if a.IsModule() {
		return a.Module
	}
	s := a.Kind + "." + a.Name + a.Key
	if a.Module != "" {
		s = a.Module + "." + s
	}
	return s
}

// IsZero reports whether a names nothing.
func (a Address) IsZero() bool { return a == Address{} }

// IsModule reports whether a names a module, and not a block in it.
func (a Address) IsModule() bool { return a.Kind == "" && a.Module != "" }

// Contains reports whether a covers b: the same instance, every instance of the
// block when a has no key, or all that is in a module. A module without a key
// covers all its instances.
func (a Address) Contains(b Address) bool {
	if a.IsModule() {
		rest, ok := strings.CutPrefix(b.Module, a.Module)
		return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
	}
	return a.Module == b.Module && a.Kind == b.Kind && a.Name == b.Name && (a.Key == "" || a.Key == b.Key)
}

// Move returns where a is when what was at from is at to, and whether a was
// there. Instances keep their keys where neither from nor to has one.
func (a Address) Move(from, to Address) (Address, bool) {
	switch {
	case from.IsModule() != to.IsModule() || !from.Contains(a):
		return a, false
	case from.IsModule():
		rest := strings.TrimPrefix(a.Module, from.Module)
		if strings.HasPrefix(rest, "[") && strings.HasSuffix(to.Module, "]") {
			return a, false // one instance cannot take the place of several
		}
		a.Module = to.Module + rest
		return a, true
	case from.Key == "" && to.Key == "":
		to.Key = a.Key
		return to, true
	}
	return to, from == a
}

// Compare orders addresses by module, kind and name, instances by their keys,
// and those of count as people count: [2] before [10].
func (a Address) Compare(b Address) int {
	return cmp.Or(
		strings.Compare(a.Module, b.Module),
		strings.Compare(a.Kind, b.Kind),
		strings.Compare(a.Name, b.Name),
		compareKeys(a.Key, b.Key),
	)
}

func compareKeys(a, b string) int {
	if isIndex(a) && isIndex(b) {
		return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
	}
	return strings.Compare(a, b)
}

// IsCounted reports whether a names an instance that count made, not for_each.
func (a Address) IsCounted() bool { return isIndex(a.Key) }

// KeyText returns the key without brackets and quotes: blue, or 0.
func (a Address) KeyText() string {
	key := strings.TrimSuffix(strings.TrimPrefix(a.Key, "["), "]")
	if text, err := strconv.Unquote(key); err == nil {
		return text
	}
	return key
}

func isIndex(key string) bool { return len(key) > 2 && '0' <= key[1] && key[1] <= '9' }

// MarshalText makes addresses plain strings in JSON.
func (a Address) MarshalText() ([]byte, error) {
	if a.IsZero() {
		return nil, nil
	}
	return []byte(a.String()), nil
}

// UnmarshalText is ParseAddress for JSON.
func (a *Address) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*a = Address{}
		return nil
	}
	parsed, err := ParseAddress(string(text))
	if err != nil {
		return err
	}
	*a = parsed
	return nil
}

// ParseAddress reads what Address.String writes. Keys are strings in double
// quotes or whole numbers.
func ParseAddress(s string) (Address, error) {
	steps, err := splitSteps(s)
	if err != nil {
		return Address{}, fmt.Errorf("%q is no resource address: %w", s, err)
	}
	var modules []string
	for len(steps) >= 2 && steps[0].name == "module" && steps[0].key == "" {
		modules = append(modules, "module."+steps[1].name+steps[1].key)
		steps = steps[2:]
	}
	if len(steps) != 2 || steps[0].key != "" {
		return Address{}, fmt.Errorf("%q is no resource address: it wants KIND.NAME, such as http_route.orders or module.eu.backend.api[\"blue\"]", s)
	}
	return Address{Module: strings.Join(modules, "."), Kind: steps[0].name, Name: steps[1].name, Key: steps[1].key}, nil
}

// ParseTarget reads an address as -target takes it: of a resource, of all
// instances of a block, or of a whole module, for which it has no kind.
func ParseTarget(s string) (Address, error) {
	steps, err := splitSteps(s)
	if err != nil {
		return Address{}, fmt.Errorf("%q is no address: %w", s, err)
	}
	if len(steps)%2 == 0 && steps[len(steps)-2] == (step{name: "module"}) {
		a, err := ParseAddress(s + ".kind.name")
		return Address{Module: a.Module}, err
	}
	return ParseAddress(s)
}

type step struct{ name, key string }

func splitSteps(s string) ([]step, error) {
	var steps []step
	for {
		n := 0
		for n < len(s) && s[n] != '.' && s[n] != '[' {
			if !isNameByte(s[n]) {
				return nil, fmt.Errorf("unexpected %q", s[n])
			}
			n++
		}
		if n == 0 {
			return nil, fmt.Errorf("a name is missing")
		}
		st := step{name: s[:n]}
		s = s[n:]
		if strings.HasPrefix(s, "[") {
			end, err := keyEnd(s)
			if err != nil {
				return nil, err
			}
			st.key, s = s[:end], s[end:]
		}
		steps = append(steps, st)
		if s == "" {
			return steps, nil
		}
		if s[0] != '.' {
			return nil, fmt.Errorf("unexpected %q", s[0])
		}
		s = s[1:]
	}
}

// keyEnd returns the length of the index that s starts with.
func keyEnd(s string) (int, error) {
	if strings.HasPrefix(s, `["`) {
		for i := 2; i < len(s); i++ {
			switch {
			case s[i] == '\\':
				i++
			case s[i] == '"' && i+1 < len(s) && s[i+1] == ']':
				return i + 2, nil
			case s[i] == '"':
				return 0, fmt.Errorf("a key ends with \"]")
			}
		}
		return 0, fmt.Errorf("the key is not closed")
	}
	end := strings.IndexByte(s, ']')
	if end < 2 || strings.Trim(s[1:end], "0123456789") != "" {
		return 0, fmt.Errorf("a key is a string in double quotes or a whole number")
	}
	return end + 1, nil
}

func isNameByte(c byte) bool {
	return c == '_' || c == '-' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c >= 0x80
}
