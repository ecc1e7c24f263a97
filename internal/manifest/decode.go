package manifest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/gwctl/gwctl/internal/resource"
	"go.yaml.in/yaml/v3"
)

// Document is an object of a YAML file.
type Document struct {
	Object *resource.Object
	File   string
	Line   int // where it begins
	node   *yaml.Node
}

// Problem is what is wrong at a line of a YAML file.
type Problem struct {
	File string
	Line int // 0 where only the file is known
	Text string
}

func (p *Problem) Error() string {
	if p.Line == 0 {
		return fmt.Sprintf("%s: %s", p.File, p.Text)
	}
	return fmt.Sprintf("%s line %d: %s", p.File, p.Line, p.Text)
}

// Decode reads all objects of a YAML or JSON text, those in lists too, and
// leaves out what is kustomize's. Scalars mean what they mean to kubectl. Where something is wrong, the error joins
// *Problems, and the other objects are there all the same.
func Decode(file string, text []byte) ([]Document, error) {
	var docs []Document
	var problems []error
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var root yaml.Node
		err := decoder.Decode(&root)
		if errors.Is(err, io.EOF) {
			return docs, errors.Join(problems...)
		}
		if err != nil {
			line, text := position(err)
			return docs, errors.Join(append(problems, &Problem{file, line, "This is no YAML: " + text + "."})...)
		}
		if len(root.Content) == 0 || isNull(root.Content[0]) {
			continue // a comment, or nothing, between two separators
		}
		more, err := documents(file, root.Content[0])
		docs = append(docs, more...)
		if err != nil {
			problems = append(problems, err)
		}
	}
}

// position takes the line off an error of the parser.
func position(err error) (int, string) {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	var line int
	if n, scanErr := fmt.Sscanf(text, "line %d:", &line); n == 1 && scanErr == nil {
		_, text, _ = strings.Cut(text, ": ")
	}
	return line, text
}

// documents returns the objects of a document: one, or those of a list.
func documents(file string, node *yaml.Node) ([]Document, error) {
	value, err := (&reader{file: file}).value(node)
	if err != nil {
		return nil, err
	}
	return objects(file, node, value)
}

func objects(file string, node *yaml.Node, value any) ([]Document, error) {
	object, ok := value.(map[string]any)
	if !ok {
		return nil, &Problem{file, node.Line, "This is no Kubernetes object: it is no map with apiVersion and kind."}
	}
	for _, key := range []string{"apiVersion", "kind"} {
		if text, ok := object[key].(string); !ok || text == "" {
			return nil, &Problem{file, node.Line, fmt.Sprintf("This is no Kubernetes object: it has no %s.", key)}
		}
	}
	if strings.HasPrefix(object["apiVersion"].(string), "kustomize.config.k8s.io/") {
		return nil, nil // it is for kustomize, and no cluster's
	}
	if items, ok := object["items"].([]any); ok && strings.HasSuffix(object["kind"].(string), "List") {
		var docs []Document
		var problems []error
		list := child(node, "items")
		for i, item := range items {
			at := node // where << merged the items in
			if list != nil && i < len(list.Content) {
				at = resolve(list.Content[i])
			}
			more, err := objects(file, at, item)
			docs = append(docs, more...)
			problems = append(problems, err)
		}
		return docs, errors.Join(problems...)
	}
	o := &resource.Object{Object: object}
	if meta, ok := object["metadata"].(map[string]any); !ok || meta["name"] == nil {
		return nil, &Problem{file, node.Line, fmt.Sprintf("This %s has no name: metadata.name is missing.", o.GetKind())}
	}
	if o.GetName() == "" {
		return nil, &Problem{file, node.Line, fmt.Sprintf("This %s has no name: metadata.name must be a string.", o.GetKind())}
	}
	return []Document{{Object: o, File: file, Line: node.Line, node: node}}, nil
}

// LineOf returns the line that sets a field, or the nearest field around it.
// The path is as the API server prints it: spec.rules[0].matches[1].path.value.
func (d *Document) LineOf(path string) int {
	node, line := d.node, d.Line
	for node != nil && path != "" {
		var step string
		step, path = nextStep(path)
		node, line = descend(node, step, line)
	}
	return line
}

// nextStep takes the first step off a path.
func nextStep(path string) (string, string) {
	path = strings.TrimPrefix(path, ".")
	if strings.HasPrefix(path, "[") {
		step, rest, _ := strings.Cut(path[1:], "]")
		return step, rest
	}
	if end := strings.IndexAny(path, ".["); end >= 0 {
		return path[:end], path[end:]
	}
	return path, ""
}

// descend returns a field or an element of a node, and its line; without one,
// the line so far.
func descend(node *yaml.Node, step string, line int) (*yaml.Node, int) {
	node = resolve(node)
	switch node.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(node.Content); i += 2 {
			if node.Content[i].Value == step {
				return node.Content[i+1], node.Content[i].Line
			}
		}
	case yaml.SequenceNode:
		var i int
		if n, err := fmt.Sscan(step, &i); n == 1 && err == nil && i >= 0 && i < len(node.Content) {
			return node.Content[i], node.Content[i].Line
		}
	}
	return nil, line
}

// child returns a field's value.
func child(node *yaml.Node, key string) *yaml.Node {
	found, _ := descend(node, key, 0)
	return resolve(found)
}

func resolve(node *yaml.Node) *yaml.Node {
	for node != nil && node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	return node
}

func isNull(node *yaml.Node) bool { return node.Kind == yaml.ScalarNode && node.Tag == "!!null" }

// Problems returns what an error of Decode is made of.
func Problems(err error) []*Problem {
	if p, ok := errors.AsType[*Problem](err); ok && err == error(p) {
		return []*Problem{p}
	}
	var out []*Problem
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			out = append(out, Problems(e)...)
		}
	}
	return out
}
