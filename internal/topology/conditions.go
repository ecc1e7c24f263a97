package topology

import (
	"time"

	"github.com/gwctl/gwctl/internal/resource"
)

// Condition is what a controller says of an object or a part of it.
type Condition struct {
	Type    string
	Status  string // "True", "False" or "Unknown"
	Reason  string
	Message string
	Since   time.Time
	// Stale says that the object has changed since: Observed is the generation
	// that the controller speaks of, Generation the present one.
	Stale                bool
	Observed, Generation int64
}

// Conditions are those of the object as a whole.
func Conditions(o *resource.Object) []Condition { return ConditionsAt(o, status(o)) }

// ConditionsAt are those that a part of an object's status has.
func ConditionsAt(o *resource.Object, part any) []Condition {
	var out []Condition
	for _, v := range list(part, "conditions") {
		c := Condition{
			Type: text(v, "type"), Status: text(v, "status"), Reason: text(v, "reason"), Message: text(v, "message"),
			Generation: o.GetGeneration(),
		}
		if observed, ok := number(v, "observedGeneration"); ok {
			c.Observed = observed
			c.Stale = observed < c.Generation
		}
		if at, err := time.Parse(time.RFC3339, text(v, "lastTransitionTime")); err == nil {
			c.Since = at
		}
		out = append(out, c)
	}
	return out
}

// ConditionOf returns the condition of a type.
func ConditionOf(conditions []Condition, typ string) (Condition, bool) {
	for _, c := range conditions {
		if c.Type == typ {
			return c, true
		}
	}
	return Condition{}, false
}
