package config

import (
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/gwctl/gwctl/internal/diag"
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// environmentPrefix starts the names of environment variables that set
// variables.
const environmentPrefix = "GWCTL_VAR_"

// given is a value that somebody gives a variable of the root.
type given struct {
	value  cty.Value
	source string     // for messages: "-var weight"
	at     *hcl.Range // nil where it stands in no file
}

// inputs collects the values of the root's variables: each source overrides
// those before it.
type inputs struct {
	l      *loader
	m      *module
	values map[string]given
}

// readInputs reads what is given to the root's variables. A value is looked at
// when it is needed.
func (i *instance) readInputs() {
	in := &inputs{l: i.l, m: i.m, values: map[string]given{}}
	in.environment()
	in.files()
	for _, input := range i.l.opts.Inputs {
		if input.Var == "" && input.File != "" {
			in.file(input.File, input.File)
		} else {
			in.flag(input.Var)
		}
	}
	i.inputs = in
}

// export notes the values of the root's variables for the plan.
func (i *instance) export() {
	i.l.config.Variables = map[string]any{}
	for name, v := range sorted(i.m.variables) {
		value := i.variable(name)
		switch {
		case !i.l.countable(value, v.at, "Variable "+strconv.Quote(name)):
		case !v.sensitive && value.IsWhollyKnown() && !value.ContainsMarked():
			i.l.config.Variables[name] = exported(value)
		}
	}
}

// environment reads GWCTL_VAR_x. Others than the declared ones may be meant
// for another configuration.
func (in *inputs) environment() {
	for _, entry := range in.l.opts.Environ {
		key, text, _ := strings.Cut(entry, "=")
		name, ok := strings.CutPrefix(key, environmentPrefix)
		if v := in.m.variables[name]; ok && v != nil {
			in.text(v, text, key)
		}
	}
}

// files reads gwctl.gwvars and *.auto.gwvars.
func (in *inputs) files() {
	names, err := folder(in.l.opts.Dir, ".gwvars")
	if err != nil {
		return // reported when the *.hcl files were listed
	}
	if slices.Contains(names, "gwctl.gwvars") {
		in.file(filepath.Join(in.l.opts.Dir, "gwctl.gwvars"), "gwctl.gwvars")
	}
	for _, name := range names {
		if strings.HasSuffix(name, ".auto.gwvars") {
			in.file(filepath.Join(in.l.opts.Dir, name), name)
		}
	}
}

// file reads a file of values.
func (in *inputs) file(file, name string) {
	name = path.Clean(filepath.ToSlash(name))
	body := in.l.parseFile(file, name)
	if body == nil {
		return
	}
	if len(body.Blocks) == 0 {
		// Errors show the text alone, and what was parsed of it is large.
		in.l.sources[name] = &hcl.File{Bytes: in.l.sources[name].Bytes}
	}
	for _, b := range body.Blocks {
		in.l.errorf(b.DefRange(), "Block in a file of values", "%s has values for variables, NAME = VALUE, and no blocks. They go into a *.hcl file.", name)
	}
	for _, a := range attributesOf(body) {
		v := in.m.variables[a.Name]
		if v == nil {
			// One file may serve several configurations, so this is no error.
			d := problem(a.NameRange, "Value without a variable", "There is no variable %q.%s", a.Name, in.allowed(a.Name))
			d.Severity = hcl.DiagWarning
			in.l.diags = append(in.l.diags, d)
			continue
		}
		value, diags := a.Expr.Value(nil)
		in.l.diags = append(in.l.diags, diags...)
		if diags.HasErrors() {
			v.broken = true
			continue
		}
		at := a.Expr.Range()
		in.values[a.Name] = given{value, place(at), &at}
	}
}

func (in *inputs) allowed(name string) string {
	if len(in.m.variables) == 0 {
		return " The configuration declares none."
	}
	return diag.Declared(name, slices.Collect(maps.Keys(in.m.variables)))
}

// flag reads a -var.
func (in *inputs) flag(assignment string) {
	name, text, ok := strings.Cut(assignment, "=")
	name = strings.TrimSpace(name)
	if !ok || name == "" {
		in.fail("Invalid -var", "-var wants NAME=VALUE, and this is "+quoted(assignment)+".")
		return
	}
	v := in.m.variables[name]
	if v == nil {
		in.fail("Value without a variable", "-var sets "+quoted(name)+", but there is no such variable."+in.allowed(name))
		return
	}
	in.text(v, text, "-var "+name)
}

func quoted(s string) string { return `"` + s + `"` }

func (in *inputs) fail(summary, detail string) {
	in.l.diags = append(in.l.diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: detail})
}

// text reads a value from a string: as it is where the type is primitive or
// any, else as an expression.
func (in *inputs) text(v *variable, text, source string) {
	if v.ty.IsPrimitiveType() || v.ty == cty.DynamicPseudoType {
		in.values[v.name] = given{value: cty.StringVal(text), source: source}
		return
	}
	count := len(in.l.diags)
	expr, ok := in.l.literal(source, text)
	if ok {
		value, diags := expr.Value(nil)
		in.l.diags = append(in.l.diags, diags...)
		if !diags.HasErrors() {
			at := expr.Range()
			in.values[v.name] = given{value, source, &at}
			if v.sensitive {
				delete(in.l.sources, source)
			}
			return
		}
	}
	v.broken = true
	if v.sensitive {
		// The text must not be shown.
		delete(in.l.sources, source)
	}
	for _, d := range in.l.diags[count:] {
		d.Detail += " The value is read as an expression, since variable \"" + v.name + "\" has the type " + v.typeName() + "."
		d.Expression, d.EvalContext = nil, nil
	}
}

// final returns the value of a variable, asking for it if need be.
func (in *inputs) final(v *variable) cty.Value {
	if v.broken {
		return cty.DynamicVal
	}
	g, ok := in.values[v.name]
	if !ok && v.required() && in.l.opts.Ask != nil {
		text, err := in.l.opts.Ask(in.l.ctx, v.name, v.description)
		if err != nil {
			in.l.diags = append(in.l.diags, diag.FromError(err)...)
			return cty.DynamicVal
		}
		in.text(v, text, "the answer for "+v.name)
		if g, ok = in.values[v.name]; !ok {
			return cty.DynamicVal
		}
	}
	if !ok {
		if v.required() {
			in.l.errorf(v.at, "Missing value", "Variable %q has no default, so it needs a value: -var %s=..., a -var-file, gwctl.gwvars or %s%s.%s",
				v.name, v.name, environmentPrefix, v.name, sentence(v.description))
			return cty.DynamicVal
		}
		return v.finish(v.fallback)
	}
	value, err := v.convert(g.value)
	if err != nil {
		d := problem(v.at, "Wrong type", "Variable %q wants %s, and the value given by %s is %s: %s.", v.name, v.typeName(), g.source, in.show(v, g.value), err)
		if g.at != nil && !v.sensitive {
			d.Subject = g.at
		}
		in.l.diags = append(in.l.diags, d)
		return cty.DynamicVal
	}
	if value.IsNull() && !v.nullable {
		if v.required() {
			in.l.errorf(v.at, "Missing value", "Variable %q cannot be null, and the value given by %s is.", v.name, g.source)
			return cty.DynamicVal
		}
		value = v.fallback
	}
	return v.finish(value)
}

// show describes a value unless it is sensitive.
func (in *inputs) show(v *variable, value cty.Value) string {
	if v.sensitive {
		return "something else"
	}
	return describe(value)
}
