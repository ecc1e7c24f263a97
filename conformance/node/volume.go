//go:build linux

package node

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// mount writes the volumes of a Pod's first container below a folder, and
// returns what leads from the container's paths to there. It fails as long as
// something that a volume is made of is not there.
func (n *Node) mount(ctx context.Context, dir string, object *corev1.Pod) (*strings.Replacer, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	var moved []string
	for _, m := range object.Spec.Containers[0].VolumeMounts {
		for _, v := range object.Spec.Volumes {
			if v.Name != m.Name {
				continue
			}
			files, items, err := n.contents(ctx, object.Namespace, &v)
			if err != nil {
				return nil, err
			}
			into := filepath.Join(dir, v.Name)
			if err := write(into, files, items); err != nil {
				return nil, err
			}
			moved = append(moved, m.MountPath, into)
		}
	}
	return strings.NewReplacer(moved...), nil
}

// contents returns the files of a volume by key, and the paths of those that it
// picks.
func (n *Node) contents(ctx context.Context, namespace string, v *corev1.Volume) (map[string][]byte, []corev1.KeyToPath, error) {
	switch {
	case v.Secret != nil:
		secret, err := n.client.CoreV1().Secrets(namespace).Get(ctx, v.Secret.SecretName, metav1.GetOptions{})
		if err != nil {
			return nil, nil, err
		}
		return secret.Data, v.Secret.Items, nil
	case v.ConfigMap != nil:
		config, err := n.client.CoreV1().ConfigMaps(namespace).Get(ctx, v.ConfigMap.Name, metav1.GetOptions{})
		if err != nil {
			return nil, nil, err
		}
		files := map[string][]byte{}
		for key, text := range config.Data {
			files[key] = []byte(text)
		}
		return files, v.ConfigMap.Items, nil
	}
	return nil, nil, nil
}

func write(dir string, files map[string][]byte, items []corev1.KeyToPath) error {
	if items == nil {
		for key := range files {
			items = append(items, corev1.KeyToPath{Key: key, Path: key})
		}
	}
	for _, item := range items {
		path := filepath.Join(dir, item.Path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, files[item.Key], 0o600); err != nil {
			return err
		}
	}
	return nil
}
