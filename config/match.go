package config

import (
	"cmp"
	"maps"
	"slices"

	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/diag"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// written is a body with each argument and block next to its description.
type written struct {
	args   []writtenArg
	blocks []writtenBlock
}

type writtenArg struct {
	schema *schema.Attr
	*hclsyntax.Attribute
}

type writtenBlock struct {
	schema *schema.Block
	*hclsyntax.Block
	dynamic bool // a dynamic block that makes blocks of the schema
}

// arg returns an argument that was written, or nil.
func (w written) arg(name string) *hclsyntax.Attribute {
	for _, a := range w.args {
		if a.Name == name {
			return a.Attribute
		}
	}
	return nil
}

// block returns the first block of a type, or nil.
func (w written) block(typ string) *hclsyntax.Block {
	for _, b := range w.blocks {
		if b.Type == typ {
			return b.Block
		}
	}
	return nil
}

// match finds the description of everything in a body, in the order of the
// source, and reports what has none, what is missing and wrong labels. The
// number of blocks is counted later, where dynamic ones are expanded.
func (l *loader) match(body *hclsyntax.Body, s schema.Body, what string, header hcl.Range, dynamics bool) written {
	var w written
	for _, a := range attributesOf(body) {
		i := slices.IndexFunc(s.Attrs, func(d schema.Attr) bool { return d.Name == a.Name })
		if i < 0 {
			l.unknownArgument(a, s, what)
			continue
		}
		w.args = append(w.args, writtenArg{&s.Attrs[i], a})
	}
	for i, d := range s.Attrs {
		if d.Required && body.Attributes[d.Name] == nil {
			l.errorf(header, "Missing argument", "%s needs the argument %q. %s", what, s.Attrs[i].Name, d.Doc)
		}
	}
	for _, b := range body.Blocks {
		typ, dynamic := b.Type, false
		if dynamics && typ == dynamicBlock.Type {
			if !l.checkLabels(b, dynamicBlock) {
				continue
			}
			typ, dynamic = b.Labels[0], true
		}
		i := slices.IndexFunc(s.Blocks, func(d schema.Block) bool { return d.Type == typ })
		if i < 0 {
			l.unknownBlock(b, typ, s, what)
			continue
		}
		if dynamic || l.checkLabels(b, s.Blocks[i]) {
			w.blocks = append(w.blocks, writtenBlock{&s.Blocks[i], b, dynamic})
		}
	}
	return w
}

// attributesOf returns the arguments of a body in the order of the source.
func attributesOf(body *hclsyntax.Body) []*hclsyntax.Attribute {
	return slices.SortedFunc(maps.Values(body.Attributes), func(a, b *hclsyntax.Attribute) int {
		return cmp.Compare(a.SrcRange.Start.Byte, b.SrcRange.Start.Byte)
	})
}

func (l *loader) unknownArgument(a *hclsyntax.Attribute, s schema.Body, what string) {
	if slices.ContainsFunc(s.Blocks, func(d schema.Block) bool { return d.Type == a.Name }) {
		l.errorf(a.NameRange, "Block written as an argument", "%q is a block: write %s { ... } without the equals sign.", a.Name, a.Name)
		return
	}
	names := make([]string, 0, len(s.Attrs))
	for _, d := range s.Attrs {
		names = append(names, d.Name)
	}
	if diag.Nearest(a.Name, names) == "" {
		for _, d := range s.Blocks {
			if diag.Nearest(a.Name, []string{d.Type}) != "" {
				l.errorf(a.NameRange, "Unknown argument", "%s takes no argument %q. Did you mean the block %s { ... }?", what, a.Name, d.Type)
				return
			}
		}
	}
	l.errorf(a.NameRange, "Unknown argument", "%s takes no argument %q.%s", what, a.Name, diag.Allowed(a.Name, names))
}

func (l *loader) unknownBlock(b *hclsyntax.Block, typ string, s schema.Body, what string) {
	if slices.ContainsFunc(s.Attrs, func(d schema.Attr) bool { return d.Name == typ }) {
		l.errorf(b.DefRange(), "Argument written as a block", "%q is an argument: write %s = ... with an equals sign.", typ, typ)
		return
	}
	names := make([]string, 0, len(s.Blocks))
	for _, d := range s.Blocks {
		names = append(names, d.Type)
	}
	if len(names) == 0 {
		l.errorf(b.DefRange(), "Unknown block", "%s takes no blocks.", what)
		return
	}
	l.errorf(b.DefRange(), "Unknown block", "%s takes no block %q.%s", what, typ, diag.Allowed(typ, names))
}

// checkLabels reports a block with too few or too many labels.
func (l *loader) checkLabels(b *hclsyntax.Block, s schema.Block) bool {
	switch {
	case s.Label == "" && len(b.Labels) > 0:
		l.errorf(b.LabelRanges[0], "Label not allowed", "%s takes no label: write %s { ... }.", b.Type, b.Type)
	case s.Label != "" && len(b.Labels) == 0 && !s.OptionalLabel:
		l.errorf(b.DefRange(), "Missing label", "%s needs a label, its %s: write %s \"...\" { ... }.", b.Type, s.Label, b.Type)
	case s.Label != "" && len(b.Labels) > 1:
		l.errorf(b.LabelRanges[1], "Too many labels", "%s takes one label, its %s.", b.Type, s.Label)
	case s.Label != "" && len(b.Labels) == 1 && b.Labels[0] == "":
		l.errorf(b.LabelRanges[0], "Empty label", "The %s of %s must not be empty.", s.Label, b.Type)
	default:
		return true
	}
	return false
}
