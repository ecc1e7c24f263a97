package kinds

import (
	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/zclconf/go-cty/cty"
	runtime "k8s.io/apimachinery/pkg/runtime/schema"
)

var certificateObject = runtime.GroupVersionKind{Version: "v1", Kind: "Secret"}

var certificate = &Kind{
	Name: "certificate",
	Doc: "A certificate with its key, as listeners and proxies show it. On an xDS server it is two files, which the server reads, and reads again when they change. " +
		"On Kubernetes it is a Secret of type `kubernetes.io/tls` that is there, and the block makes no object. gwctl itself reads neither: plans and states have names alone.",
	Example: `
certificate "wildcard" { # on an xDS server
  cert_file = "tls/wildcard.crt"
  key_file  = "tls/wildcard.key"
}

certificate "shop" { # on Kubernetes
  secret = "shop-tls"
}`,
	Object: certificateObject,
	Named:  true,
	Schema: schema.Body{
		Attrs: withMetadata(
			schema.Attr{Name: "cert_file", Type: cty.String, Doc: "Path of the certificate on the xDS server's machine: PEM, those of intermediate authorities behind it. With `key_file`, and not with `secret`."},
			schema.Attr{Name: "key_file", Type: cty.String, Doc: "Path of its key there."},
			schema.Attr{Name: "secret", Type: cty.String, Doc: "Name of a Secret of the cluster, in `namespace`. In another than the gateway's, a ReferenceGrant there has to permit it."},
		),
	},
	Identity: []string{"name", "namespace", "secret"},
	Refer:    certificateMaterial.refer,
	Encode:   certificateMaterial.encode,
	Decode:   certificateMaterial.decode,
}

var certificateMaterial = material{
	block: "certificate", object: certificateObject, named: "secret",
	files:   []fileArgument{{"cert_file", resource.AnnotationCertFile}, {"key_file", resource.AnnotationKeyFile}},
	fields:  map[string]any{"type": "kubernetes.io/tls"},
	example: "cert_file = \"tls/NAME.crt\" and key_file = \"tls/NAME.key\"",
	create:  "kubectl create secret tls NAME --cert=NAME.crt --key=NAME.key",
}
