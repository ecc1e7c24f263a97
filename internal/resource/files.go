package resource

import "strings"

// Annotations of Secrets and ConfigMaps on an xDS server: they name files that
// the server reads, so that no object holds a key.
const (
	AnnotationCertFile = FilePrefix + "cert-file"
	AnnotationKeyFile  = FilePrefix + "key-file"
	AnnotationCAFile   = FilePrefix + "ca-file"

	FilePrefix = "tls.gwctl.dev/"
)

// NamesFiles reports whether an object stands for files of an xDS server.
func NamesFiles(o *Object) bool {
	for key := range o.GetAnnotations() {
		if strings.HasPrefix(key, FilePrefix) {
			return true
		}
	}
	return false
}
