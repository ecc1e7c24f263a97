package kinds

import (
	"regexp"
	"time"

	"github.com/gwctl/gwctl/internal/resource"
)

// gepDuration is the syntax of durations in the Gateway API (GEP-2257), a
// subset of Go's.
var gepDuration = regexp.MustCompile(`^([0-9]{1,5}(h|m|s|ms)){1,4}$`)

// duration reads an argument that is a duration of the Gateway API.
func (f *Fragment) duration(b *resource.Block, name string) (string, time.Duration, *resource.Attr) {
	value, a := f.text(b, name)
	if a == nil {
		return "", 0, nil
	}
	d, err := time.ParseDuration(value)
	if err != nil || !gepDuration.MatchString(value) {
		f.Errorf(a.Range, "Invalid duration", "%s is %q; a duration is one to four whole numbers of at most five digits, each with h, m, s or ms: \"10s\", \"1m30s\", \"500ms\". \"0s\" is no timeout.", name, value)
		return "", 0, nil
	}
	return value, d, a
}
