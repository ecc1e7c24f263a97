package kubernetes_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/gwctl/gwctl/internal/kubernetes"
	"github.com/gwctl/gwctl/internal/kubernetes/kubernetestest"
)

var services = schema.GroupVersionResource{Version: "v1", Resource: "services"}

// list asks for the services of a namespace, and explains what goes wrong.
func list(t *testing.T, c *kubernetes.Cluster, namespace string) error {
	t.Helper()
	_, err := c.Dynamic().Resource(services).Namespace(namespace).List(t.Context(), metav1.ListOptions{})
	return c.Explain(t.Context(), err, kubernetes.Access{
		Verb: "list", Resource: services.GroupResource(), Namespace: namespace, Needs: []string{"get", "list", "watch"},
	})
}

// edited is a copy of a kubeconfig with something changed in it.
func edited(t *testing.T, path string, edit func(*clientcmdapi.Config, *clientcmdapi.Cluster, *clientcmdapi.AuthInfo)) string {
	t.Helper()
	config, err := clientcmd.LoadFromFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := config.Contexts[config.CurrentContext]
	edit(config, config.Clusters[at.Cluster], config.AuthInfos[at.AuthInfo])
	out := filepath.Join(t.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*config, out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestForbiddenNamesTheAccountAndTheRule(t *testing.T) {
	plane := kubernetestest.Shared(t)
	namespace := plane.Namespace(t)
	path := plane.KubeconfigFor(t, kubernetestest.Account{Name: "nosy", Namespace: namespace})
	err := list(t, connect(t, kubernetes.Options{Kubeconfig: path}), namespace)
	e := wantError[*kubernetes.ForbiddenError](t, err, `the account "nosy" may not list services in the namespace `+namespace,
		"(context test in "+path+")", "in a Role", `{apiGroups: [""], resources: ["services"], verbs: [get, list, watch]}`)
	if e.Account != "nosy" || e.Verb != "list" || e.Namespace != namespace || !apierrors.IsForbidden(err) {
		t.Errorf("it is %+v", e)
	}
	err = list(t, connect(t, kubernetes.Options{Kubeconfig: path}), "")
	wantError[*kubernetes.ForbiddenError](t, err, "may not list services in the whole cluster", "in a ClusterRole")
}

func TestWhatAdmissionForbidsIsNoMissingRule(t *testing.T) {
	plane := kubernetestest.Shared(t)
	namespace := plane.Namespace(t)
	plane.Create(t, "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: none, namespace: "+namespace+"}\nspec: {hard: {services: 0}}\n")
	plane.Patch(t, "test", "resourcequota", namespace, "none", `{status: {hard: {services: "0"}, used: {services: "0"}}}`, "status")
	c := connect(t, kubernetes.Options{Kubeconfig: plane.Kubeconfig()})
	err := errors.New("not tried")
	for ctx := t.Context(); ctx.Err() == nil; {
		service := object("v1", "Service", namespace, "x")
		service.Object["spec"] = map[string]any{"ports": []any{map[string]any{"port": int64(80)}}}
		_, err = c.Dynamic().Resource(services).Namespace(namespace).Create(ctx, service, metav1.CreateOptions{DryRun: []string{"All"}})
		if err != nil {
			break
		}
	}
	explained := c.Explain(t.Context(), err, kubernetes.Access{Verb: "create", Resource: services.GroupResource(), Namespace: namespace})
	if !apierrors.IsForbidden(err) || !errors.Is(explained, err) || explained.Error() != err.Error() {
		t.Errorf("%v is explained as %v", err, explained)
	}
}

func TestImpersonationIsAskedFor(t *testing.T) {
	plane := kubernetestest.Shared(t)
	namespace := plane.Namespace(t)
	c := connect(t, kubernetes.Options{Kubeconfig: plane.Kubeconfig(), As: "jane", AsGroups: []string{"ops"}})
	wantError[*kubernetes.ForbiddenError](t, list(t, c, namespace), `the account "jane" may not list services`)
	plane.Create(t, `
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: ops, namespace: `+namespace+`}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: ops}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: services, namespace: `+namespace+`}
rules: [{apiGroups: [""], resources: [services], verbs: [list]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: services, namespace: `+namespace+`}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: services}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: ops}]
`)
	var err error
	for ctx := t.Context(); ctx.Err() == nil; {
		if err = list(t, c, namespace); err == nil {
			return
		}
	}
	t.Error(err)
}

func TestWhoMayNotActAsAnotherIsToldSo(t *testing.T) {
	plane := kubernetestest.Shared(t)
	path := plane.KubeconfigFor(t, kubernetestest.Account{Name: "plain"})
	c := connect(t, kubernetes.Options{Kubeconfig: path, As: "jane"})
	wantError[*kubernetes.ForbiddenError](t, list(t, c, "default"), `the account "plain" may not impersonate users in the whole cluster`,
		`{apiGroups: [""], resources: ["users"], verbs: [impersonate]}`)
}

func TestExpiredAndForeignCredentialsAreNotAccepted(t *testing.T) {
	plane := kubernetestest.Shared(t)
	expired := plane.KubeconfigFor(t, kubernetestest.Account{Name: "late", Expired: true})
	e := wantError[*kubernetes.UnauthorizedError](t, list(t, connect(t, kubernetes.Options{Kubeconfig: expired}), "default"),
		"its client certificate expired on "+time.Now().Add(-time.Hour).UTC().Format(time.DateOnly))
	if e.Expired.IsZero() {
		t.Error("it does not say when")
	}
	foreign := edited(t, plane.Kubeconfig(), func(_ *clientcmdapi.Config, _ *clientcmdapi.Cluster, user *clientcmdapi.AuthInfo) {
		*user = clientcmdapi.AuthInfo{Token: "somebody-elses"}
	})
	wantError[*kubernetes.UnauthorizedError](t, list(t, connect(t, kubernetes.Options{Kubeconfig: foreign}), "default"), "(401)", "Log in again")
}

func TestServerCertificatesThatAreNotTrusted(t *testing.T) {
	plane := kubernetestest.Shared(t)
	other := httptest.NewTLSServer(nil)
	other.Close()
	unknown := edited(t, plane.Kubeconfig(), func(_ *clientcmdapi.Config, c *clientcmdapi.Cluster, _ *clientcmdapi.AuthInfo) {
		c.CertificateAuthorityData = pemOf(other.Certificate())
	})
	wantError[*kubernetes.CertificateError](t, list(t, connect(t, kubernetes.Options{Kubeconfig: unknown}), "default"),
		"signed by an authority that the kubeconfig does not know", plane.URL())
	name := edited(t, plane.Kubeconfig(), func(_ *clientcmdapi.Config, c *clientcmdapi.Cluster, _ *clientcmdapi.AuthInfo) {
		c.TLSServerName = "other.example.com"
	})
	wantError[*kubernetes.CertificateError](t, list(t, connect(t, kubernetes.Options{Kubeconfig: name}), "default"),
		"its certificate is for ", "and not for other.example.com", "tls-server-name")
	for _, tt := range []struct {
		name     string
		from, to time.Duration
		want     string
	}{
		{"expired", -2 * time.Hour, -time.Hour, "its certificate expired on "},
		{"not yet", time.Hour, 2 * time.Hour, "Look at this machine's clock"},
	} {
		server, authority := serve(t, time.Now().Add(tt.from), time.Now().Add(tt.to))
		path := edited(t, plane.Kubeconfig(), func(_ *clientcmdapi.Config, c *clientcmdapi.Cluster, _ *clientcmdapi.AuthInfo) {
			c.Server, c.CertificateAuthorityData = server, authority
		})
		wantError[*kubernetes.CertificateError](t, list(t, connect(t, kubernetes.Options{Kubeconfig: path}), "default"), tt.want)
	}
}

func TestWhatListensThereIsNoAPIServer(t *testing.T) {
	web := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(web.Close)
	c := connect(t, kubernetes.Options{Server: strings.Replace(web.URL, "http:", "https:", 1), Kubeconfig: emptyKubeconfig(t)})
	wantError[*kubernetes.CertificateError](t, list(t, c, "default"), "what listens there does not speak TLS", "whether it is http://")
}

func TestNobodyListensThere(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := "https://" + l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	c := connect(t, kubernetes.Options{Server: server, Kubeconfig: emptyKubeconfig(t)})
	e := wantError[*kubernetes.UnreachableError](t, list(t, c, "default"), "the API server "+server+" cannot be reached", "connection refused", "VPN")
	if e.Server != server {
		t.Errorf("it names %q", e.Server)
	}
	c = connect(t, kubernetes.Options{Server: "https://no-such-host.invalid", Kubeconfig: emptyKubeconfig(t)})
	wantError[*kubernetes.UnreachableError](t, list(t, c, "default"), "no-such-host.invalid")
}

func TestAnAPIServerThatDoesNotAnswer(t *testing.T) {
	plane := kubernetestest.Shared(t)
	proxy := plane.Proxy(t, kubernetestest.Account{})
	c := connect(t, kubernetes.Options{Kubeconfig: proxy.Kubeconfig()})
	proxy.Disturb(func(kubernetestest.Request) kubernetestest.Disturbance {
		return kubernetestest.Disturbance{Status: http.StatusServiceUnavailable}
	})
	wantError[*kubernetes.BusyError](t, list(t, c, "default"), "has no capacity")
	proxy.Disturb(func(kubernetestest.Request) kubernetestest.Disturbance {
		return kubernetestest.Disturbance{Cut: kubernetestest.CutBefore}
	})
	wantError[*kubernetes.UnreachableError](t, list(t, c, "default"))

	held := make(chan struct{})
	defer close(held)
	proxy.Disturb(func(kubernetestest.Request) kubernetestest.Disturbance {
		return kubernetestest.Disturbance{Hold: held}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := c.Dynamic().Resource(services).List(ctx, metav1.ListOptions{})
	if explained := c.Explain(ctx, err, kubernetes.Access{Verb: "list"}); !errors.Is(explained, context.DeadlineExceeded) {
		t.Errorf("error %v, want what the caller's context says", explained)
	}
}

func TestTheAPIServersRetryAfterIsHonoured(t *testing.T) {
	plane := kubernetestest.Shared(t)
	proxy := plane.Proxy(t, kubernetestest.Account{})
	asked := 0
	proxy.Disturb(func(kubernetestest.Request) (d kubernetestest.Disturbance) {
		if asked++; asked <= 2 {
			d.Status, d.RetryAfter = http.StatusTooManyRequests, 1
		}
		return d
	})
	if err := list(t, connect(t, kubernetes.Options{Kubeconfig: proxy.Kubeconfig()}), "default"); err != nil {
		t.Error(err)
	}
	if asked != 3 {
		t.Errorf("it asked %d times, want 3", asked)
	}
}

func TestCredentialPlugins(t *testing.T) {
	plane := kubernetestest.Shared(t)
	token, err := os.ReadFile(plane.KubeconfigFor(t, kubernetestest.Account{Name: "robot", Token: true, ClusterRules: []string{"list services"}}))
	if err != nil {
		t.Fatal(err)
	}
	config, err := clientcmd.Load(token)
	if err != nil {
		t.Fatal(err)
	}
	secret := config.AuthInfos[config.Contexts[config.CurrentContext].AuthInfo].Token
	for _, tt := range []struct {
		name, script, hint string
		want               []string // of the error; none for nil
		missing            bool
	}{
		{name: "that works", script: `echo '{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": "` + secret + `"}}'`},
		{name: "that fails", script: "exit 3", want: []string{"the credential plugin ", "failed with exit code 3", "Run it by itself"}},
		{name: "that says something else", script: "echo hello", want: []string{"the credential plugin ", "decoding stdout"}},
		{name: "that is not installed", hint: "brew install cloud-login\n", want: []string{"is not installed", "The kubeconfig says: brew install cloud-login"}, missing: true},
		{name: "that is not installed, without a hint", want: []string{"is not installed, or not in PATH"}, missing: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			plugin := filepath.Join(t.TempDir(), "cloud-login")
			if tt.script != "" {
				if err := os.WriteFile(plugin, []byte("#!/bin/sh\n"+tt.script+"\n"), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			path := edited(t, plane.Kubeconfig(), func(_ *clientcmdapi.Config, _ *clientcmdapi.Cluster, user *clientcmdapi.AuthInfo) {
				*user = clientcmdapi.AuthInfo{Exec: &clientcmdapi.ExecConfig{
					APIVersion: "client.authentication.k8s.io/v1", Command: plugin, InstallHint: tt.hint,
					InteractiveMode: clientcmdapi.NeverExecInteractiveMode,
				}}
			})
			err := list(t, connect(t, kubernetes.Options{Kubeconfig: path}), "")
			if tt.want == nil {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if e := wantError[*kubernetes.CredentialsError](t, err, tt.want...); e.Missing != tt.missing || e.Command != plugin {
				t.Errorf("it is %+v", e)
			}
		})
	}
}

func TestATokenFileThatIsGone(t *testing.T) {
	plane := kubernetestest.Shared(t)
	path := edited(t, plane.Kubeconfig(), func(_ *clientcmdapi.Config, _ *clientcmdapi.Cluster, user *clientcmdapi.AuthInfo) {
		*user = clientcmdapi.AuthInfo{}
	})
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := connect(t, kubernetes.Options{Kubeconfig: path, Token: file})
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	err := list(t, c, "default")
	if !is[*kubernetes.CredentialsError](err) && !is[*kubernetes.UnauthorizedError](err) {
		t.Errorf("error %v", err)
	}
}

func TestWhatConcernsTheObjectIsLeftAsItIs(t *testing.T) {
	plane := kubernetestest.Shared(t)
	c := connect(t, kubernetes.Options{Kubeconfig: plane.Kubeconfig()})
	_, err := c.Dynamic().Resource(services).Namespace("default").Get(t.Context(), "none", metav1.GetOptions{})
	if explained := c.Explain(t.Context(), err, kubernetes.Access{Verb: "get"}); !apierrors.IsNotFound(explained) || explained.Error() != err.Error() {
		t.Errorf("%v is explained as %v", err, explained)
	}
	if err := c.Explain(t.Context(), nil, kubernetes.Access{}); err != nil {
		t.Error(err)
	}
	once := c.Explain(t.Context(), &url.Error{Op: "Get", URL: "x", Err: errors.New("y")}, kubernetes.Access{})
	if again := c.Explain(t.Context(), once, kubernetes.Access{}); again.Error() != once.Error() {
		t.Errorf("%v is explained again as %v", once, again)
	}
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

func emptyKubeconfig(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
