package translate

import (
	"fmt"

	"github.com/gwctl/gwctl/internal/resource"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// certificate is a Secret: a certificate chain and its key.
type certificate struct {
	id                resource.ID
	certFile, keyFile string // paths for the server
	unusable          string // why it cannot be shown; "" if it can
	resource          *Resource
}

// authority is a ConfigMap: the certificates of authorities that are trusted.
type authority struct {
	id       resource.ID
	file     string
	unusable string
	resource *Resource
}

func decodeSecret(d *decoding, o Object) *certificate {
	for _, field := range []string{"data", "stringData"} {
		if _, ok := o.Object.Object[field]; ok {
			d.problem(field, "a Secret on the xDS server holds no keys: name files with the annotations %s and %s", resource.AnnotationCertFile, resource.AnnotationKeyFile)
		}
	}
	annotations := fileNames(d, o)
	if len(d.problems) > 0 {
		return &certificate{id: d.id, unusable: "it is not valid"}
	}
	c := &certificate{id: d.id, certFile: annotations[resource.AnnotationCertFile], keyFile: annotations[resource.AnnotationKeyFile], unusable: o.Unusable}
	if c.keyFile == "" {
		c.unusable = missing(d, resource.AnnotationKeyFile)
	}
	if c.certFile == "" {
		c.unusable = missing(d, resource.AnnotationCertFile)
	}
	return c
}

func decodeConfigMap(d *decoding, o Object) *authority {
	a := &authority{id: d.id, file: fileNames(d, o)[resource.AnnotationCAFile], unusable: o.Unusable}
	if a.file == "" {
		a.unusable = missing(d, resource.AnnotationCAFile)
	}
	return a
}

// fileNames returns the annotations of an object.
func fileNames(d *decoding, o Object) map[string]string {
	if path, ok := validText("metadata", o.Object.Object["metadata"]); !ok {
		d.problem(path, "text is not valid UTF-8")
		return nil
	}
	return o.Object.GetAnnotations()
}

func missing(d *decoding, annotation string) string {
	d.problem("metadata.annotations", "the annotation %s is missing: it names a file that the xDS server reads", annotation)
	return fmt.Sprintf("it has no annotation %s", annotation)
}

// listenerTLS says how a listener ends TLS.
type listenerTLS struct {
	refs []certificateRef
	// certificates is what the references lead to, found anew by each
	// translation; empty where the listener cannot show any.
	certificates []*certificate
	unresolved   Condition // says why a reference leads nowhere; zero if all lead somewhere
	// clients says how clients show who they are; nil where they need not.
	clients *clientValidation
}

// certificateRef refers to a Secret.
type certificateRef struct {
	path      string
	id        resource.ID
	supported bool // whether the kind of the object can be a certificate
}

func decodeListenerTLS(d *decoding, l *listener, path string, in *gatewayv1.ListenerTLSConfig) *listenerTLS {
	out := &listenerTLS{}
	if in == nil || len(in.CertificateRefs) == 0 {
		d.problem(path, "a listener that ends TLS shows a certificate: name one in certificateRefs")
		l.refuse(gatewayv1.ListenerReasonInvalidCertificateRef, "There is no certificate to show.")
		return out
	}
	if mode := value(in.Mode, gatewayv1.TLSModeTerminate); mode != gatewayv1.TLSModeTerminate {
		d.problem(path+".mode", "an HTTPS listener ends TLS: allowed is Terminate")
		l.refuse(gatewayv1.ListenerReasonUnsupportedValue, "An HTTPS listener ends TLS.")
	}
	if len(in.Options) > 0 {
		d.unsupported(path + ".options")
	}
	for i, ref := range in.CertificateRefs {
		out.refs = append(out.refs, newCertificateRef(d, index(path+".certificateRefs", i), ref))
	}
	return out
}

func newCertificateRef(d *decoding, path string, in gatewayv1.SecretObjectReference) certificateRef {
	r := certificateRef{path: path, id: resource.ID{
		Group: text(in.Group, ""), Kind: text(in.Kind, "Secret"),
		Namespace: text(in.Namespace, d.id.Namespace), Name: string(in.Name),
	}}
	r.supported = r.id.Group == "" && r.id.Kind == "Secret"
	return r
}

// resolve finds the certificates of a listener.
func (t *listenerTLS) resolve(inv *inventory, l *listener) {
	t.certificates, t.unresolved = nil, Condition{}
	for _, ref := range t.refs {
		c, reason, message := inv.certificate(l.Owner, ref)
		if c != nil {
			t.certificates = append(t.certificates, c)
		} else if t.unresolved.Type == "" { // the first one is reported
			t.unresolved = Condition{
				Type: string(gatewayv1.ListenerConditionResolvedRefs), Reason: string(reason),
				Message: fmt.Sprintf("%s: %s.", ref.path, message),
			}
		}
	}
	if t.clients != nil {
		t.clients.resolve(inv)
		if t.unresolved.Type == "" {
			t.unresolved = t.clients.unresolvedFor(l)
		}
	}
}

// origins lists the files that a listener shows and trusts.
func (t *listenerTLS) origins() []Origin {
	if t == nil {
		return nil
	}
	var out []Origin
	for _, c := range t.certificates {
		out = append(out, c.build().Origins()...)
	}
	if t.clients != nil && t.clients.authority != nil {
		out = append(out, t.clients.authority.build().Origins()...)
	}
	return out
}

// certificate follows a reference; what it finds can be shown.
func (inv *inventory) certificate(from resource.ID, ref certificateRef) (*certificate, gatewayv1.ListenerConditionReason, string) {
	if !ref.supported {
		return nil, gatewayv1.ListenerReasonInvalidCertificateRef, fmt.Sprintf("a %s cannot be a certificate: allowed is Secret", ref.id.Kind)
	}
	if !permits(inv.grants, from, ref.id) {
		return nil, gatewayv1.ListenerReasonRefNotPermitted, fmt.Sprintf("no ReferenceGrant in namespace %s permits a reference to %s", ref.id.Namespace, ref.id)
	}
	c := inv.certificates[ref.id]
	switch {
	case c == nil:
		return nil, gatewayv1.ListenerReasonInvalidCertificateRef, fmt.Sprintf("there is no %s", ref.id)
	case c.unusable != "":
		return nil, gatewayv1.ListenerReasonInvalidCertificateRef, fmt.Sprintf("%s: %s", ref.id, c.unusable)
	}
	return c, "", ""
}
