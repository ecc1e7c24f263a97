package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gwctl/gwctl/internal/diag"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// imported is an import block.
type imported struct {
	at      hcl.Range
	written written
	id      *expression // nil where it is not said
}

// analyze looks at what the id needs.
func (im *imported) analyze(m *module) {
	if a := im.written.arg("id"); a != nil {
		im.id = m.expression(a.Expr, names{})
	}
}

// importOf is an import and the places of its arguments, for what is found out
// when all objects are known.
type importOf struct {
	Import
	to, id hcl.Range
}

// readImports notes the import blocks of a module.
func (i *instance) readImports() {
	for _, im := range i.m.imports {
		arg := im.written.arg("to")
		to, ok := i.target(arg)
		if !ok {
			continue
		}
		out := importOf{Import: Import{To: to, Range: im.at}, to: arg.Expr.Range(), id: im.at}
		if im.id != nil {
			out.id = im.id.Range()
			v, ok := i.l.primitive(im.id, i.scope(im.id.needs), cty.String, "id")
			if !ok {
				continue
			}
			out.ID = v.AsString()
			if !isID(out.ID) {
				i.l.errorf(out.id, "Invalid id", "%q is no id: it is NAMESPACE/NAME, as in \"shop/orders\", or NAME alone.", out.ID)
				continue
			}
		}
		i.l.imports = append(i.l.imports, out)
	}
}

// isID reports whether s is NAMESPACE/NAME or NAME.
func isID(s string) bool {
	namespace, name, ok := strings.Cut(s, "/")
	if !ok {
		namespace, name = "-", s
	}
	return namespace != "" && name != "" && !strings.Contains(name, "/")
}

// checkImports reports imports that are no block's, and fills the Config with
// the others.
func (l *loader) checkImports() {
	slices.SortStableFunc(l.imports, func(a, b importOf) int { return a.To.Compare(b.To) })
	first := make(map[resource.Address]importOf, len(l.imports))
	l.imports = slices.DeleteFunc(l.imports, func(im importOf) bool {
		before, twice := first[im.To]
		first[im.To] = im
		if twice {
			l.errorf(im.Range, "Imported twice", "%s is imported at %s already. Remove one of the two.", im.To, place(before.Range))
		}
		return twice || !l.isOneBlock(im)
	})
	for _, im := range l.imports {
		l.config.Imports = append(l.config.Imports, im.Import)
	}
}

// isOneBlock reports an import whose address is that of no instance.
func (l *loader) isOneBlock(im importOf) bool {
	if _, ok := slices.BinarySearchFunc(l.resources, im.To, func(r *resource.Resource, a resource.Address) int { return r.Address.Compare(a) }); ok {
		return true
	}
	var inside, all []string
	for _, r := range l.resources {
		all = append(all, r.Address.String())
		if im.To.Contains(r.Address) {
			inside = append(inside, r.Address.String())
		}
	}
	switch {
	case slices.ContainsFunc(l.unexpanded, func(a resource.Address) bool { return a.Contains(im.To) }):
	case len(inside) > 0:
		l.errorf(im.to, "Not one block", "An import is for one block, and %s names none alone. Write one such as %s.", im.To, inside[0])
	default:
		l.errorf(im.to, "Unknown block", "There is no %s here to take an object over.%s", im.To, diag.Declared(im.To.String(), all))
	}
	return false
}

// checkImported reports imports of other objects than the blocks make, which is
// known when these have been made; incomplete says that some could not be.
func (l *loader) checkImported(incomplete bool) {
	made := make(map[resource.Address]*resource.Resource, len(l.resources))
	for _, r := range l.resources {
		if !l.broken[r] {
			made[r.Address] = r
		}
	}
	for _, im := range l.imports {
		r := made[im.To]
		switch {
		case r == nil:
		case len(r.Objects) > 0:
			l.checkID(im, r)
		case !incomplete:
			l.errorf(im.to, "Nothing to import", "%s makes no object, so that there is none to take over. Remove the import block.", im.To)
		}
	}
}

// checkID reports an id of another object than the block makes, and how the
// block would make that one.
func (l *loader) checkID(im importOf, r *resource.Resource) {
	id := resource.IDOf(r.Objects[0])
	namespace, name, namespaced := strings.Cut(im.ID, "/")
	if !namespaced {
		namespace, name = id.Namespace, im.ID
	}
	if im.ID == "" || namespace == id.Namespace && name == id.Name {
		return
	}
	if id.Namespace == "" && namespaced {
		l.errorf(im.id, "Import of another object", "%s makes %s, which is in no namespace, and id is %q: it has to be a name alone.", im.To, id, im.ID)
		return
	}
	var settings []string
	prefix := ""
	if l.kinds[im.To.Kind].Object.Empty() {
		prefix = "metadata."
	}
	if name != id.Name {
		settings = append(settings, fmt.Sprintf("%sname = %q", prefix, name))
	}
	if namespace != id.Namespace {
		settings = append(settings, fmt.Sprintf("%snamespace = %q", prefix, namespace))
	}
	l.errorf(im.id, "Import of another object", "%s makes %s, and id is %q. For the block to take that one over, set its %s; or correct the id.", im.To, id, im.ID, strings.Join(settings, " and "))
}
