//go:build linux

package node

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/gwctl/gwctl/internal/process"
	corev1 "k8s.io/api/core/v1"
)

// listenTimeout is how long a program may take until it listens.
const listenTimeout = 30 * time.Second

// pod is the program of a Pod, and its network.
type pod struct {
	address string
	process *os.Process
	done    chan struct{}
	network *network
	forget  func()
}

// startPod runs the program of a Pod, and returns when it listens.
func (n *Node) startPod(ctx context.Context, object *corev1.Pod) (*pod, error) {
	container := object.Spec.Containers[0]
	dir := filepath.Join(n.dir, object.Namespace, object.Name)
	mounts, err := n.mount(ctx, dir, object)
	if err != nil {
		return nil, err
	}
	log, forget := n.kubelet.log(object.Namespace, object.Name, container.Name)
	n.numbers++
	p := &pod{address: podAddress(n.numbers), done: make(chan struct{}), forget: forget}
	cmd := exec.Command(n.program(object.Spec.Containers), container.Args...)
	cmd.Dir = dir
	cmd.Env = environ(object, container.Env, mounts, p.address)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	if err := process.Spawn(cmd, func(error) { close(p.done) }); err != nil { // it ends by being killed
		forget()
		return nil, err
	}
	p.process = cmd.Process
	if p.network, err = connect(n.numbers, p.process.Pid, p.address); err == nil {
		err = p.listens(ctx)
	}
	if err != nil {
		p.stop()
		return nil, err
	}
	return p, nil
}

// listens waits until the program listens on some port.
func (p *pod) listens(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, listenTimeout)
	defer cancel()
	for {
		for _, table := range []string{"tcp", "tcp6", "udp", "udp6"} {
			if hasSocket(filepath.Join("/proc", strconv.Itoa(p.process.Pid), "net", table), strings.HasPrefix(table, "tcp")) {
				return nil
			}
		}
		select {
		case <-p.done:
			return fmt.Errorf("the program ended before it listened")
		case <-ctx.Done():
			return fmt.Errorf("the program listens on no port: %w", ctx.Err())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// hasSocket looks into one of the kernel's tables of sockets: for one of UDP,
// or for one of TCP that listens.
func hasSocket(path string, tcp bool) bool {
	const listening = "0A"
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Scan() // the header
	for lines.Scan() {
		if fields := strings.Fields(lines.Text()); len(fields) > 3 && (!tcp || fields[3] == listening) {
			return true
		}
	}
	return false
}

func (p *pod) stop() {
	_ = p.process.Kill() // an error says that it has ended already
	<-p.done
	if p.network != nil {
		p.network.close()
	}
	p.forget()
}

// environ is a container's, with what it refers to filled in. Volumes are
// elsewhere than the container thinks.
func environ(object *corev1.Pod, in []corev1.EnvVar, mounts *strings.Replacer, address string) []string {
	out := []string{"PATH=" + os.Getenv("PATH")}
	for _, e := range in {
		value := mounts.Replace(e.Value)
		if e.ValueFrom != nil && e.ValueFrom.FieldRef != nil {
			switch e.ValueFrom.FieldRef.FieldPath {
			case "metadata.name":
				value = object.Name
			case "metadata.namespace":
				value = object.Namespace
			case "status.podIP":
				value = address
			}
		}
		out = append(out, e.Name+"="+value)
	}
	return out
}
