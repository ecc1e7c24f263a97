package kubernetes

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	_ "k8s.io/client-go/plugin/pkg/client/auth" // the providers of users that client-go knows
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/client-go/transport"
	"k8s.io/client-go/util/homedir"
)

// Connect finds the cluster that the options mean. It sends no request. Its
// errors are ErrNoCluster, *ContextError and *KubeconfigError.
func Connect(o Options) (*Cluster, error) {
	rules, err := loadingRules(o)
	if err != nil {
		return nil, err
	}
	overrides, err := overridesOf(o)
	if err != nil {
		return nil, err
	}
	loader := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, overrides)

	files := existing(rules.GetLoadingPrecedence())
	raw, err := loader.RawConfig()
	if err != nil {
		return nil, &KubeconfigError{Files: files, Err: err}
	}
	name := cmp.Or(o.Context, raw.CurrentContext)
	if err := checkContext(o, raw, name, files); err != nil {
		return nil, err
	}
	config, err := loader.ClientConfig()
	switch {
	case clientcmd.IsEmptyConfig(err) || errors.Is(err, rest.ErrNotInCluster):
		return nil, ErrNoCluster
	case err != nil:
		return nil, &KubeconfigError{Files: files, Err: err}
	}
	namespace, explicit, err := loader.Namespace()
	if err != nil {
		return nil, &KubeconfigError{Files: files, Err: err}
	}
	if !explicit && namespace == "default" {
		namespace = ""
	}
	if o.As != "" {
		// The Pod's own account does not take it from the overrides.
		config.Impersonate = rest.ImpersonationConfig{UserName: o.As, Groups: o.AsGroups}
	}
	// No limit of the client's own: workers are bounded, and the API server's
	// priority and fairness says when it is too much.
	config.QPS = -1
	config.UserAgent = cmp.Or(o.Agent, "gwctl")
	config.WarningHandler = rest.NoWarnings{}
	config.WrapTransport = transport.Wrappers(wrapTransport, config.WrapTransport)
	cluster, err := newCluster(config, whereOf(o, raw, name, config), namespace)
	if err != nil {
		return nil, &KubeconfigError{Files: files, Err: err}
	}
	return cluster, nil
}

// loadingRules look for kubeconfigs where kubectl does.
func loadingRules(o Options) (*clientcmd.ClientConfigLoadingRules, error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.MigrationRules = nil // gwctl copies nobody's files
	rules.WarnIfAllMissing = false
	rules.Precedence = []string{filepath.Join(homedir.HomeDir(), clientcmd.RecommendedHomeDir, clientcmd.RecommendedFileName)}
	for _, kv := range o.Environ {
		if list, ok := strings.CutPrefix(kv, clientcmd.RecommendedConfigPathEnvVar+"="); ok && list != "" {
			rules.Precedence = filepath.SplitList(list)
			if len(existing(rules.Precedence)) == 0 && o.Kubeconfig == "" {
				return nil, &KubeconfigError{Files: rules.Precedence, Missing: true}
			}
		}
	}
	if o.Kubeconfig == "" {
		return rules, nil
	}
	path, err := expand(o.Kubeconfig)
	if err != nil {
		return nil, err
	}
	rules.ExplicitPath = path
	if len(existing([]string{path})) == 0 {
		return nil, &KubeconfigError{Files: []string{path}, Missing: true}
	}
	return rules, nil
}

// overridesOf is what the options say instead of the context.
func overridesOf(o Options) (*clientcmd.ConfigOverrides, error) {
	token, err := expand(o.Token)
	if err != nil {
		return nil, err
	}
	ca, err := expand(o.CA)
	if err != nil {
		return nil, err
	}
	overrides := &clientcmd.ConfigOverrides{CurrentContext: o.Context}
	overrides.ClusterInfo.Server, overrides.ClusterInfo.CertificateAuthority = o.Server, ca
	overrides.AuthInfo.TokenFile = token
	overrides.AuthInfo.Impersonate, overrides.AuthInfo.ImpersonateGroups = o.As, o.AsGroups
	return overrides, nil
}

// existing leaves out the files that are not there.
func existing(files []string) []string {
	return slices.DeleteFunc(slices.Clone(files), func(file string) bool {
		_, err := os.Stat(file)
		return errors.Is(err, fs.ErrNotExist)
	})
}

// expand replaces ~ at the beginning of a path by the home folder, as shells do.
func expand(path string) (string, error) {
	rest, ok := strings.CutPrefix(path, "~")
	if !ok || rest != "" && !os.IsPathSeparator(rest[0]) {
		return path, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("the path %s cannot be followed: %w", path, err)
	}
	return filepath.Join(home, rest), nil
}

// checkContext says what contexts there are, and what one lacks, which client-go
// does not.
func checkContext(o Options, raw clientcmdapi.Config, name string, files []string) error {
	known := slices.Sorted(maps.Keys(raw.Contexts))
	switch {
	case name != "" && raw.Contexts[name] == nil:
		return &ContextError{Context: name, Known: known, Files: files}
	case name == "" && len(known) > 0 && o.Server == "":
		return &ContextError{Known: known, Files: files}
	case name == "":
		return nil
	}
	// Without its cluster client-go would take a Pod's own one.
	context := raw.Contexts[name]
	if raw.Clusters[context.Cluster] == nil && o.Server == "" {
		return &KubeconfigError{Files: files, Err: fmt.Errorf("its context %s names the cluster %q, which is not there", name, context.Cluster)}
	}
	if raw.AuthInfos[context.AuthInfo] == nil && context.AuthInfo != "" {
		return &KubeconfigError{Files: files, Err: fmt.Errorf("its context %s names the user %q, who is not there", name, context.AuthInfo)}
	}
	return nil
}

// whereOf says which server is meant. The file is the one that names the
// cluster: a context may be in another.
func whereOf(o Options, raw clientcmdapi.Config, name string, config *rest.Config) Where {
	w := Where{Server: config.Host, Context: name}
	if o.Server != "" || raw.Contexts[name] == nil {
		w.Context = ""
		return w
	}
	if cluster := raw.Clusters[raw.Contexts[name].Cluster]; cluster != nil {
		w.Kubeconfig = cluster.LocationOfOrigin
	}
	return w
}
