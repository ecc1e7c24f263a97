package generate

import (
	"fmt"
	"strings"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// name gives the block of an object its address: the object's name where it is
// free, else with its namespace, else with a number.
func (g *generator) name(it *item) {
	label := identifier(it.id.Name)
	for i := 1; ; i++ {
		try := label
		switch {
		case i == 2 && it.id.Namespace != "":
			try = label + "_" + identifier(it.id.Namespace)
		case i > 1:
			try = fmt.Sprintf("%s_%d", label, i)
		}
		a := resource.Address{Kind: it.kind.Name, Name: try}
		if !g.taken[a] && (g.opts.Taken == nil || !g.opts.Taken(a)) {
			g.taken[a] = true
			it.address = a
			return
		}
	}
}

// identifier returns a name as HCL takes it.
func identifier(name string) string {
	s := strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' {
			return r
		}
		return '_'
	}, name)
	if !hclsyntax.ValidIdentifier(s) {
		s = "_" + s
	}
	return s
}
