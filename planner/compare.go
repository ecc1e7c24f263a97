package planner

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gwctl/gwctl/internal/resource"
)

// difference says how far a live object is from the wanted one.
type difference int

const (
	same          difference = iota
	metadataOnly             // labels and annotations that are ours to set
	contentDiffer            // what the block says
)

// comparer tells whether an object must be written.
type comparer struct {
	codec Codec
}

// compare looks at what is ours to set: all fields but status, and of the
// metadata what wanted has or, by last, had. Most objects are equal as they
// are; only the others are defaulted, since that costs much more.
func (c comparer) compare(wanted, live, last *resource.Object) (difference, error) {
	content := equalContent(wanted.Object, live.Object)
	if !content {
		w, err := c.codec.Default(wanted)
		if err != nil {
			return same, fmt.Errorf("%s: %w", resource.IDOf(wanted), err)
		}
		l, err := c.codec.Default(live)
		if err != nil {
			return same, fmt.Errorf("%s as it is live: %w", resource.IDOf(live), err)
		}
		content = equalContent(w.Object, l.Object)
	}
	switch {
	case !content:
		return contentDiffer, nil
	case !equalOwnMetadata(wanted, live, last):
		return metadataOnly, nil
	}
	return same, nil
}

// differingFields lists the fields in which wanted and live differ, at most
// limit of them, as paths.
func (c comparer) differingFields(wanted, live *resource.Object, limit int) []string {
	w, errW := c.codec.Default(wanted)
	l, errL := c.codec.Default(live)
	if errW != nil || errL != nil {
		return nil
	}
	var paths []string
	for _, key := range unionKeys(w.Object, l.Object) {
		if isContent(key) {
			paths = appendDiffering(paths, key, w.Object[key], l.Object[key], limit)
		}
	}
	return paths
}

func appendDiffering(paths []string, path string, a, b any, limit int) []string {
	if len(paths) >= limit || equalValues(a, b) {
		return paths
	}
	switch a := a.(type) {
	case map[string]any:
		if b, ok := b.(map[string]any); ok {
			for _, k := range unionKeys(a, b) {
				paths = appendDiffering(paths, path+"."+k, a[k], b[k], limit)
			}
			return paths
		}
	case []any:
		if b, ok := b.([]any); ok && len(a) == len(b) {
			for i := range a {
				paths = appendDiffering(paths, path+"["+strconv.Itoa(i)+"]", a[i], b[i], limit)
			}
			return paths
		}
	}
	return append(paths, path)
}

// isContent reports whether a top-level field says what the object is to do.
func isContent(key string) bool {
	switch key {
	case "apiVersion", "kind", "metadata", "status":
		return false
	}
	return true
}

func equalContent(a, b map[string]any) bool {
	for k, v := range a {
		if isContent(k) && !equalField(v, b, k) {
			return false
		}
	}
	for k := range b {
		if _, ok := a[k]; !ok && isContent(k) {
			return false
		}
	}
	return true
}

func equalField(v any, m map[string]any, k string) bool {
	other, ok := m[k]
	return ok && equalValues(v, other)
}

// equalOwnMetadata compares the metadata that wanted sets, and looks for what
// last set and wanted does not any more. All other metadata is the target's or
// somebody else's.
func equalOwnMetadata(wanted, live, last *resource.Object) bool {
	w, l := metadataOf(wanted), metadataOf(live)
	for k, v := range w {
		switch k {
		case "labels", "annotations":
			if !containsEntries(l[k], v) {
				return false
			}
		case "name", "namespace": // the identity, which is equal
		case "creationTimestamp", "deletionTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid":
			// the target's own, in objects that were read from one
		default:
			if !equalValues(v, l[k]) {
				return false
			}
		}
	}
	if last == nil {
		return true
	}
	before := metadataOf(last)
	return !leftBehind(before["labels"], w["labels"], l["labels"]) &&
		!leftBehind(before["annotations"], w["annotations"], l["annotations"])
}

func metadataOf(o *resource.Object) map[string]any {
	m, _ := o.Object["metadata"].(map[string]any)
	return m
}

func containsEntries(all, some any) bool {
	a, _ := all.(map[string]any)
	s, _ := some.(map[string]any)
	for k, v := range s {
		if !equalField(v, a, k) {
			return false
		}
	}
	return true
}

// leftBehind reports whether live has an entry that was set before and is not
// wanted any more.
func leftBehind(before, wanted, live any) bool {
	b, _ := before.(map[string]any)
	w, _ := wanted.(map[string]any)
	l, _ := live.(map[string]any)
	for k := range b {
		_, isWanted := w[k]
		if _, isLive := l[k]; isLive && !isWanted {
			return true
		}
	}
	return false
}

// equalValues compares values of objects and of blocks. Numbers are equal
// when they are the same number, whatever type holds them.
func equalValues(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for k, v := range a {
			if !equalField(v, b, k) {
				return false
			}
		}
		return true
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, equalValues)
	case string:
		b, ok := b.(string)
		return ok && a == b
	case int64:
		switch b := b.(type) {
		case int64:
			return a == b
		case float64:
			return float64(a) == b
		}
		return false
	case float64:
		switch b := b.(type) {
		case float64:
			return a == b
		case int64:
			return a == float64(b)
		}
		return false
	case json.Number:
		b, ok := b.(json.Number)
		return ok && a == b
	case bool:
		b, ok := b.(bool)
		return ok && a == b
	case resource.Ref:
		b, ok := b.(resource.Ref)
		return ok && a.ID == b.ID && a.Port == b.Port
	}
	return a == nil && b == nil
}

func unionKeys(a, b map[string]any) []string {
	keys := make([]string, 0, len(a)+len(b))
	for k := range a {
		keys = append(keys, k)
	}
	for k := range b {
		if _, ok := a[k]; !ok {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, strings.Compare)
	return keys
}
