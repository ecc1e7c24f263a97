package attachment_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/gwctl/gwctl/internal/attachment"
	"github.com/gwctl/gwctl/internal/resource"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/yaml"
)

func object(t testing.TB, text string) *resource.Object {
	t.Helper()
	o := &resource.Object{}
	if err := yaml.Unmarshal([]byte(text), &o.Object); err != nil {
		t.Fatal(err)
	}
	return o
}

const gateway = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: public, namespace: infra}
spec:
  gatewayClassName: gwctl
  listeners:
  - {name: same, port: 80, protocol: HTTP}
  - {name: all, port: 81, protocol: HTTP, hostname: "*.Example.com", allowedRoutes: {namespaces: {from: All}}}
  - {name: team, port: 82, protocol: HTTPS, allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {team: shop}}}}}
  - {name: named, port: 83, protocol: HTTP, allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {kubernetes.io/metadata.name: shop}}}}}
  - {name: none, port: 84, protocol: HTTP, allowedRoutes: {namespaces: {from: None}}}
  - {name: grpc, port: 85, protocol: HTTP, allowedRoutes: {kinds: [{kind: GRPCRoute}], namespaces: {from: All}}}
  - {name: raw, port: 86, protocol: TCP, allowedRoutes: {namespaces: {from: All}}}
  - {name: broken, port: 87, protocol: HTTP, allowedRoutes: {namespaces: {from: Selector, selector: {matchExpressions: [{key: a, operator: Near}]}}}}
`

const route = `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: orders, namespace: NAMESPACE}
spec:
  hostnames: [HOSTS]
  parentRefs:
  - {name: public, namespace: infra, PARENT}
`

func TestListenersTakeRoutesByTheRules(t *testing.T) {
	everywhere := "NotMeant NotMeant NotMeant NotMeant NotMeant NotMeant NotMeant NotMeant"
	tests := []struct {
		name                     string
		namespace, hosts, parent string
		labels                   labels.Set
		want                     string // by listener
	}{
		{
			"of the gateway's namespace", "infra", "a.example.com", "", nil,
			"Attached Attached WrongNamespace WrongNamespace WrongNamespace WrongKind WrongKind WrongNamespace",
		},
		{
			"of a namespace that a selector means", "shop", "a.example.com", "",
			labels.Set{"team": "shop"},
			"WrongNamespace Attached Attached Attached WrongNamespace WrongKind WrongKind WrongNamespace",
		},
		{
			"of a namespace without labels", "other", "a.example.com", "", nil,
			"WrongNamespace Attached WrongNamespace WrongNamespace WrongNamespace WrongKind WrongKind WrongNamespace",
		},
		{
			"whose label claims another name", "other", "a.example.com", "",
			labels.Set{"kubernetes.io/metadata.name": "shop"},
			"WrongNamespace Attached WrongNamespace WrongNamespace WrongNamespace WrongKind WrongKind WrongNamespace",
		},
		{
			"of other hosts", "infra", "a.example.org", "", nil,
			"Attached NoHostname WrongNamespace WrongNamespace WrongNamespace WrongKind WrongKind WrongNamespace",
		},
		{
			"of any host", "infra", "", "", nil,
			"Attached Attached WrongNamespace WrongNamespace WrongNamespace WrongKind WrongKind WrongNamespace",
		},
		{"at one listener", "infra", "", "sectionName: same", nil, "Attached" + strings.Repeat(" NotMeant", 7)},
		{"at one port", "infra", "", "port: 81", nil, "NotMeant Attached" + strings.Repeat(" NotMeant", 6)},
		{"at a listener on another port", "infra", "", "sectionName: same, port: 81", nil, everywhere},
		{"at a listener that is not there", "infra", "", "sectionName: typo", nil, everywhere},
	}
	listeners, err := attachment.Listeners(object(t, gateway))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := strings.NewReplacer("NAMESPACE", tt.namespace, "HOSTS", tt.hosts, ", PARENT", comma(tt.parent)).Replace(route)
			r, parents, err := attachment.RouteOf(object(t, text))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, l := range listeners {
				_, outcome := attachment.At(l, r, parents[0].Parent, func(string) labels.Set { return tt.labels })
				got = append(got, names[outcome])
			}
			if strings.Join(got, " ") != tt.want {
				t.Errorf("the outcomes are\n%s, and not\n%s", strings.Join(got, " "), tt.want)
			}
		})
	}
}

var names = map[attachment.Outcome]string{
	attachment.NotMeant: "NotMeant", attachment.WrongKind: "WrongKind", attachment.WrongNamespace: "WrongNamespace",
	attachment.NoHostname: "NoHostname", attachment.Attached: "Attached",
}

func comma(s string) string {
	if s == "" {
		return ""
	}
	return ", " + s
}

func TestHostsInCommonAreThoseOfTheMoreSpecific(t *testing.T) {
	listeners, err := attachment.Listeners(object(t, gateway))
	if err != nil {
		t.Fatal(err)
	}
	r, parents, err := attachment.RouteOf(object(t, strings.NewReplacer("NAMESPACE", "infra", "HOSTS", `"A.example.com.", "*.b.example.com", "c.org"`, ", PARENT", "").Replace(route)))
	if err != nil {
		t.Fatal(err)
	}
	if want := (resource.ID{Group: attachment.Group, Kind: "Gateway", Namespace: "infra", Name: "public"}); parents[0].To != want {
		t.Errorf("the parent is %v", parents[0].To)
	}
	hosts, _ := attachment.At(listeners[1], r, parents[0].Parent, nil)
	want := []attachment.Host{{Own: "a.example.com", Common: "a.example.com"}, {Own: "*.b.example.com", Common: "*.b.example.com"}}
	if !reflect.DeepEqual(hosts, want) {
		t.Errorf("the hosts are %v", hosts)
	}
}

func TestRequestsGoToTheMostSpecificListenerOfAPort(t *testing.T) {
	all := []*attachment.Listener{
		{Name: "any", Port: 80},
		{Name: "wild", Port: 80, Hostname: "*.example.com"},
		{Name: "exact", Port: 80, Hostname: "a.example.com"},
		{Name: "other port", Port: 81, Hostname: "a.example.com"},
	}
	tests := []struct {
		listener int
		host     string
		want     *attachment.Listener
	}{
		{0, "a.example.com", all[2]},
		{0, "b.example.com", all[1]},
		{0, "example.org", nil},
		{1, "a.example.com", all[2]},
		{1, "*.example.com", nil},
		{2, "a.example.com", nil},
		{3, "a.example.com", nil},
	}
	for _, tt := range tests {
		if got := attachment.Before(all[tt.listener], all, tt.host); got != tt.want {
			t.Errorf("before %s comes for %s: %v", all[tt.listener].Name, tt.host, got)
		}
	}
}

func TestObjectsOfAnotherFormAreErrors(t *testing.T) {
	if _, err := attachment.Listeners(object(t, `{kind: Gateway, metadata: {name: x}, spec: {listeners: 7}}`)); err == nil {
		t.Error("a number was read as listeners")
	}
	if _, _, err := attachment.RouteOf(object(t, `{kind: HTTPRoute, metadata: {name: x}, spec: {hostnames: {a: b}}}`)); err == nil {
		t.Error("a map was read as hostnames")
	}
	if listeners, err := attachment.Listeners(object(t, `{kind: Gateway, metadata: {name: x}}`)); err != nil || len(listeners) != 0 {
		t.Errorf("an empty Gateway gave %v, %v", listeners, err)
	}
}
