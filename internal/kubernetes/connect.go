package kubernetes

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	_ "k8s.io/client-go/plugin/pkg/client/auth" // the providers of users that client-go knows
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// timeout bounds one request; watches end with their context.
const timeout = 30 * time.Second

// ContextError says that the kubeconfig has no such context.
type ContextError struct {
	Context string
	Known   []string
	Files   []string
}

func (e *ContextError) Error() string {
	if e.Context == "" {
		return fmt.Sprintf("%s has no current context: say which one with context = \"...\"; there are: %s", strings.Join(e.Files, ", "), strings.Join(e.Known, ", "))
	}
	if len(e.Known) == 0 {
		return fmt.Sprintf("there is no context %q: %s has none", e.Context, strings.Join(e.Files, ", "))
	}
	return fmt.Sprintf("there is no context %q in %s; there are: %s", e.Context, strings.Join(e.Files, ", "), strings.Join(e.Known, ", "))
}

// ErrNoCluster says that nothing names a cluster.
var ErrNoCluster = errors.New("there is no kubeconfig and no cluster around: set KUBECONFIG, or kubeconfig = \"...\" in the provider block")

// Connect finds the cluster that the options mean. It sends no request.
func Connect(o Options) (*Cluster, error) {
	rules := loadingRules(o)
	overrides := &clientcmd.ConfigOverrides{CurrentContext: o.Context}
	overrides.ClusterInfo.Server, overrides.ClusterInfo.CertificateAuthority = o.Server, o.CA
	overrides.AuthInfo.TokenFile = o.Token
	overrides.AuthInfo.Impersonate, overrides.AuthInfo.ImpersonateGroups = o.As, o.AsGroups
	loader := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, overrides)

	raw, err := loader.RawConfig()
	if err != nil {
		return nil, fmt.Errorf("read the kubeconfig: %w", err)
	}
	name := cmp.Or(o.Context, raw.CurrentContext)
	if err := checkContext(o, raw, name, rules); err != nil {
		return nil, err
	}
	config, err := loader.ClientConfig()
	switch {
	case clientcmd.IsEmptyConfig(err) || errors.Is(err, rest.ErrNotInCluster):
		return nil, ErrNoCluster
	case err != nil:
		return nil, fmt.Errorf("the kubeconfig cannot be used: %w", err)
	}
	namespace, explicit, err := loader.Namespace()
	if err != nil {
		return nil, fmt.Errorf("the kubeconfig cannot be used: %w", err)
	}
	if !explicit && namespace == "default" {
		namespace = ""
	}
	// No limit of the client's own: workers are bounded, and the API server's
	// priority and fairness says when it is too much.
	config.QPS = -1
	config.Timeout = timeout
	config.UserAgent = cmp.Or(o.Agent, "gwctl")
	config.WarningHandler = rest.NoWarnings{}
	where := config.Host
	if name != "" {
		where = fmt.Sprintf("context %s (%s)", name, config.Host)
	}
	return newCluster(config, where, namespace)
}

// loadingRules look for kubeconfigs where kubectl does.
func loadingRules(o Options) *clientcmd.ClientConfigLoadingRules {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	for _, kv := range o.Environ {
		if list, ok := strings.CutPrefix(kv, clientcmd.RecommendedConfigPathEnvVar+"="); ok && list != "" {
			rules.Precedence = filepath.SplitList(list)
		}
	}
	rules.ExplicitPath = o.Kubeconfig
	return rules
}

// checkContext says what contexts there are, which client-go does not.
func checkContext(o Options, raw clientcmdapi.Config, name string, rules *clientcmd.ClientConfigLoadingRules) error {
	known := slices.Sorted(maps.Keys(raw.Contexts))
	files := rules.GetLoadingPrecedence()
	switch {
	case name != "" && raw.Contexts[name] == nil:
		return &ContextError{Context: name, Known: known, Files: files}
	case name == "" && len(known) > 0 && o.Server == "":
		return &ContextError{Known: known, Files: files}
	}
	return nil
}

// IsMissing reports whether a kubeconfig that was named is not there.
func IsMissing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
