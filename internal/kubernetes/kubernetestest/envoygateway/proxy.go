package envoygateway

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/gwctl/gwctl/internal/envoy"
)

// xdsHost is what the container asks for its configuration. In the sandbox
// nobody resolves names.
const xdsHost = "envoy-gateway." + Namespace + ".svc.cluster.local."

// runEnvoy runs what a Deployment's container would, with its arguments, but
// with the volumes in a folder of its own and without the ports that Envoy
// Gateway itself uses.
func (k *kubelet) runEnvoy(ctx context.Context, d *appsv1.Deployment) (*envoy.Process, error) {
	dir, err := os.MkdirTemp(k.dir, d.Name+"-")
	if err != nil {
		return nil, err
	}
	if err := writeSecret(ctx, k.client, "envoy", dir); err != nil {
		return nil, err
	}
	moved := strings.NewReplacer("/certs/", dir+"/", "/sds/", dir+"/", xdsHost, "127.0.0.1", strings.TrimSuffix(xdsHost, "."), "127.0.0.1",
		"$(ENVOY_POD_NAME)", d.Name+"-0", "$(ENVOY_POD_NAMESPACE)", Namespace, "$(ENVOY_SERVICE_ZONE)", "")
	config, err := k.client.CoreV1().ConfigMaps(Namespace).Get(ctx, d.Name, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	for name, text := range config.Data {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(moved.Replace(text)), 0o600); err != nil {
			return nil, err
		}
	}
	bootstrap, args, err := arguments(d, moved)
	if err != nil {
		return nil, err
	}
	return envoy.Start(context.WithoutCancel(ctx), envoy.Options{Bootstrap: bootstrap, Args: args})
}

// arguments takes the container's apart: the bootstrap, and the rest but for
// what only fits a container.
func arguments(d *appsv1.Deployment, moved *strings.Replacer) (bootstrap []byte, rest []string, err error) {
	for _, c := range d.Spec.Template.Spec.Containers {
		if c.Name != "envoy" {
			continue
		}
		for i := 0; i < len(c.Args); i++ {
			switch arg := c.Args[i]; arg {
			case "--cpuset-threads":
			case "--log-level":
				i++
			case "--config-yaml":
				i++
				if bootstrap, err = adapt(moved.Replace(c.Args[i])); err != nil {
					return nil, nil, err
				}
			default:
				rest = append(rest, moved.Replace(arg))
			}
		}
	}
	if bootstrap == nil {
		return nil, nil, fmt.Errorf("the Deployment %s has no container envoy with --config-yaml", d.Name)
	}
	return bootstrap, rest, nil
}

// adapt takes from a bootstrap the fixed ports of admin and statistics, which
// several Envoys cannot have.
func adapt(text string) ([]byte, error) {
	var bootstrap map[string]any
	if err := yaml.Unmarshal([]byte(text), &bootstrap); err != nil {
		return nil, err
	}
	bootstrap["admin"] = map[string]any{"address": map[string]any{"socket_address": map[string]any{"address": "127.0.0.1", "port_value": 0}}}
	if static, ok := bootstrap["static_resources"].(map[string]any); ok {
		delete(static, "listeners")
	}
	return yaml.Marshal(bootstrap)
}
