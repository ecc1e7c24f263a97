package manifest

import (
	"fmt"
	"math"
	"slices"

	"go.yaml.in/yaml/v3"
)

// Bounds of what a document may hold, so that aliases of aliases end.
const (
	maxNodes = 2 << 20
	maxDepth = 1000
)

// reader turns the nodes of a document into the values that an object has.
type reader struct {
	file  string
	nodes int
	depth int
}

func (r *reader) problem(node *yaml.Node, format string, args ...any) error {
	return &Problem{r.file, node.Line, fmt.Sprintf(format, args...)}
}

func (r *reader) value(node *yaml.Node) (any, error) {
	r.nodes++
	r.depth++
	defer func() { r.depth-- }()
	if r.nodes > maxNodes || r.depth > maxDepth {
		return nil, r.problem(node, "This document is too large once its aliases are written out, or nested too deeply.")
	}
	switch node.Kind {
	case yaml.AliasNode:
		return r.value(node.Alias)
	case yaml.SequenceNode:
		list := make([]any, len(node.Content))
		for i, element := range node.Content {
			var err error
			if list[i], err = r.value(element); err != nil {
				return nil, err
			}
		}
		return list, nil
	case yaml.MappingNode:
		return r.mapping(node)
	}
	return r.scalar(node)
}

func (r *reader) mapping(node *yaml.Node) (any, error) {
	m := make(map[string]any, len(node.Content)/2)
	merged := map[string]any{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		if key.Tag == "!!merge" {
			if err := r.merge(value, merged); err != nil {
				return nil, err
			}
			continue
		}
		if resolve(key).Kind != yaml.ScalarNode {
			return nil, r.problem(key, "A key must be a string.")
		}
		name := resolve(key).Value
		if _, twice := m[name]; twice {
			return nil, r.problem(key, "The key %q stands in this map twice.", name)
		}
		v, err := r.value(value)
		if err != nil {
			return nil, err
		}
		m[name] = v
	}
	for name, v := range merged {
		if _, own := m[name]; !own {
			m[name] = v
		}
	}
	return m, nil
}

// merge reads what `<<` brings in: a map, or several of which the first wins.
func (r *reader) merge(node *yaml.Node, into map[string]any) error {
	sources := []*yaml.Node{resolve(node)}
	if sources[0].Kind == yaml.SequenceNode {
		sources = sources[0].Content
	}
	for _, source := range sources {
		v, err := r.value(source)
		if err != nil {
			return err
		}
		m, ok := v.(map[string]any)
		if !ok {
			return r.problem(source, "What << merges must be a map.")
		}
		for name, value := range m {
			if _, taken := into[name]; !taken {
				into[name] = value
			}
		}
	}
	return nil
}

// Words for booleans that YAML 1.1 has, and so has kubectl.
var (
	yes = []string{"y", "Y", "yes", "Yes", "YES", "on", "On", "ON"}
	no  = []string{"n", "N", "no", "No", "NO", "off", "Off", "OFF"}
)

func (r *reader) scalar(node *yaml.Node) (any, error) {
	switch node.ShortTag() {
	case "!!null":
		return nil, nil
	case "!!bool":
		var v bool
		if err := node.Decode(&v); err != nil {
			return nil, r.problem(node, "%q is neither true nor false.", node.Value)
		}
		return v, nil
	case "!!int":
		var v int64
		if err := node.Decode(&v); err != nil {
			return r.float(node) // too large for an integer
		}
		return v, nil
	case "!!float":
		return r.float(node)
	case "!!binary":
		return nil, r.problem(node, "A value tagged !!binary has no place in a Kubernetes object.")
	}
	if node.Style == 0 { // neither quoted nor tagged
		switch {
		case slices.Contains(yes, node.Value):
			return true, nil
		case slices.Contains(no, node.Value):
			return false, nil
		}
	}
	return node.Value, nil
}

func (r *reader) float(node *yaml.Node) (any, error) {
	var v float64
	if err := node.Decode(&v); err != nil {
		return nil, r.problem(node, "%q is no number.", node.Value)
	}
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil, r.problem(node, "%s is no number that an object can have.", node.Value)
	}
	return v, nil
}
