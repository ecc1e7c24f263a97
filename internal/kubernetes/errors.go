package kubernetes

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// ErrNoCluster says that nothing names a cluster.
var ErrNoCluster = errors.New("nothing names a cluster: there is no kubeconfig, and this is no Pod of one. Set KUBECONFIG, or kubeconfig = \"...\" where the cluster is used")

// KubeconfigError says that a kubeconfig cannot be used.
type KubeconfigError struct {
	Files   []string // those that were looked at
	Missing bool     // those that were asked for are not there
	Err     error    // nil where Missing says all
}

func (e *KubeconfigError) Error() string {
	files := strings.Join(e.Files, ", ")
	if e.Missing {
		return fmt.Sprintf("there is no kubeconfig %s: KUBECONFIG or the argument kubeconfig names it", files)
	}
	return fmt.Sprintf("the kubeconfig %s cannot be used: %v", files, e.Err)
}

func (e *KubeconfigError) Unwrap() error { return e.Err }

// ContextError says that the kubeconfig has no such context.
type ContextError struct {
	Context string   // "" where none was named, nor is one the current
	Known   []string // sorted
	Files   []string
}

func (e *ContextError) Error() string {
	files := strings.Join(e.Files, ", ")
	switch {
	case len(e.Files) == 0:
		return fmt.Sprintf("there is no context %q: there is no kubeconfig", e.Context)
	case len(e.Known) == 0:
		return fmt.Sprintf("there is no context %q: %s has none", e.Context, files)
	case e.Context == "":
		return fmt.Sprintf("%s has no current context: say which one with context = \"...\"; there are: %s", files, strings.Join(e.Known, ", "))
	}
	return fmt.Sprintf("there is no context %q in %s; there are: %s", e.Context, files, strings.Join(e.Known, ", "))
}

// Where says which API server is meant, and who said so.
type Where struct {
	Server     string // URL
	Context    string // "" where none was needed
	Kubeconfig string // the file that names the server; "" where none does
}

// String returns `https://10.0.0.1:6443 (context prod in /home/ann/.kube/config)`.
func (w Where) String() string {
	switch {
	case w.Context != "" && w.Kubeconfig != "":
		return fmt.Sprintf("%s (context %s in %s)", w.Server, w.Context, w.Kubeconfig)
	case w.Context != "":
		return fmt.Sprintf("%s (context %s)", w.Server, w.Context)
	}
	return w.Server
}

// UnreachableError says that the API server gave no answer.
type UnreachableError struct {
	Where
	Err error
}

func (e *UnreachableError) Error() string {
	return fmt.Sprintf("the API server %s cannot be reached: %v. Check that the cluster runs, that this machine gets there (VPN, proxy, firewall), and that this is the cluster you mean", e.Where, e.Err)
}

func (e *UnreachableError) Unwrap() error { return e.Err }

// CertificateError says that one side does not trust the other's certificate.
type CertificateError struct {
	Where
	Problem string // what is wrong with it, and what to do
	Err     error
}

func (e *CertificateError) Error() string {
	return fmt.Sprintf("there is no trusted connection to the API server %s: %s", e.Where, e.Problem)
}

func (e *CertificateError) Unwrap() error { return e.Err }

// CredentialsError says that there is nothing to prove with who asks: what
// would get it failed before any request was sent.
type CredentialsError struct {
	Where
	Command string // the credential plugin; "" where there is none
	Missing bool   // the plugin is not installed
	Hint    string // of the kubeconfig: how to install the plugin
	Err     error
}

func (e *CredentialsError) Error() string {
	switch {
	case e.Command == "":
		return fmt.Sprintf("the credentials for the API server %s cannot be had: %v", e.Where, e.Err)
	case e.Missing && e.Hint != "":
		return fmt.Sprintf("the credential plugin %s for the API server %s is not installed, or not in PATH. The kubeconfig says: %s", e.Command, e.Where, strings.TrimSpace(e.Hint))
	case e.Missing:
		return fmt.Sprintf("the credential plugin %s for the API server %s is not installed, or not in PATH", e.Command, e.Where)
	}
	return fmt.Sprintf("the credential plugin %s for the API server %s failed: %v. Run it by itself to see what it wants, often to log in again", e.Command, e.Where, e.Err)
}

func (e *CredentialsError) Unwrap() error { return e.Err }

// UnauthorizedError says that the API server does not accept the credentials.
type UnauthorizedError struct {
	Where
	Expired time.Time // when the client certificate ended; zero where that is not why
	Err     error
}

func (e *UnauthorizedError) Error() string {
	if !e.Expired.IsZero() {
		return fmt.Sprintf("the API server %s does not accept this account: its client certificate expired on %s. Get a new kubeconfig", e.Where, e.Expired.UTC().Format(time.DateOnly))
	}
	return fmt.Sprintf("the API server %s does not accept this account's credentials (401): they may have expired, or belong to another cluster. Log in again, or get a new kubeconfig", e.Where)
}

func (e *UnauthorizedError) Unwrap() error { return e.Err }

// Access is what a request asks to be allowed.
type Access struct {
	Verb      string // "list"
	Resource  schema.GroupResource
	Namespace string   // "" is the whole cluster
	Name      string   // "" where no single object is meant
	Needs     []string // all verbs that gwctl needs of this resource; empty is Verb alone
}

// ForbiddenError says that the account may not do this.
type ForbiddenError struct {
	Where
	Access
	Account string // the user's name as the API server knows it; "" where it does not say
	Err     error  // the API server's own words
}

func (e *ForbiddenError) Error() string {
	who, place, role := "this account", "in the whole cluster", "ClusterRole"
	if e.Account != "" {
		who = fmt.Sprintf("the account %q", e.Account)
	}
	if e.Namespace != "" {
		place, role = "in the namespace "+e.Namespace, "Role"
	}
	return fmt.Sprintf("%s may not %s %s %s of %s. Who administers the cluster can allow it with this rule in a %s that is bound to the account: %s",
		who, e.Verb, e.Resource, place, e.Where, role, e.Rule())
}

// Rule is the RBAC rule that is missing, as YAML.
func (e *ForbiddenError) Rule() string {
	verbs := e.Needs
	if len(verbs) == 0 {
		verbs = []string{e.Verb}
	}
	return fmt.Sprintf("{apiGroups: [%q], resources: [%q], verbs: [%s]}", e.Resource.Group, e.Resource.Resource, strings.Join(verbs, ", "))
}

func (e *ForbiddenError) Unwrap() error { return e.Err }

// BusyError says that the API server has no capacity, also after the retries
// that it asked for.
type BusyError struct {
	Where
	Err error // the API server's own words
}

func (e *BusyError) Error() string {
	return fmt.Sprintf("the API server %s has no capacity for this now: %v. Try again later, or with a smaller -parallelism", e.Where, e.Err)
}

func (e *BusyError) Unwrap() error { return e.Err }
