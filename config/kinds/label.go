package kinds

import (
	"github.com/gwctl/gwctl/internal/resource"
	"k8s.io/apimachinery/pkg/util/validation"
)

// checkLabels reports labels that cannot name a part of an object.
func checkLabels(f *Fragment, blocks []*resource.Block) {
	for _, b := range blocks {
		if len(validation.IsDNS1123Subdomain(b.Label)) > 0 {
			f.Errorf(b.Range, "Invalid name", "%s: a name has lower-case letters, digits, \"-\" and \".\", and starts and ends with a letter or digit. Write %s %q.", title(b), b.Type, nearestName(b.Label))
		}
	}
}
