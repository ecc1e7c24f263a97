package translate

import (
	"fmt"
	"slices"
	"strings"
)

// Blame says which fields an Envoy may mean that refused resources with a text.
// Envoy names no rule and no field, but it quotes: a regular expression or a
// part of it, an address with its port. Of the fields that were changed and
// that the resources were made from, those that it quotes are meant; if it
// quotes none, any of them may be. The result is short: where too many fields
// fit, what they are part of stands for them.
func Blame(text string, refused []*Resource, edits []Edit) []Origin {
	refused = namedIn(text, refused)
	var candidates []Edit
	for _, e := range edits {
		if slices.ContainsFunc(refused, func(r *Resource) bool { return r.madeFrom(e.Origin) }) {
			candidates = append(candidates, e)
		}
	}
	if quoted := quotedIn(withoutNames(text, refused), refused, candidates); len(quoted) > 0 {
		return shorten(refused, quoted)
	}
	if len(candidates) > 0 {
		return shorten(refused, candidates)
	}
	var out []Origin // nothing that was changed: all that there is
	for _, r := range refused {
		out = append(out, r.Origins()...)
	}
	return unique(out)
}

// namedIn narrows to the resources that the text names, if it names any.
func namedIn(text string, refused []*Resource) []*Resource {
	var named []*Resource
	for _, r := range refused {
		if mentions(text, r.Name) {
			named = append(named, r)
		}
	}
	if len(named) > 0 {
		return named
	}
	return refused
}

// withoutNames takes the names of resources out of the text: they have ports
// and names of objects in them, which mean nothing there.
func withoutNames(text string, refused []*Resource) string {
	for _, r := range refused {
		text = strings.ReplaceAll(text, r.Name, "")
	}
	return text
}

func (r *Resource) madeFrom(field Origin) bool {
	return slices.ContainsFunc(r.Origins(), func(o Origin) bool {
		return o.ID == field.ID && (within(field.Path, o.Path) || within(o.Path, field.Path))
	})
}

// within reports whether a field is another one or a part of it.
func within(path, of string) bool {
	rest, ok := strings.CutPrefix(path, of)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// quotedIn finds the fields whose values the text quotes. Of an address and a
// port both may be meant; of other values the longest that is quoted is, since
// short ones are in any text.
func quotedIn(text string, refused []*Resource, candidates []Edit) []Edit {
	if len(refused) > 0 && refused[0].Type == Listener {
		return slices.DeleteFunc(slices.Clone(candidates), func(e Edit) bool {
			return !isAddress(e.Path) || !mentions(text, fmt.Sprint(e.Value))
		})
	}
	var best []Edit
	length := 1 // what is not longer says nothing
	for _, e := range candidates {
		value, ok := e.Value.(string)
		if !ok || len(value) < length || len(value) < 2 || !mentions(text, value) {
			continue
		}
		if len(value) > length {
			best, length = nil, len(value)
		}
		best = append(best, e)
	}
	if len(best) > 0 {
		return best
	}
	// Of a long regular expression Envoy quotes the part it stumbles over.
	_, part, _ := cutLast(text, ": ")
	for _, e := range candidates {
		if value, ok := e.Value.(string); ok && part != "" && strings.Contains(value, part) {
			best = append(best, e)
		}
	}
	return best
}

func isAddress(path string) bool {
	return strings.HasSuffix(path, ".port") || strings.HasPrefix(path, "spec.addresses[")
}

// mentions reports whether the text has the value as a word of its own.
func mentions(text, value string) bool {
	for rest := text; value != ""; {
		i := strings.Index(rest, value)
		if i < 0 {
			return false
		}
		end := i + len(value)
		if (i == 0 || !joins(rest[i-1], value[0])) && (end == len(rest) || !joins(rest[end], value[len(value)-1])) {
			return true
		}
		rest = rest[i+1:]
	}
	return false
}

// joins reports whether two bytes beside each other are parts of one word.
func joins(a, b byte) bool {
	word := func(c byte) bool {
		return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_'
	}
	return word(a) && word(b)
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], strings.TrimSpace(s[i+len(sep):]), true
}

// maxBlamed is how many fields people look at.
const maxBlamed = 8

// shorten replaces many fields by the parts of objects that resources are made
// from.
func shorten(refused []*Resource, edits []Edit) []Origin {
	var out []Origin
	for _, e := range edits {
		out = append(out, e.Origin)
	}
	if out = unique(out); len(out) <= maxBlamed {
		return out
	}
	for i, field := range out {
		for _, r := range refused {
			for _, o := range r.Origins() {
				if o.ID == field.ID && within(field.Path, o.Path) {
					out[i] = o
				}
			}
		}
	}
	if out = unique(out); len(out) <= maxBlamed {
		return out
	}
	for i := range out {
		out[i].Path = ""
	}
	return unique(out)
}

// unique sorts and leaves out what is there twice.
func unique(origins []Origin) []Origin {
	slices.SortFunc(origins, func(a, b Origin) int {
		if c := a.ID.Compare(b.ID); c != 0 {
			return c
		}
		return strings.Compare(a.Path, b.Path)
	})
	return slices.Compact(origins)
}
