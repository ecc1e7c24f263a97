package kinds

import (
	"fmt"

	"github.com/gwctl/gwctl/internal/resource"
	"k8s.io/apimachinery/pkg/util/validation"
)

// UnnamedKey is what tells block n, counted from 0, from its siblings where
// nobody named them: their order has to do. No label looks like it.
func UnnamedKey(n int) string { return fmt.Sprintf("#%d", n+1) }

// checkLabels reports labels that cannot name a part of an object.
func checkLabels(f *Fragment, blocks []*resource.Block) {
	for _, b := range blocks {
		if b.Label != "" && len(validation.IsDNS1123Subdomain(b.Label)) > 0 {
			f.Errorf(b.Range, "Invalid name", "%s: a name has lower-case letters, digits, \"-\" and \".\", and starts and ends with a letter or digit. Write %s %q.", title(b), b.Type, nearestName(b.Label))
		}
	}
}
