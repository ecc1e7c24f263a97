package kinds

import (
	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/zclconf/go-cty/cty"
	runtime "k8s.io/apimachinery/pkg/runtime/schema"
)

var authorityObject = runtime.GroupVersionKind{Version: "v1", Kind: "ConfigMap"}

var certificateAuthority = &Kind{
	Name: "certificate_authority",
	Doc: "Certificates of authorities that are trusted: of backends or of clients. On an xDS server it is a file, which the server reads, and reads again when it changes. " +
		"On Kubernetes it is a ConfigMap that is there, with the certificates under the key `ca.crt`, and the block makes no object.",
	Example: `
certificate_authority "corp" { # on an xDS server
  file = "tls/corp-ca.crt"
}

certificate_authority "partner" { # on Kubernetes
  config_map = "partner-ca"
}`,
	Object: authorityObject,
	Named:  true,
	Schema: schema.Body{
		Attrs: withMetadata(
			schema.Attr{Name: "file", Type: cty.String, Doc: "Path of the certificates on the xDS server's machine: PEM, one or several. Not with `config_map`."},
			schema.Attr{Name: "config_map", Type: cty.String, Doc: "Name of a ConfigMap of the cluster, in `namespace`."},
		),
	},
	Identity: []string{"name", "namespace", "config_map"},
	Refer:    authorityMaterial.refer,
	Encode:   authorityMaterial.encode,
	Decode:   authorityMaterial.decode,
}

var authorityMaterial = material{
	block: "certificate_authority", object: authorityObject, named: "config_map",
	files:   []fileArgument{{"file", resource.AnnotationCAFile}},
	example: "file = \"tls/NAME.crt\"",
	create:  "kubectl create configmap NAME --from-file=ca.crt=NAME.crt",
}
