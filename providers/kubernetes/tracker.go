package kubernetes

import (
	"fmt"

	"github.com/gwctl/gwctl/internal/resource"
)

// trackerOf says what applies an object by itself: "Argo CD's (application
// shop)", "" for nothing.
func trackerOf(o *resource.Object) string {
	t, ok := resource.TrackerOf(o)
	if !ok {
		return ""
	}
	return fmt.Sprintf("%s's (%s)", t.Tool, t.What)
}
