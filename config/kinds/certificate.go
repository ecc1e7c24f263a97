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
	Doc: "A certificate with its key, for HTTPS listeners: a Secret of type `kubernetes.io/tls` that is there. The block makes no object, and gwctl does not read the Secret: " +
		"plans and states have its name alone. Of a Kubernetes cluster: an xDS server does not speak HTTPS yet.",
	Example: `
certificate "wildcard" {
  secret = "wildcard-tls"
}`,
	Object: certificateObject,
	Named:  true,
	Schema: schema.Body{
		Attrs: []schema.Attr{
			{Name: "secret", Type: cty.String, Required: true, Doc: "Name of the Secret."},
			{Name: "namespace", Type: cty.String, Default: "the provider block's, else \"default\"", Doc: "Namespace of the Secret. In another than the gateway's, a ReferenceGrant there has to permit it."},
		},
	},
	Identity: []string{"namespace", "secret"},
	Refer:    referCertificate,
	Encode:   encodeCertificate,
	Decode:   decodeCertificate,
}

func referCertificate(b *resource.Block, a resource.Address, in Scope) resource.Ref {
	ref := resource.Ref{Address: a, ID: resource.ID{Kind: certificateObject.Kind, Namespace: namespaceOf(b, in)}}
	if secret := argument(b, "secret"); secret != nil {
		ref.ID.Name, _ = secret.Value.(string)
	}
	return ref
}

func encodeCertificate(b *resource.Block, f *Fragment) {
	f.MakesNothing()
	if secret, a := f.text(b, "secret"); a != nil && secret == "" {
		f.Errorf(a.Range, "No Secret", "secret must name a Kubernetes Secret.")
	}
	if f.Scope.Provider == "xds" {
		f.Errorf(b.Range, "Certificate on an xDS server", "An xDS server does not speak HTTPS yet, and has no cluster to ask for Secrets. Remove the block, or have a Kubernetes provider serve the gateway.")
	}
}

// decodeCertificate shows which Secret it is, and nothing that it holds.
func decodeCertificate(o *resource.Object, names Names) (*resource.Block, error) {
	b := &resource.Block{Type: "certificate", Label: labelOf(o, names)}
	set(b, "secret", o.GetName())
	if ns := o.GetNamespace(); ns != "" {
		set(b, "namespace", ns)
	}
	return b, nil
}
