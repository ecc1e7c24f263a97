package kinds

import (
	"github.com/gwctl/gwctl/internal/resource"
	"k8s.io/apimachinery/pkg/util/validation"
)

// checkLabels reports labels that cannot name a part of an object, and labels
// used twice.
func checkLabels(f *Fragment, blocks []*resource.Block) {
	seen := make(map[string]*resource.Block, len(blocks))
	for _, b := range blocks {
		if len(validation.IsDNS1123Subdomain(b.Label)) > 0 {
			f.Errorf(b.Range, "Invalid name", "%s: a name has lower-case letters, digits, \"-\" and \".\", and starts and ends with a letter or digit. Write %s %q.", title(b), b.Type, nearestName(b.Label))
		}
		if first, ok := seen[b.Label]; ok {
			f.Errorf(b.Range, "Name used twice", "%s is already at %s. Give each %s a name of its own.", title(b), first.Range, b.Type)
		}
		seen[b.Label] = b
	}
}
