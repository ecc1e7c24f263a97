package config

import (
	"path/filepath"
	"regexp"

	"github.com/gwctl/gwctl/internal/diag"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// settings is the gwctl block.
type settings struct {
	at    hcl.Range
	body  *hclsyntax.Body
	name  *expression
	state *stateBlock // nil: the default
}

// stateBlock is the state block in it.
type stateBlock struct {
	typ   string
	at    hcl.Range
	body  *body
	slots int
	needs []reference
}

func (s *settings) analyze(m *module) {
	l := m.l
	w := l.match(s.body, gwctlBlock.Body, "gwctl", s.at, false)
	l.checkVersion(w.arg("required_version"))
	if a := w.arg("name"); a != nil {
		if m.path != "." {
			l.errorf(a.NameRange, "Owner in a module", "Only the root has a name: a module's blocks belong to its caller.")
		} else {
			s.name = m.expression(a.Expr, names{})
		}
	}
	for _, b := range w.blocks {
		at := b.DefRange()
		switch typ, known := typeOf(stateTypes, b.Labels[0]); {
		case m.path != ".":
			l.errorf(at, "State in a module", "Only the root says where the state is kept.")
		case !known:
			l.errorf(b.LabelRanges[0], "Unknown state", "There is no state %q.%s", b.Labels[0], diag.Allowed(b.Labels[0], typeNames(stateTypes)))
		case s.state != nil:
			l.errorf(at, "Too many blocks", "gwctl takes one state block, and has one at %s already.", place(s.state.at))
		default:
			p := m.planner()
			what := header(b.Block)
			s.state = &stateBlock{typ: b.Labels[0], at: at}
			s.state.body = p.body(l.match(b.Body, typ.Body, what, at, true), &typ.Body, what, at, names{}, nil)
			s.state.slots, s.state.needs = p.slots, p.needs
		}
	}
}

// ownerName is what an owner may be called.
var ownerName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$`)

const ownerRule = `A name has 1 to 63 letters, digits, ".", "_" and "-", and starts and ends with a letter or digit.`

// owner returns the name of the owner.
func (i *instance) owner() string {
	if s := i.m.settings; s != nil && s.name != nil {
		v, ok := i.l.primitive(s.name, i.scope(s.name.needs), cty.String, "name")
		if !ok {
			return ""
		}
		if !ownerName.MatchString(v.AsString()) {
			i.l.errorf(s.name.Range(), "Invalid owner", "%q cannot be an owner's name. %s", v.AsString(), ownerRule)
			return ""
		}
		return v.AsString()
	}
	dir, err := filepath.Abs(i.l.opts.Dir)
	if err != nil {
		i.l.diags = append(i.l.diags, diag.FromError(err)...)
		return ""
	}
	name := filepath.Base(dir)
	if !ownerName.MatchString(name) {
		i.l.diags = append(i.l.diags, &hcl.Diagnostic{
			Severity: hcl.DiagError, Summary: "No owner",
			Detail: "The owner is called as the folder where nothing else is said, and " + quoted(name) + " cannot be an owner's name. Choose one: gwctl { name = \"shop\" }. " + ownerRule,
		})
		return ""
	}
	return name
}

// state returns where the state is kept.
func (i *instance) state() Target {
	s := i.m.settings
	if s == nil || s.state == nil {
		return Target{Type: "file", Block: &resource.Block{
			Type: "state", Label: "file",
			Attrs: []resource.Attr{{Name: "path", Value: stateFile}},
		}}
	}
	d := i.decoder(nil, s.state.slots)
	b := d.body(s.state.body, i.scope(s.state.needs))
	b.Type, b.Label = "state", s.state.typ
	if s.state.typ == "file" && b.Attr("path") == nil {
		b.Attrs = append(b.Attrs, resource.Attr{Name: "path", Value: stateFile, Range: s.state.at})
	}
	return Target{Type: s.state.typ, Block: b}
}
