package kubernetestest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/gwctl/gwctl/internal/process"
)

// Version is the release of Kubernetes that gwctl is tested with.
const Version = "1.37.2"

// Variable is the environment variable that names the folder with
// kube-apiserver, etcd and kubectl, as everywhere in this ecosystem.
const Variable = "KUBEBUILDER_ASSETS"

// ErrNotFound says that there is no control plane on this machine.
var ErrNotFound = errors.New("no kube-apiserver found: run `make kubernetes`, or set the variable " + Variable + " to the folder with kube-apiserver, etcd and kubectl")

// Find returns the absolute path of one of kube-apiserver, etcd and kubectl: in
// the folder that KUBEBUILDER_ASSETS names, else in .tools/kubernetes-VERSION
// of the working directory or the nearest one above it.
func Find(program string) (string, error) {
	if named := os.Getenv(Variable); named != "" {
		path, err := exec.LookPath(filepath.Join(named, program))
		if err != nil {
			return "", fmt.Errorf("the variable %s names no folder with %s: %w", Variable, program, err)
		}
		return filepath.Abs(path)
	}
	if path, err := process.Tool("kubernetes-"+Version, program); path != "" || err != nil {
		return path, err
	}
	return "", ErrNotFound
}
