// Package manifest knows Kubernetes objects as YAML: it writes them, keeps a
// folder of them in step with a configuration, and reads what others wrote.
package manifest

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/gwctl/gwctl/internal/resource"
	"go.yaml.in/yaml/v3"
)

// first are the fields that people look for at the top.
var first = []string{"apiVersion", "kind", "metadata"}

// Encode writes an object as YAML: what it is, then its fields, sorted. It is
// the same for the same object.
func Encode(o *resource.Object) ([]byte, error) {
	var out bytes.Buffer
	rest := maps.Clone(o.Object)
	for _, key := range slices.Concat(first, slices.Sorted(maps.Keys(rest))) {
		value, ok := rest[key]
		if !ok {
			continue
		}
		delete(rest, key)
		// Not by way of JSON, as Kubernetes' own library goes: it refuses control
		// characters that a string may have.
		encoder := yaml.NewEncoder(&out)
		encoder.SetIndent(2)
		encoder.CompactSeqIndent()
		if err := errors.Join(encoder.Encode(map[string]any{key: value}), encoder.Close()); err != nil {
			return nil, fmt.Errorf("%s cannot be written as YAML: %w", resource.IDOf(o), err)
		}
	}
	return out.Bytes(), nil
}
