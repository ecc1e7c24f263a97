package kubernetes

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utilnet "k8s.io/apimachinery/pkg/util/net"
	authenticationclient "k8s.io/client-go/kubernetes/typed/authentication/v1"
	authorizationclient "k8s.io/client-go/kubernetes/typed/authorization/v1"
	"k8s.io/client-go/rest"
)

// Explain turns the error of a request for an access into one that says what
// to do, where there is more to say than the error does: the types of this
// file's neighbour, which wrap it. What concerns the object that was asked for
// (not found, conflict, invalid, refused by admission) is returned as it is.
func (c *Cluster) Explain(ctx context.Context, err error, a Access) error {
	switch {
	case err == nil || explained(err):
		return err
	case ctx.Err() != nil && errors.Is(err, ctx.Err()):
		return err
	case apierrors.IsUnauthorized(err):
		return &UnauthorizedError{Where: c.Where, Expired: c.clientCertificateEnd(), Err: err}
	case apierrors.IsForbidden(err):
		return c.explainForbidden(ctx, err, a)
	case apierrors.IsTooManyRequests(err), apierrors.IsServiceUnavailable(err), apierrors.IsServerTimeout(err), apierrors.IsTimeout(err):
		return &BusyError{Where: c.Where, Err: err}
	}
	if e, ok := errors.AsType[*url.Error](err); ok {
		return c.explainNoAnswer(e, err)
	}
	if e, ok := errors.AsType[*sentError](err); ok { // in the middle of an answer
		return &UnreachableError{Where: c.Where, Err: e}
	}
	return err
}

// explained reports whether an error has been through Explain.
func explained(err error) bool {
	return is[*UnauthorizedError](err) || is[*ForbiddenError](err) || is[*BusyError](err) ||
		is[*UnreachableError](err) || is[*CertificateError](err) || is[*CredentialsError](err)
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// explainForbidden asks the API server whether the account may do it: admission,
// quotas and namespaces that are on their way out forbid things as well.
func (c *Cluster) explainForbidden(ctx context.Context, err error, a Access) error {
	authorization, clientErr := authorizationclient.NewForConfigAndClient(c.Config, c.http)
	if clientErr != nil {
		return err
	}
	review := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{
		ResourceAttributes: &authorizationv1.ResourceAttributes{
			Verb: a.Verb, Group: a.Resource.Group, Resource: a.Resource.Resource, Namespace: a.Namespace, Name: a.Name,
		},
	}}
	answer, reviewErr := authorization.SelfSubjectAccessReviews().Create(ctx, review, metav1.CreateOptions{})
	if reviewErr == nil && answer.Status.Allowed {
		return err
	}
	e := &ForbiddenError{Where: c.Where, Access: a, Err: err}
	e.Account, reviewErr = account(ctx, c.Config, c.http)
	if as := c.Config.Impersonate.UserName; as != "" && apierrors.IsForbidden(reviewErr) {
		// Everybody may ask who they are: what is refused is to act as another.
		e.Access = impersonation(as)
		self := rest.CopyConfig(c.Config)
		self.Impersonate = rest.ImpersonationConfig{}
		if client, err := rest.HTTPClientFor(self); err == nil {
			defer utilnet.CloseIdleConnectionsFor(client.Transport)
			e.Account, _ = account(ctx, self, client)
		}
	}
	return e
}

// account returns the name by which the API server knows who asks.
func account(ctx context.Context, config *rest.Config, client *http.Client) (string, error) {
	authentication, err := authenticationclient.NewForConfigAndClient(config, client)
	if err != nil {
		return "", err
	}
	self, err := authentication.SelfSubjectReviews().Create(ctx, &authenticationv1.SelfSubjectReview{}, metav1.CreateOptions{})
	if err != nil {
		return "", err
	}
	return self.Status.UserInfo.Username, nil
}

// impersonation is what acting as a user needs.
func impersonation(as string) Access {
	if rest, ok := strings.CutPrefix(as, "system:serviceaccount:"); ok {
		namespace, name, _ := strings.Cut(rest, ":")
		return Access{Verb: "impersonate", Resource: schema.GroupResource{Resource: "serviceaccounts"}, Namespace: namespace, Name: name}
	}
	return Access{Verb: "impersonate", Resource: schema.GroupResource{Resource: "users"}, Name: as}
}

// explainNoAnswer tells apart why there was none.
func (c *Cluster) explainNoAnswer(e *url.Error, err error) error {
	if problem := certificateProblem(e); problem != "" {
		return &CertificateError{Where: c.Where, Problem: problem, Err: err}
	}
	if !is[*sentError](err) && !e.Timeout() {
		return c.explainCredentials(e)
	}
	return &UnreachableError{Where: c.Where, Err: e.Err}
}

func (c *Cluster) explainCredentials(e *url.Error) error {
	out := &CredentialsError{Where: c.Where, Err: e.Err}
	if plugin := c.Config.ExecProvider; plugin != nil {
		out.Command, out.Hint = plugin.Command, plugin.InstallHint
		_, lookErr := exec.LookPath(plugin.Command)
		out.Missing = lookErr != nil
	}
	return out
}

// certificateProblem says what is wrong with a certificate, "" for other errors.
func certificateProblem(err error) string {
	if e, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		if e.Reason != x509.Expired || e.Cert == nil {
			return e.Error()
		}
		if start := e.Cert.NotBefore; time.Now().Before(start) {
			return fmt.Sprintf("its certificate is valid from %s on only. Look at this machine's clock", start.UTC().Format(time.DateTime))
		}
		return fmt.Sprintf("its certificate expired on %s. Who administers the cluster can renew it", e.Cert.NotAfter.UTC().Format(time.DateOnly))
	}
	if is[x509.UnknownAuthorityError](err) {
		return "its certificate is signed by an authority that the kubeconfig does not know. If the cluster was made anew, get its new kubeconfig; else name the authority's file (certificate-authority, or the argument ca_file)"
	}
	if e, ok := errors.AsType[x509.HostnameError](err); ok {
		names := e.Certificate.DNSNames
		for _, ip := range e.Certificate.IPAddresses {
			names = append(names, ip.String())
		}
		return fmt.Sprintf("its certificate is for %s, and not for %s. Use one of these in the server's URL, or tls-server-name in the kubeconfig", strings.Join(names, ", "), e.Host)
	}
	if e, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return fmt.Sprintf("what listens there does not speak TLS (%s). Look at the server's URL: its port, and whether it is http://", e.Msg)
	}
	if e, ok := errors.AsType[*net.OpError](err); ok && e.Op == "remote error" {
		return fmt.Sprintf("it refuses this client's certificate (%v). Get a new kubeconfig", e.Err)
	}
	return ""
}

// clientCertificateEnd returns when the client certificate expired, zero where
// it did not or there is none.
func (c *Cluster) clientCertificateEnd() time.Time {
	data := c.Config.CertData
	if len(data) == 0 && c.Config.CertFile != "" {
		var err error
		if data, err = os.ReadFile(c.Config.CertFile); err != nil {
			return time.Time{}
		}
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return time.Time{}
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil || time.Now().Before(cert.NotAfter) {
		return time.Time{}
	}
	return cert.NotAfter
}
