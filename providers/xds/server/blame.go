package server

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers/xds/api"
	"github.com/gwctl/gwctl/providers/xds/rollout"
	"github.com/gwctl/gwctl/providers/xds/store"
	"github.com/gwctl/gwctl/providers/xds/translate"
)

// maxBlamed is how many fields are worth listing; with more, the parts around
// them are.
const maxBlamed = 10

// blame finds the fields that an Envoy may mean. Envoys name a resource at
// best, never a field: it is one that this change wrote, from which the refused
// resources are made, and where the text quotes a value, one with that value.
func blame(r rollout.Refusal, c *committed, ch *change) []api.Field {
	origins := originsOf(r, ch)
	var around []api.Field // origins that changed
	var quoted []api.Field
	longest := 0
	text := withoutNames(r)
	leaves := map[resource.ID]map[string]any{} // that changed
	seen := map[api.Field]bool{}
	for _, o := range origins {
		changed, ok := leaves[o.ID]
		if !ok {
			changed = changedLeaves(c.objects[o.ID], ch.objects[o.ID])
			leaves[o.ID] = changed
		}
		below := 0
		for _, path := range slices.Sorted(maps.Keys(changed)) {
			if !under(path, o.Path) {
				continue
			}
			below++
			n := quotes(text, changed[path])
			field := api.Field{ID: o.ID, Path: path}
			if n == 0 || n < longest || seen[field] {
				continue
			}
			if n > longest {
				quoted, longest = nil, n
			}
			seen[field] = true
			quoted = append(quoted, field)
		}
		if below > 0 {
			around = append(around, api.Field{ID: o.ID, Path: o.Path})
		}
	}
	if len(quoted) > 0 {
		return quoted[:min(len(quoted), maxBlamed)]
	}
	return around[:min(len(around), maxBlamed)]
}

// originsOf lists what the refused resources are made from; what the change
// took away has no origin any more.
func originsOf(r rollout.Refusal, ch *change) []translate.Origin {
	var origins []translate.Origin
	seen := map[translate.Origin]bool{}
	for _, m := range ch.moves {
		if m.Gateway != r.Gateway {
			continue
		}
		for _, name := range r.Resources {
			refused := typesOf(m.To)[r.Type][name]
			if refused == nil {
				continue
			}
			for _, o := range refused.Origins {
				if !seen[o] {
					seen[o] = true
					origins = append(origins, o)
				}
			}
		}
	}
	return origins
}

// withoutNames takes the resources' own names out of the text: they are made
// of values that mean nothing there.
func withoutNames(r rollout.Refusal) string {
	names := slices.SortedFunc(slices.Values(r.Resources), func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	text := r.Text
	for _, name := range append(names, r.Gateway) {
		if name != "" {
			text = strings.ReplaceAll(text, name, "")
		}
	}
	return text
}

// quotes returns how much of the text a value is, 0 when it is not in there on
// its own.
func quotes(text string, value any) int {
	var s string
	switch v := value.(type) {
	case string:
		s = v
	case int64:
		s = strconv.FormatInt(v, 10)
	}
	if len(s) < 2 {
		return 0
	}
	for at := 0; ; {
		i := strings.Index(text[at:], s)
		if i < 0 {
			return 0
		}
		start, end := at+i, at+i+len(s)
		if (start == 0 || !joins(text[start-1], s[0])) && (end == len(text) || !joins(s[len(s)-1], text[end])) {
			return len(s)
		}
		at = start + 1
	}
}

// joins reports whether two bytes are of one word.
func joins(a, b byte) bool { return wordByte(a) && wordByte(b) }

func wordByte(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// changedLeaves returns the values in an object's spec that are new or other
// than before.
func changedLeaves(before, after *store.Object) map[string]any {
	if after == nil {
		return nil
	}
	leaves := map[string]any{}
	collect("spec", after.Object.Object["spec"], leaves)
	if before == nil {
		return leaves
	}
	old := map[string]any{}
	collect("spec", before.Object.Object["spec"], old)
	for path, value := range leaves {
		if was, ok := old[path]; ok && reflect.DeepEqual(was, value) {
			delete(leaves, path)
		}
	}
	return leaves
}

// collect finds all values that hold no others, by path.
func collect(path string, v any, into map[string]any) {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			collect(path+"."+key, value, into)
		}
	case []any:
		for i, value := range v {
			collect(fmt.Sprintf("%s[%d]", path, i), value, into)
		}
	default:
		into[path] = v
	}
}

// under reports whether a field is the other one or inside of it.
func under(path, other string) bool {
	rest, ok := strings.CutPrefix(path, other)
	return ok && (other == "" || rest == "" || rest[0] == '.' || rest[0] == '[')
}
