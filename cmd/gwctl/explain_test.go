package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/hashicorp/hcl/v2"

	"github.com/gwctl/gwctl/internal/diag"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
	"github.com/gwctl/gwctl/providers"
	"github.com/gwctl/gwctl/providers/xds"
	"github.com/gwctl/gwctl/state"
)

var (
	gatewayID = resource.ID{Group: "gateway.networking.k8s.io", Kind: "Gateway", Namespace: "default", Name: "public"}
	routeID   = resource.ID{Group: "gateway.networking.k8s.io", Kind: "HTTPRoute", Namespace: "default", Name: "app"}
	ownerless = resource.ID{Group: "gateway.networking.k8s.io", Kind: "HTTPRoute", Namespace: "infra", Name: "other"}
)

func line(n int) hcl.Range {
	return hcl.Range{Filename: "main.hcl", Start: hcl.Pos{Line: n, Column: 1}, End: hcl.Pos{Line: n, Column: 2}}
}

// toExplain is a plan whose gateway was written at lines 1 to 3, and whose
// route at line 10.
func toExplain() *planner.Plan {
	gateway := resource.Address{Kind: "gateway", Name: "public"}
	route := resource.Address{Kind: "http_route", Name: "app"}
	return &planner.Plan{
		Changes: []planner.ResourceChange{{Address: gateway, Range: line(1)}, {Address: route, Range: line(10)}},
		Objects: []planner.ObjectChange{
			{ID: gatewayID, Addresses: []resource.Address{gateway}, Sources: resource.Sources{
				"spec.listeners[0].port": line(2), "spec.listeners[1].port": line(3),
			}},
			{ID: routeID, Addresses: []resource.Address{route}},
		},
	}
}

func TestRefusalsLeadBackToTheirLines(t *testing.T) {
	refused := func(text string, fields ...providers.Field) error {
		return &providers.RefusedError{
			Refusals: []providers.Refusal{{By: "a of gateway public", What: "the listener", Text: text, Fields: fields}},
			Detail:   "All serve revision 3, as before.",
		}
	}
	for _, tc := range []struct {
		name string
		err  error
		want string
	}{
		{
			"one field is meant",
			refused("Address already in use\n", providers.Field{ID: gatewayID, Path: "spec.listeners[1].port"}),
			`main.hcl:3 The change was refused: a of gateway public refused the listener: "Address already in use". All serve revision 3, as before.`,
		},
		{
			"several may be meant",
			refused("no", providers.Field{ID: gatewayID, Path: "spec.listeners[0].port"}, providers.Field{ID: gatewayID, Path: "spec.listeners[1].port"},
				providers.Field{ID: gatewayID, Path: "spec.listeners[1].port"}, providers.Field{ID: ownerless, Path: "spec.rules"}),
			`main.hcl:2 The change was refused: a of gateway public refused the listener: "no". All serve revision 3, as before. It may also mean: main.hcl line 3, HTTPRoute infra/other spec.rules.`,
		},
		{
			"a field without a line of its own has its block's",
			refused("no", providers.Field{ID: routeID, Path: "spec.rules[0]"}),
			`main.hcl:10 The change was refused: a of gateway public refused the listener: "no". All serve revision 3, as before.`,
		},
		{
			"nobody knows what is meant",
			refused("no"),
			`The change was refused: a of gateway public refused the listener: "no". All serve revision 3, as before.`,
		},
		{
			"silence is no refusal",
			&providers.RefusedError{Detail: "All serve revision 3, as before.", Refusals: []providers.Refusal{
				{By: "a of gateway public", What: "the routes", Text: "no answer within 30s", Silent: true},
			}},
			`The change was not acknowledged: a of gateway public did not acknowledge the routes: no answer within 30s. All serve revision 3, as before.`,
		},
		{
			"nobody refused, and still nothing changed",
			&providers.RefusedError{Detail: "No Envoy of gateway public is connected."},
			`The change was not taken: No Envoy of gateway public is connected.`,
		},
		{
			"what else went wrong is told too",
			errors.Join(refused("no"), errors.New("the state could not be written")),
			`The change was refused: a of gateway public refused the listener: "no". All serve revision 3, as before.` + "\n" + `the state could not be written: `,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := told(explain(toExplain(), tc.err)); got != tc.want {
				t.Errorf("got\n%s\nwant\n%s", got, tc.want)
			}
		})
	}
}

func TestStalePlansNameWhatMoved(t *testing.T) {
	err := fmt.Errorf("apply: %w", &providers.StaleError{Moved: []providers.Moved{
		{ID: gatewayID, Planned: "1", Live: "2", By: "infra", Fields: []string{"spec.listeners"}},
		{ID: routeID, Planned: "1"},
		{ID: ownerless, Live: "7"},
	}})
	want := []string{
		"main.hcl:1 The plan is stale: Gateway default/public was changed after this plan was made, by infra; what differs: spec.listeners. Nothing was changed. Make a new plan: gwctl plan.",
		"main.hcl:10 The plan is stale: HTTPRoute default/app was removed after this plan was made. Nothing was changed. Make a new plan: gwctl plan.",
		"The plan is stale: HTTPRoute infra/other was created after this plan was made. Nothing was changed. Make a new plan: gwctl plan.",
	}
	if got := told(explain(toExplain(), err)); got != strings.Join(want, "\n") {
		t.Errorf("%s", got)
	}
}

// told is a line for each diagnostic.
func told(diags hcl.Diagnostics) string {
	lines := make([]string, len(diags))
	for i, d := range diags {
		if d.Subject != nil {
			lines[i] = fmt.Sprintf("%s:%d ", d.Subject.Filename, d.Subject.Start.Line)
		}
		lines[i] += d.Summary + ": " + d.Detail
	}
	return strings.Join(lines, "\n")
}

func TestErrorsThatUsersMeetHaveHeadlines(t *testing.T) {
	_, noFile := os.ReadFile(filepath.Join("nowhere", "a.json"))
	for _, tc := range []struct {
		err  error
		want string
	}{
		{&state.LockedError{Store: "gwctl.state.json"}, "The state is locked: The state gwctl.state.json is locked by"},
		{&state.FormatError{Store: "gwctl.state.json", Err: errors.New("no")}, "The state cannot be read: gwctl.state.json: not a readable gwctl state: no."},
		{&state.VersionError{Store: "a.json"}, "The state is newer than this gwctl: a.json: the state"},
		{&state.FencedError{Store: "a.json"}, "The lock was lost: The lock"},
		{&planner.NewerPlanError{Version: 9}, "The plan cannot be read: The plan file has format 9"},
		{fmt.Errorf("a.plan: %w", &planner.CorruptPlanError{Reason: "it is cut short"}), "The plan cannot be read: a.plan: the plan file cannot be read"},
		{&providers.UnreachableError{Target: "the xDS server at http://x", Err: syscall.ECONNREFUSED}, "The target cannot be reached: The xDS server at http://x"},
		{&xds.UnknownVerdictError{Server: "the xDS server", Err: context.Canceled}, "The verdict is not known: The xDS server was lost"},
		{fmt.Errorf("load: %w", context.Canceled), "Interrupted: Nothing was changed."},
		{errInterrupted, "Interrupted: Nothing was changed."},
		{noFile, "open nowhere/a.json: no such file or directory: "},
		{errors.New("one\ntwo"), "one: two"},
	} {
		if got := told(explainError(tc.err)); !strings.HasPrefix(got, tc.want) {
			t.Errorf("got  %s\nwant %s", got, tc.want)
		}
		if cause := diag.Cause(explainError(tc.err)[0]); cause == nil {
			t.Errorf("%v lost its cause", tc.err)
		}
	}
	if diags := explainError(nil); diags != nil {
		t.Errorf("no error became %v", diags)
	}
	diags := hcl.Diagnostics{{Severity: hcl.DiagError, Summary: "as it is"}}
	if got := explainError(diag.AsError(diags)); len(got) != 1 || got[0] != diags[0] {
		t.Errorf("diagnostics became %v", got)
	}
}

func TestSentence(t *testing.T) {
	for text, want := range map[string]string{
		"":                              "",
		"the state is locked":           "The state is locked.",
		"gwctl.state.json: no":          "gwctl.state.json: no.",
		"-wait-for is all or none":      "-wait-for is all or none.",
		"It has ended.":                 "It has ended.",
		"two lines\n\nstay as they are": "two lines\n\nstay as they are",
		"über":                          "Über.",
	} {
		if got := sentence(text); got != want {
			t.Errorf("%q became %q, and not %q", text, got, want)
		}
	}
}
