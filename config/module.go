package config

import (
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gwctl/gwctl/config/functions"
	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/diag"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// maxModules bounds how deep modules may call modules.
const maxModules = 32

// module is what the files of one folder declare. Calls of the same folder
// share it.
type module struct {
	l         *loader
	dir       string // on disk
	path      string // from the root's folder, with slashes: "." is the root
	functions map[string]function.Function

	variables map[string]*variable
	locals    map[string]*local
	outputs   map[string]*output
	calls     map[string]*call
	blocks    map[string]map[string]*block // by kind and name
	data      map[string]map[string]*block // by type and name
	settings  *settings                    // the gwctl block, or nil
	providers []*provider
	imports   []*imported
	moved     []*moved
	removed   []*removed
	analyzed  bool
}

// local is one value of a locals block.
type local struct {
	at   hcl.Range
	attr *hclsyntax.Attribute
	expr *expression
}

// output is an output block.
type output struct {
	name        string
	at          hcl.Range
	written     written
	description string
	sensitive   bool
	value       *expression
}

// call is a module block.
type call struct {
	name      string
	at        hcl.Range
	module    *module // nil where the folder could not be loaded
	body      *hclsyntax.Body
	rep       repetition
	args      map[string]*expression
	providers map[string]hclsyntax.Expression // nil: the caller's
	dependsOn []dependency
}

// module loads a folder and those that it calls. Callers are the folders on
// the way to it.
func (l *loader) module(dir, name string, at *hcl.Range, callers ...string) *module {
	if m := l.modules[dir]; m != nil {
		return m
	}
	bodies := l.parseFolder(dir, name, at)
	if bodies == nil {
		return nil
	}
	m := &module{
		l: l, dir: dir, path: name,
		functions: functions.Table(dir, l.opts.Dir),
		variables: map[string]*variable{},
		locals:    map[string]*local{},
		outputs:   map[string]*output{},
		calls:     map[string]*call{},
		blocks:    map[string]map[string]*block{},
		data:      map[string]map[string]*block{},
	}
	l.modules[dir] = m
	for _, body := range bodies {
		m.declare(body)
	}
	for _, c := range sorted(m.calls) {
		m.load(c, append(slices.Clip(callers), dir))
	}
	return m
}

// load loads the folder that a call names.
func (m *module) load(c *call, callers []string) {
	attr := c.body.Attributes["source"]
	if attr == nil {
		m.l.errorf(c.at, "Missing argument", "module %q needs the argument \"source\". %s", c.name, moduleBlock.Body.Attrs[0].Doc)
		return
	}
	v, diags := attr.Expr.Value(nil)
	if diags.HasErrors() || v.Type() != cty.String || v.IsNull() || !v.IsKnown() {
		m.l.errorf(attr.Expr.Range(), "Invalid module source", "source must be a plain string, such as \"./service\": modules are loaded before anything is evaluated.")
		return
	}
	source := v.AsString()
	if !strings.HasPrefix(source, "./") && !strings.HasPrefix(source, "../") {
		m.l.errorf(attr.Expr.Range(), "Invalid module source", "source is %q, but a module is a local folder: it starts with \"./\" or \"../\".", source)
		return
	}
	dir := filepath.Join(m.dir, filepath.FromSlash(source))
	if slices.Contains(callers, dir) {
		m.l.errorf(attr.Expr.Range(), "Module calls itself", "The folder %q is being loaded already: a module cannot call itself, nor one that calls it.", source)
		return
	}
	if len(callers) >= maxModules {
		m.l.errorf(attr.Expr.Range(), "Modules nested too deeply", "Modules may call each other %d deep.", maxModules)
		return
	}
	at := attr.Expr.Range()
	c.module = m.l.module(dir, path.Join(m.path, source), &at, callers...)
}

// declare notes everything that one file declares, to be looked at when all
// names are known.
func (m *module) declare(body *hclsyntax.Body) {
	for _, a := range attributesOf(body) {
		m.l.errorf(a.NameRange, "Argument outside of a block", "%q stands in no block. A value with a name goes into locals { ... }.", a.Name)
	}
	for _, b := range body.Blocks {
		if k := m.l.kinds[b.Type]; k != nil {
			m.declareBlock(k, b)
			continue
		}
		if b.Type == "data" {
			m.declareData(b)
			continue
		}
		i := slices.IndexFunc(language, func(d schema.Block) bool { return d.Type == b.Type })
		if i < 0 {
			m.unknownBlock(b)
			continue
		}
		if m.l.checkLabels(b, language[i]) {
			m.declareBuiltIn(b)
		}
	}
}

func (m *module) declareBuiltIn(b *hclsyntax.Block) {
	at := b.DefRange()
	switch b.Type {
	case "gwctl":
		if m.settings != nil {
			m.l.errorf(at, "Declared twice", "There is a gwctl block at %s already. Write both into one.", place(m.settings.at))
			return
		}
		m.settings = &settings{at: at, body: b.Body}
	case "provider":
		m.declareProvider(b)
	case "variable":
		if declareNamed(m, m.variables, b, func(v *variable) hcl.Range { return v.at }) {
			m.variables[b.Labels[0]] = m.variable(b)
		}
	case "locals":
		for _, a := range attributesOf(b.Body) {
			if first := m.locals[a.Name]; first != nil {
				m.duplicate(a.NameRange, "local."+a.Name, first.at)
				continue
			}
			m.locals[a.Name] = &local{at: a.NameRange, attr: a}
		}
		for _, nested := range b.Body.Blocks {
			m.l.unknownBlock(nested, nested.Type, localsBlock.Body, "locals")
		}
	case "module":
		if declareNamed(m, m.calls, b, func(c *call) hcl.Range { return c.at }) {
			m.calls[b.Labels[0]] = &call{name: b.Labels[0], at: at, body: b.Body}
		}
	case "output":
		if declareNamed(m, m.outputs, b, func(o *output) hcl.Range { return o.at }) {
			o := &output{name: b.Labels[0], at: at, written: m.l.match(b.Body, outputBlock.Body, header(b), at, false)}
			o.description, _ = literalText(m.l, o.written.arg("description"))
			o.sensitive, _ = literalBool(m.l, o.written.arg("sensitive"))
			m.outputs[o.name] = o
		}
	case "import":
		m.imports = append(m.imports, &imported{at: at, written: m.l.match(b.Body, importBlock.Body, "import", at, false)})
	case "moved":
		m.moved = append(m.moved, &moved{at: at, written: m.l.match(b.Body, movedBlock.Body, "moved", at, false)})
	case "removed":
		m.removed = append(m.removed, &removed{at: at, written: m.l.match(b.Body, removedBlock.Body, "removed", at, false)})
	}
}

// declareNamed reports a label that is no name, or that is taken.
func declareNamed[T any](m *module, taken map[string]T, b *hclsyntax.Block, at func(T) hcl.Range) bool {
	name := b.Labels[0]
	if !m.validName(name, b.LabelRanges[0]) {
		return false
	}
	if first, ok := taken[name]; ok {
		m.duplicate(b.DefRange(), header(b), at(first))
		return false
	}
	return true
}

func (m *module) validName(name string, at hcl.Range) bool {
	if !hclsyntax.ValidIdentifier(name) {
		m.l.errorf(at, "Invalid name", "%q cannot be a name: it must start with a letter, and have only letters, digits, \"_\" and \"-\".", name)
		return false
	}
	return true
}

func (m *module) duplicate(at hcl.Range, what string, first hcl.Range) {
	m.l.errorf(at, "Declared twice", "%s is declared at %s already. Remove one of the two, or rename it.", what, place(first))
}

func (m *module) declareBlock(k *kind, b *hclsyntax.Block) {
	if !m.l.checkLabels(b, schema.Block{Label: "name"}) || !m.validName(b.Labels[0], b.LabelRanges[0]) {
		return
	}
	name := b.Labels[0]
	if first := m.blocks[k.Name][name]; first != nil {
		m.duplicate(b.DefRange(), header(b), first.header)
		return
	}
	if m.blocks[k.Name] == nil {
		m.blocks[k.Name] = map[string]*block{}
	}
	m.blocks[k.Name][name] = &block{m: m, kind: k, name: name, header: b.DefRange(), source: b}
}

func (m *module) unknownBlock(b *hclsyntax.Block) {
	names := append(m.l.kindNames(), "data")
	for _, d := range language {
		names = append(names, d.Type)
	}
	switch b.Type {
	case "resource":
		hint := ""
		if len(b.Labels) > 0 {
			hint = diag.Nearest(b.Labels[0], m.l.kindNames())
		}
		if hint == "" {
			hint = "http_route"
		}
		m.l.errorf(b.DefRange(), "Unknown block", "There are no %s blocks: the kind is the block's type, as in %s \"name\" { ... }.", b.Type, hint)
	case "terraform":
		m.l.errorf(b.DefRange(), "Unknown block", "Settings stand in a gwctl block: gwctl { required_version = \">= 0.1\" }.")
	default:
		m.l.errorf(b.DefRange(), "Unknown block", "There is no block type %q.%s", b.Type, diag.Allowed(b.Type, names))
	}
}

// header writes a block's type and labels as users do.
func header(b *hclsyntax.Block) string {
	text := b.Type
	for _, label := range b.Labels {
		text += ` "` + label + `"`
	}
	return text
}

// literalText evaluates an argument that may use no variables.
func literalText(l *loader, a *hclsyntax.Attribute) (string, bool) {
	v, ok := l.literalValue(a, cty.String)
	if !ok {
		return "", false
	}
	return v.AsString(), true
}

func literalBool(l *loader, a *hclsyntax.Attribute) (bool, bool) {
	v, ok := l.literalValue(a, cty.Bool)
	return ok && v.True(), ok
}
