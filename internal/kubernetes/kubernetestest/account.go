package kubernetestest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// contextName is what all kubeconfigs call their cluster, user and context.
const contextName = "test"

// Account is somebody who talks to the API server. The zero value is the
// administrator.
type Account struct {
	// Name is the user's, or with Token the service account's.
	Name string
	// Namespace is the context's, where Rules hold. Without it they hold
	// everywhere.
	Namespace string
	// Rules say what the account may do, as "VERBS RESOURCES" with commas in
	// between: "get,list httproutes.gateway.networking.k8s.io,services".
	Rules []string
	// ClusterRules hold everywhere.
	ClusterRules []string
	// Token makes a service account, which has a token in place of a
	// certificate.
	Token bool
	// Expired makes the certificate one that ran out an hour ago.
	Expired bool
}

// Kubeconfig returns the path of the administrator's kubeconfig.
func (c *ControlPlane) Kubeconfig() string { return c.kubeconfig }

// KubeconfigFor makes an account and returns the path of its kubeconfig.
func (c *ControlPlane) KubeconfigFor(t testing.TB, a Account) string {
	t.Helper()
	path, err := c.account(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// account makes an account and returns the path of its kubeconfig.
func (c *ControlPlane) account(ctx context.Context, a Account) (string, error) {
	if err := c.grant(ctx, a); err != nil {
		return "", err
	}
	config, err := c.config(a)
	if err == nil && a.Token {
		err = c.useToken(ctx, a, config)
	}
	if err != nil {
		return "", err
	}
	return c.writeKubeconfig("account", config)
}

// config makes a kubeconfig in which everything is embedded.
func (c *ControlPlane) config(a Account) (*clientcmdapi.Config, error) {
	name, groups := a.Name, []string(nil)
	if name == "" {
		name, groups = "admin", []string{"system:masters"}
	}
	user := clientcmdapi.NewAuthInfo()
	if !a.Token {
		pair, err := c.authority.client(name, groups, a.Expired)
		if err != nil {
			return nil, err
		}
		user.ClientCertificateData, user.ClientKeyData = pair.certificate, pair.key
	}
	config := clientcmdapi.NewConfig()
	config.Clusters[contextName] = &clientcmdapi.Cluster{Server: c.URL(), CertificateAuthorityData: c.authority.pem}
	config.AuthInfos[contextName] = user
	config.Contexts[contextName] = &clientcmdapi.Context{Cluster: contextName, AuthInfo: contextName, Namespace: a.Namespace}
	config.CurrentContext = contextName
	return config, nil
}

func (c *ControlPlane) writeKubeconfig(name string, config *clientcmdapi.Config) (string, error) {
	dir, err := os.MkdirTemp(c.dir, name+"-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "kubeconfig")
	return path, clientcmd.WriteToFile(*config, path)
}

// loadKubeconfig reads a kubeconfig that was written here.
func loadKubeconfig(path string) (*rest.Config, *clientcmdapi.Config, error) {
	raw, err := clientcmd.LoadFromFile(path)
	if err != nil {
		return nil, nil, err
	}
	config, err := restConfig(raw)
	return config, raw, err
}

func restConfig(config *clientcmdapi.Config) (*rest.Config, error) {
	out, err := clientcmd.NewDefaultClientConfig(*config, nil).ClientConfig()
	if err != nil {
		return nil, err
	}
	out.QPS = -1
	out.UserAgent = "kubernetestest"
	out.WarningHandler = rest.NoWarnings{}
	return out, nil
}

// useToken makes the service account's token the kubeconfig's credential.
func (c *ControlPlane) useToken(ctx context.Context, a Account, config *clientcmdapi.Config) error {
	namespace := a.home()
	account := fmt.Sprintf("apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: %s, namespace: %s}\n", a.Name, namespace)
	if err := c.client.apply(ctx, "kubernetestest", account); err != nil {
		return err
	}
	token, err := c.client.token(ctx, namespace, a.Name)
	config.AuthInfos[contextName].Token = token
	return err
}

// home is where a service account lives.
func (a Account) home() string {
	if a.Namespace == "" {
		return "default"
	}
	return a.Namespace
}

// grant writes the roles of an account and binds them to it.
func (c *ControlPlane) grant(ctx context.Context, a Account) error {
	rules, clusterRules := a.Rules, a.ClusterRules
	if a.Namespace == "" {
		rules, clusterRules = nil, slices.Concat(a.ClusterRules, a.Rules)
	}
	for _, g := range []struct {
		kind, namespace string
		rules           []string
	}{{"Role", a.Namespace, rules}, {"ClusterRole", "", clusterRules}} {
		if len(g.rules) == 0 {
			continue
		}
		role, binding, err := a.role(g.kind, g.namespace, g.rules)
		if err != nil {
			return err
		}
		for _, o := range []*unstructured.Unstructured{role, binding} {
			if err := c.client.applyObject(ctx, "kubernetestest", o); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a Account) role(kind, namespace string, rules []string) (role, binding *unstructured.Unstructured, err error) {
	var list []any
	for _, text := range rules {
		rule, err := parseRule(text)
		if err != nil {
			return nil, nil, err
		}
		list = append(list, rule...)
	}
	name := "test:" + a.Name + ":" + a.Namespace
	metadata := map[string]any{"name": name}
	if namespace != "" {
		metadata["namespace"] = namespace
	}
	const group = "rbac.authorization.k8s.io"
	subject := map[string]any{"apiGroup": group, "kind": "User", "name": a.Name}
	if a.Token {
		subject = map[string]any{"kind": "ServiceAccount", "name": a.Name, "namespace": a.home()}
	}
	role = &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": group + "/v1", "kind": kind, "metadata": metadata, "rules": list,
	}}
	binding = &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": group + "/v1", "kind": kind + "Binding", "metadata": metadata,
		"roleRef":  map[string]any{"apiGroup": group, "kind": kind, "name": name},
		"subjects": []any{subject},
	}}
	return role, binding, nil
}

// parseRule reads "get,list httproutes.gateway.networking.k8s.io,services".
func parseRule(text string) ([]any, error) {
	fields := strings.Fields(text)
	if len(fields) != 2 {
		return nil, fmt.Errorf("the rule %q is not \"VERBS RESOURCES\"", text)
	}
	var verbs, rules []any
	for verb := range strings.SplitSeq(fields[0], ",") {
		verbs = append(verbs, verb)
	}
	for resource := range strings.SplitSeq(fields[1], ",") {
		name, group, _ := strings.Cut(resource, ".")
		rules = append(rules, map[string]any{"verbs": verbs, "apiGroups": []any{group}, "resources": []any{name}})
	}
	return rules, nil
}
