package config

import (
	"slices"

	"github.com/gwctl/gwctl/config/kinds"
	"github.com/gwctl/gwctl/config/schema"
	"github.com/zclconf/go-cty/cty"
)

// defaultServer is where gwctl xds serve listens if it is not told otherwise.
const defaultServer = "http://127.0.0.1:18001"

// defaultNamespace is that of objects where nobody names one.
const defaultNamespace = "default"

// stateFile is the state's file in the configuration's folder where no state
// block says otherwise.
const stateFile = "gwctl.state.json"

// connection is how a block says which cluster is meant, and who asks.
var connection = []schema.Attr{
	{Name: "context", Type: cty.String, Default: "the current one", Doc: "Context in the kubeconfig."},
	{Name: "kubeconfig", Type: cty.String, Default: "`$KUBECONFIG`, `~/.kube/config`, the Pod's own cluster", Doc: "Path of the kubeconfig."},
	{Name: "server", Type: cty.String, Default: "the context's", Doc: "URL of the API server: `https://10.0.0.1:6443`."},
	{Name: "ca_file", Type: cty.String, Default: "the context's", Doc: "Path of the certificate authorities that the server's certificate is checked with."},
	{Name: "token_file", Type: cty.String, Default: "the context's user", Doc: "Path of a file with the bearer token to use; it is read again as it changes."},
	{Name: "as", Type: cty.String, Doc: "User to act as, for an account that may impersonate: `jane`, `system:serviceaccount:ci:gwctl`."},
	{Name: "as_groups", Type: cty.List(cty.String), Doc: "Groups to act as a member of, besides `as`."},
}

// providerTypes describes the provider blocks by the type in their label.
var providerTypes = []schema.Block{
	{
		Type: "xds",
		Doc:  "gwctl's own xDS server, and the Envoys that it feeds.",
		Body: schema.Body{Attrs: []schema.Attr{
			{Name: "server", Type: cty.String, Default: `"` + defaultServer + `"`, Doc: "Address of the server's admin API."},
			{Name: "namespace", Type: cty.String, Default: `"` + defaultNamespace + `"`, Doc: "Namespace of blocks that name none."},
			{Name: "class", Type: cty.String, Default: `"gwctl"`, Doc: "Class of gateways that name none."},
		}},
	},
	{
		Type: "kubernetes",
		Doc: "A Kubernetes cluster with a Gateway API controller, Envoy Gateway for `backend` blocks. Which cluster is meant, and who asks, is found as kubectl finds it: exec plugins, tokens, certificates and the Pod that gwctl runs in all work. " +
			"Several clusters are several blocks, each with an `alias`. Paths start at the configuration's folder.",
		Body: schema.Body{Attrs: slices.Concat(connection, []schema.Attr{
			{Name: "namespace", Type: cty.String, Default: `"` + defaultNamespace + `"`, Doc: "Namespace of blocks that name none. The context's own does not count: objects have the same names without a cluster."},
			{Name: "class", Type: cty.String, Doc: "GatewayClass of gateways that name none. Without it each gateway names its own."},
		})},
	},
}

// stateTypes describes the state blocks by the type in their label.
var stateTypes = []schema.Block{
	{
		Type: "file",
		Doc:  "A file, for one person or a pipeline that keeps it.",
		Body: schema.Body{Attrs: []schema.Attr{
			{Name: "path", Type: cty.String, Default: `"` + stateFile + `"`, Doc: "Path, from the configuration's folder."},
		}},
	},
	{
		Type: "kubernetes",
		Doc: "A Secret in a cluster, for a team: `gwctl-state-OWNER`, with the Lease `gwctl-OWNER` for who is working on it. A state that is too large for one Secret has more of them beside it. " +
			"The account needs `get`, `list`, `create`, `update` and `delete` on `secrets`, and `get`, `create`, `update` and `delete` on `leases` of `coordination.k8s.io`, in this namespace.",
		Body: schema.Body{Attrs: slices.Concat(connection, []schema.Attr{
			{Name: "namespace", Type: cty.String, Default: `"` + defaultNamespace + `"`, Doc: "Namespace of the Secret and the Lease. The context's own does not count: all who share the state find it in one place."},
		})},
	},
}

// classes are the classes of gateways where the provider block names none.
var classes = map[string]string{"xds": "gwctl"}

// ScopeOf returns what a provider block says for all blocks it applies.
func ScopeOf(p Target) kinds.Scope {
	scope := kinds.Scope{Namespace: p.Text("namespace"), Provider: p.Type, Class: p.Text("class")}
	if scope.Namespace == "" {
		scope.Namespace = defaultNamespace
	}
	if scope.Class == "" {
		scope.Class = classes[p.Type]
	}
	return scope
}

// typeNames lists the labels that a state or provider block may have.
func typeNames(types []schema.Block) []string {
	names := make([]string, len(types))
	for i, t := range types {
		names[i] = t.Type
	}
	return names
}

func typeOf(types []schema.Block, name string) (schema.Block, bool) {
	i := slices.IndexFunc(types, func(b schema.Block) bool { return b.Type == name })
	if i < 0 {
		return schema.Block{}, false
	}
	return types[i], true
}
