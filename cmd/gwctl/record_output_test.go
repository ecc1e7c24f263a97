package main

import (
	"encoding/json"
	"testing"

	"github.com/gwctl/gwctl/planner"
	"github.com/gwctl/gwctl/state"
)

// A number that is rounded on the way into the state or out of it would also
// change with every plan.
func TestOutputsComeBackFromTheStateAsTheyWere(t *testing.T) {
	const configuration = `
output "id"    { value = 12345678901234567890123 }
output "odd"   { value = 9007199254740993 }
output "huge"  { value = 1e400 }
output "parts" { value = { share = 0.1, ids = [9007199254740993, "1"] } }
`
	st := &state.State{}
	first := plannedFrom(t, st, configuration, planFlags{})
	recordOutputs(st, first)
	for name, want := range map[string]string{
		"id": "12345678901234567890123", "odd": "9007199254740993", "huge": "1e+400",
		"parts": `{"ids":[9007199254740993,"1"],"share":0.1}`,
	} {
		if got := string(st.Outputs[name].Value); got != want {
			t.Errorf("the state has %s = %s, want %s", name, got, want)
		}
	}
	for _, o := range outputViews(st.Outputs) {
		shown, err := json.Marshal(o.Value)
		if err != nil || string(shown) != string(st.Outputs[o.Name].Value) {
			t.Errorf("%s is shown as %s (%v)", o.Name, shown, err)
		}
	}
	for name, o := range plannedFrom(t, st, configuration, planFlags{}).Outputs {
		if o.Action != planner.NoOp {
			t.Errorf("%s is planned again: %v to %v", name, o.Before, o.After)
		}
	}
}
