package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gwctl/gwctl/internal/certificate/certificatetest"
	"github.com/gwctl/gwctl/internal/envoy"
	"github.com/gwctl/gwctl/internal/kubernetes/kubernetestest"
	"github.com/gwctl/gwctl/internal/ratelimit"
)

type partsKey struct{}

// parts are what one script started: it ends with the script.
type parts struct {
	ctx       context.Context // of the Envoys
	cancel    context.CancelFunc
	servers   map[string]*xdsServer
	envoys    map[string]*envoy.Process
	logs      []*os.File
	backends  []*http.Server
	listeners []net.Listener
	limiters  map[string]*ratelimit.Limiter
	redis     *ratelimit.Redis           // that they count in; nil until one is wanted
	authority *certificatetest.Authority // of certificates; nil until one is wanted
	variables []string                   // of the environment, that the script's parts set

	test     testing.TB                              // of all scripts
	clusters map[string]*kubernetestest.ControlPlane // of this script alone
	cluster  *kubernetestest.ControlPlane            // in use
}

// xdsServer keeps its addresses over restarts: Envoys know them.
type xdsServer struct {
	ads, admin string
	cmd        *exec.Cmd // nil while it is stopped
}

func newParts(t testing.TB) *parts {
	ctx, cancel := context.WithCancel(context.Background())
	return &parts{
		ctx: ctx, cancel: cancel, servers: map[string]*xdsServer{}, envoys: map[string]*envoy.Process{},
		limiters: map[string]*ratelimit.Limiter{},
		test:     t, clusters: map[string]*kubernetestest.ControlPlane{},
	}
}

func partsOf(ts *testscript.TestScript) *parts { return ts.Value(partsKey{}).(*parts) }

func (p *parts) stop() {
	p.cancel()
	for _, e := range p.envoys {
		e.Kill()
	}
	for _, l := range p.limiters {
		l.Close()
	}
	if p.redis != nil {
		p.redis.Close()
	}
	for _, log := range p.logs {
		log.Close()
	}
	for _, s := range p.servers {
		s.end(syscall.SIGTERM)
	}
	for _, b := range p.backends {
		b.Close()
	}
	for _, l := range p.listeners {
		l.Close()
	}
	for _, c := range p.clusters {
		c.Stop()
	}
}

func (s *xdsServer) end(signal syscall.Signal) {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Signal(signal)
	timer := time.AfterFunc(20*time.Second, func() { _ = s.cmd.Process.Kill() })
	defer timer.Stop()
	_ = s.cmd.Wait()
	s.cmd = nil
}

var serving = regexp.MustCompile(`on (\S+), the admin API on http://([^, ]+),`)

func serverCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 && args[0] != "start" {
		ts.Fatalf("usage: server start|stop|kill [NAME] [FLAG]...")
	}
	name := "xds"
	if len(args) > 1 {
		name = args[1]
	}
	p := partsOf(ts)
	s := p.servers[name]
	if s == nil {
		ads, admin := freePort(ts), freePort(ts)
		s = &xdsServer{ads: ads.Addr().String(), admin: admin.Addr().String()}
		ts.Check(errors.Join(ads.Close(), admin.Close()))
		p.servers[name] = s
	}
	switch args[0] {
	case "start":
		s.start(ts, name, args[min(len(args), 2):])
		ts.Setenv(name, "http://"+s.admin)
		if name == "xds" {
			ts.Setenv("GWCTL_XDS_SERVER", "http://"+s.admin)
		}
	case "stop":
		s.end(syscall.SIGTERM)
	case "kill":
		s.end(syscall.SIGKILL)
	default:
		ts.Fatalf("a server does not %s", args[0])
	}
}

func (s *xdsServer) start(ts *testscript.TestScript, name string, flags []string) {
	args := []string{"xds", "serve", "-listen", s.ads, "-admin", s.admin, "-data", folder(ts, name), "-grace", "100ms"}
	cmd := command(ts, "gwctl", append(args, flags...)...)
	stdout, err := cmd.StdoutPipe()
	ts.Check(err)
	log, err := os.OpenFile(folder(ts, name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	ts.Check(err)
	defer log.Close()
	cmd.Stderr = log
	ts.Check(cmd.Start())
	s.cmd = cmd
	line, err := bufio.NewReader(stdout).ReadString('\n')
	found := serving.FindStringSubmatch(line)
	if err != nil || found == nil {
		ts.Fatalf("the xDS server did not start: it says %q\n%s", line, ts.ReadFile(log.Name()))
	}
	s.ads, s.admin = found[1], found[2]
}

// folder is a path beside the script's own files.
func folder(ts *testscript.TestScript, name string) string {
	return filepath.Join(ts.Getenv("WORK"), name)
}

// command is a program of the script's PATH.
func command(ts *testscript.TestScript, name string, args ...string) *exec.Cmd {
	for _, dir := range filepath.SplitList(ts.Getenv("PATH")) {
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			name = path
			break
		}
	}
	cmd := exec.Command(name, args...)
	cmd.Dir = ts.Getenv("WORK")
	for _, key := range append([]string{"PATH", "HOME", "TMPDIR", "GOCOVERDIR", "GORACE", "GWCTL_XDS_SERVER"}, partsOf(ts).variables...) {
		if value := ts.Getenv(key); value != "" {
			cmd.Env = append(cmd.Env, key+"="+value)
		}
	}
	return cmd
}

func envoyCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || len(args) > 3 || len(args) == 3 && args[0] != "start" {
		ts.Fatalf("usage: envoy start NAME [GATEWAY], envoy stop|kill|pause|resume NAME")
	}
	p := partsOf(ts)
	name := args[1]
	if args[0] == "start" {
		gateway := "public"
		if len(args) > 2 {
			gateway = args[2]
		}
		p.envoys[name] = p.startEnvoy(ts, name, gateway)
		return
	}
	e := p.envoys[name]
	if e == nil {
		ts.Fatalf("there is no Envoy %s", name)
	}
	switch args[0] {
	case "stop":
		ts.Check(e.Stop())
		delete(p.envoys, name)
	case "kill":
		e.Kill()
		delete(p.envoys, name)
	case "pause":
		ts.Check(syscall.Kill(e.PID(), syscall.SIGSTOP))
	case "resume":
		ts.Check(syscall.Kill(e.PID(), syscall.SIGCONT))
	default:
		ts.Fatalf("an Envoy does not %s", args[0])
	}
}

// startEnvoy returns when the server knows the Envoy.
func (p *parts) startEnvoy(ts *testscript.TestScript, name, gateway string) *envoy.Process {
	s := p.servers["xds"]
	bootstrap, err := command(ts, "gwctl", "xds", "bootstrap", gateway, "-server", s.ads, "-node-id", name).Output()
	ts.Check(err)
	log, err := os.Create(folder(ts, name+".log"))
	ts.Check(err)
	p.logs = append(p.logs, log)
	process, err := envoy.Start(p.ctx, envoy.Options{Bootstrap: bootstrap, Log: log, DrainTime: time.Second})
	ts.Check(err)
	p.envoys[name] = process
	pollCommand(ts, false, []string{regexp.QuoteMeta(name), "gwctl", "xds", "status", "-server", "http://" + s.admin})
	return process
}

// export makes a value known to the script and to the configuration.
func export(ts *testscript.TestScript, name, value string) {
	ts.Setenv(name, value)
	ts.Setenv("GWCTL_VAR_"+name, value)
	p := partsOf(ts)
	p.variables = append(p.variables, "GWCTL_VAR_"+name)
}

func backendCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: backend NAME")
	}
	name := args[0]
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	s := &http.Server{
		ReadHeaderTimeout: 10 * time.Second,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, "%s answers %s %s\n", name, r.Method, r.URL.RequestURI())
		}),
	}
	p := partsOf(ts)
	p.backends = append(p.backends, s)
	go s.Serve(l) // ends with Close
	export(ts, name, l.Addr().String())
}

func certificateCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: certificate NAME HOST...")
	}
	p := partsOf(ts)
	if p.authority == nil {
		p.authority = certificatetest.NewAuthority(p.test)
	}
	dir, name := filepath.Split(ts.MkAbs(args[0]))
	ts.Check(os.MkdirAll(dir, 0o777))
	ts.Check(os.WriteFile(filepath.Join(dir, "ca.crt"), p.authority.PEM, 0o600))
	p.authority.Issue(p.test, args[1:]...).Write(p.test, dir, name)
}

// ports are those below the range that the system takes for itself: one that
// is free now stays free until its script uses it.
var ports atomic.Uint32

func freePort(ts *testscript.TestScript) net.Listener {
	for range 1000 {
		port := 20000 + (uint32(os.Getpid())*101+ports.Add(1))%12000
		if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			return l
		}
	}
	ts.Fatalf("no port is free")
	return nil
}

func listen(ts *testscript.TestScript, name string) net.Listener {
	l := freePort(ts)
	export(ts, name, strconv.Itoa(l.Addr().(*net.TCPAddr).Port))
	return l
}

func portCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: port NAME")
	}
	ts.Check(listen(ts, args[0]).Close())
}

func busyCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: busy NAME")
	}
	p := partsOf(ts)
	p.listeners = append(p.listeners, listen(ts, args[0]))
}
