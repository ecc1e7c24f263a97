package translate_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers/xds/translate"
	"github.com/rogpeppe/go-internal/txtar"
	"pgregory.net/rapid"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// ownFaults are the reasons for which an object is not accepted whatever else
// there is.
var ownFaults = []string{
	string(gatewayv1.RouteReasonUnsupportedValue), string(gatewayv1.RouteReasonIncompatibleFilters),
	string(gatewayv1.ListenerReasonUnsupportedProtocol), string(gatewayv1.ListenerReasonPortUnavailable),
	string(gatewayv1.GatewayReasonUnsupportedAddress), string(gatewayv1.GatewayReasonInvalidParameters),
}

// unsaid returns an object that is refused for what it says itself while no
// problem of it tells so: users would learn it after an apply, and not at plan.
func unsaid(result translate.Result) (resource.ID, translate.Condition, bool) {
	told, ofClients := map[resource.ID]bool{}, false
	for _, p := range result.Problems {
		told[p.ID] = true
		ofClients = ofClients || strings.HasPrefix(p.Path, "spec.tls.frontend")
	}
	for id, s := range result.Status.All() {
		if id.Kind == "ListenerSet" && ofClients { // whom it lets in, its Gateway says
			continue
		}
		all := slices.Clone(s.Conditions)
		for _, l := range s.Listeners {
			all = append(all, l.Conditions...)
		}
		for _, p := range s.Parents {
			all = append(all, p.Conditions...)
		}
		for _, c := range all {
			if c.Type == string(gatewayv1.RouteConditionAccepted) && !c.Status && slices.Contains(ownFaults, c.Reason) && !told[id] {
				return id, c, true
			}
		}
	}
	return resource.ID{}, translate.Condition{}, false
}

func TestWhatIsRefusedForItselfIsAProblem(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			if f.Name != "objects.yaml" {
				continue
			}
			if id, c, found := unsaid(translate.Translate(parse(t, f.Data))); found {
				t.Errorf("%s: %s is not accepted (%s: %s), and no problem says so", file, id, c.Reason, c.Message)
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		var objects []translate.Object
		for _, o := range rapid.SliceOfN(rapid.Custom(anyObject), 0, 12).Draw(t, "objects") {
			objects = append(objects, translate.Object{Object: o})
		}
		if id, c, found := unsaid(translate.Translate(objects)); found {
			t.Fatalf("%s is not accepted (%s: %s), and no problem says so", id, c.Reason, c.Message)
		}
	})
}
