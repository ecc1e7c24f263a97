package controller

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/gwctl/gwctl/internal/certificate"
	"github.com/gwctl/gwctl/internal/resource"
)

// material is a folder with what Secrets and ConfigMaps have in them, as the
// files that translation wants named. A file is named after its content:
// another content is another file.
type material struct{ dir string }

// annotated returns a Secret or a ConfigMap as translation takes it, without
// its data, and why that cannot be used.
func (m material) annotated(o *unstructured.Unstructured) (_ *unstructured.Unstructured, unusable string, _ error) {
	out := &unstructured.Unstructured{Object: maps.Clone(o.Object)}
	for _, field := range []string{"data", "binaryData", "stringData"} {
		delete(out.Object, field)
	}
	files := map[string]string{} // by annotation
	switch data, _, _ := unstructured.NestedStringMap(o.Object, "data"); o.GetKind() {
	case "Secret":
		chain, key := decoded(data["tls.crt"]), decoded(data["tls.key"])
		if _, err := certificate.CheckPair(chain, key, time.Now()); err != nil {
			unusable = err.Error()
		}
		for annotation, content := range map[string][]byte{resource.AnnotationCertFile: chain, resource.AnnotationKeyFile: key} {
			path, err := m.file(content)
			if err != nil {
				return nil, "", err
			}
			files[annotation] = path
		}
	case "ConfigMap":
		bundle := []byte(data["ca.crt"])
		if _, err := certificate.CheckAuthorities(bundle, time.Now()); err != nil {
			unusable = err.Error()
		}
		path, err := m.file(bundle)
		if err != nil {
			return nil, "", err
		}
		files[resource.AnnotationCAFile] = path
	}
	metadata, _, _ := unstructured.NestedMap(o.Object, "metadata")
	annotations := map[string]any{}
	for name, path := range files {
		annotations[name] = path
	}
	metadata["annotations"] = annotations
	out.Object["metadata"] = metadata
	return out, unusable, nil
}

// decoded is empty for what is no base64: the API server lets none in.
func decoded(text string) []byte {
	b, _ := base64.StdEncoding.DecodeString(text)
	return b
}

func (m material) file(content []byte) (string, error) {
	sum := sha256.Sum256(content)
	path := filepath.Join(m.dir, hex.EncodeToString(sum[:16])+".pem")
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		return "", fmt.Errorf("keep what is in a Secret or ConfigMap: %w", err)
	}
	return path, nil
}
