package providers

import "github.com/gwctl/gwctl/planner"

// completed says for those who watch that an action is.
var completed = map[planner.Action]string{
	planner.Create:  "Creation complete",
	planner.Update:  "Update complete",
	planner.Delete:  "Destruction complete",
	planner.Replace: "Replacement complete",
	planner.Move:    "Move complete",
	planner.Forget:  "Forgotten",
	planner.NoOp:    "Adoption complete",
}

// Completed is what an Event says when an action on a resource is over. A NoOp
// that is told of is an adoption.
func Completed(a planner.Action) string { return completed[a] }
