package kinds

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"k8s.io/apimachinery/pkg/api/validate/content"
	runtime "k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation"
)

// deriveName returns the name of the object that an address makes: module
// path, label and key joined by "-", with "-" for "_".
func deriveName(a resource.Address) string {
	parts := append(moduleSteps(a.Module), a.Name)
	if key := a.KeyText(); key != "" {
		parts = append(parts, key)
	}
	return strings.ReplaceAll(strings.Join(parts, "-"), "_", "-")
}

// moduleSteps returns the names and keys in `module.eu["a"].module.x`.
func moduleSteps(path string) []string {
	if path == "" {
		return nil
	}
	traversal, diags := hclsyntax.ParseTraversalAbs([]byte(path), "", hcl.InitialPos)
	if diags.HasErrors() {
		return []string{path} // fails the check of names, which shows it
	}
	var steps []string
	named := true // the word before was "module"
	for _, step := range traversal[1:] {
		switch step := step.(type) {
		case hcl.TraverseAttr:
			if named {
				steps = append(steps, step.Name)
			}
			named = !named
		case hcl.TraverseIndex:
			if step.Key.Type() == cty.String {
				steps = append(steps, step.Key.AsString())
			} else {
				steps = append(steps, step.Key.AsBigFloat().Text('f', 0))
			}
		}
	}
	return steps
}

const allowedNames = "A name has lower-case letters, digits, \"-\" and \".\", starts and ends with a letter or digit, and has at most 253 characters"

// checkName reports a name that no object can have.
func checkName(b *resource.Block, f *Fragment) {
	problems := validation.IsDNS1123Subdomain(f.ID.Name)
	if len(problems) == 0 {
		return
	}
	if a := argument(b, "name"); a != nil {
		f.Errorf(a.Range, "Invalid name", "%q cannot be the name of an object. %s.", f.ID.Name, allowedNames)
		return
	}
	f.Errorf(b.Range, "Invalid name", "%s would make an object with the name %q, which cannot be. %s. Set it: name = %s.", f.Address, f.ID.Name, allowedNames, ownName(f.Address, f.ID.Name, ""))
}

// checkObjectName reports a name that a whole object cannot have.
func checkObjectName(given bool, at hcl.Range, f *Fragment) {
	switch {
	case !given && len(validation.IsDNS1123Subdomain(f.ID.Name)) > 0:
		f.Errorf(at, "Invalid name", "%s would make an object with the name %q, which cannot be. %s. Set it in the object: metadata = { name = %s }.", f.Address, f.ID.Name, allowedNames, ownName(f.Address, f.ID.Name, ""))
	case given && takesAnyName(f.ID.GroupKind()) && len(content.IsPathSegmentName(f.ID.Name)) > 0:
		f.Errorf(at, "Invalid name", "%q cannot be the name of a %s. A name has neither \"/\" nor \"%%\", and is neither \".\" nor \"..\".", f.ID.Name, f.ID.Kind)
	case given && !takesAnyName(f.ID.GroupKind()) && len(validation.IsDNS1123Subdomain(f.ID.Name)) > 0:
		f.Errorf(at, "Invalid name", "%q cannot be the name of an object. %s.", f.ID.Name, allowedNames)
	}
}

// takesAnyName reports whether objects of a type may be called nearly anything:
// "system:node", "2001:db8::1".
func takesAnyName(gk runtime.GroupKind) bool {
	return gk.Group == "rbac.authorization.k8s.io" || gk.Group == "certificates.k8s.io" || gk.Kind == "IPAddress"
}

// ownName writes a valid name that looks like name, with ending behind it; of a
// block that has instances, one for each of them.
func ownName(a resource.Address, name, ending string) string {
	key := a.KeyText()
	if key == "" {
		return strconv.Quote(nearestName(name) + ending)
	}
	stem := strings.TrimSuffix(strings.TrimSuffix(name, strings.ReplaceAll(key, "_", "-")), "-")
	each := "each.key"
	switch {
	case a.IsCounted():
		each = "count.index"
	case len(validation.IsDNS1123Subdomain("a-"+key)) > 0:
		each = `replace(lower(each.key), "/[^a-z0-9]+/", "-")`
	}
	return fmt.Sprintf(`"%s%s-${%s}"`, nearestName(stem), ending, each)
}

// tellApart says how two blocks that make an object of one name get two.
func tellApart(first, second part) string {
	a, name := second.r.Address, second.f.ID.Name
	arg, given := "name", argument(second.r.Block, "name") != nil
	if second.k.makesAny() {
		arg, given = "metadata.name", name != deriveName(a)
	}
	switch {
	case first.r.Block.Range != second.r.Block.Range:
		return "Rename one block, or give it a name of its own: " + arg + " = " + ownName(a, name, "-2") + "."
	case first.r.Address.Module != a.Module:
		return "They are one block of a module that is called several times: make its name from a variable that differs, as in " + arg + " = \"" + nearestName(name) + "-${var.NAME}\"."
	case !given:
		return "They are instances of one block, whose keys make the same name, since \"_\" becomes \"-\". Change one of the keys."
	}
	return "They are instances of one block, so that its name has to differ for each: " + arg + " = " + ownName(a, name, "") + "."
}

// nearestName returns a valid name that looks like s.
func nearestName(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9', r == '-', r == '.':
			return r
		case 'A' <= r && r <= 'Z':
			return r - 'A' + 'a'
		}
		return '-'
	}, s)
	s = strings.Trim(s[:min(len(s), 253)], "-.")
	if len(validation.IsDNS1123Subdomain(s)) > 0 {
		return "my-name"
	}
	return s
}
