package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gwctl/gwctl/internal/envoy"
)

// The scripts in testdata/script run gwctl as a user does, against a real xDS
// server and real Envoys. Besides testscript's own commands they have:
//
//	server start|stop|kill   the xDS server; a stopped one starts with the data it had
//	envoy start|stop|kill NAME [GATEWAY]
//	backend NAME             an HTTP server that answers with its name; its address is in $NAME
//	port NAME                a free port, in $NAME
//	get PATH [HEADER:VALUE]  (a program) one request to $PORT, waiting until something answers there
//	poll PATTERN COMMAND...  repeats a command until its output matches
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"gwctl": main,
		"get":   getMain,
	})
}

func TestScripts(t *testing.T) {
	binary, err := envoy.Find()
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		Setup: func(env *testscript.Env) error {
			env.Setenv("ENVOY", binary)
			env.Setenv("NO_COLOR", "")
			ctx, cancel := context.WithCancel(context.Background())
			env.Values[partsKey{}] = &parts{ctx: ctx, cancel: cancel, envoys: map[string]*envoy.Process{}}
			env.Defer(func() { env.Values[partsKey{}].(*parts).stop() })
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"server":  serverCommand,
			"envoy":   envoyCommand,
			"backend": backendCommand,
			"port":    portCommand,
			"poll":    pollCommand,
		},
	})
}

type partsKey struct{}

// parts are the processes that one script started.
type parts struct {
	ctx     context.Context // of the Envoys
	cancel  context.CancelFunc
	server  *exec.Cmd
	ads     string // the address is kept over restarts: Envoys know it
	admin   string
	envoys  map[string]*envoy.Process
	logs    []*os.File
	servers []*http.Server
}

func partsOf(ts *testscript.TestScript) *parts { return ts.Value(partsKey{}).(*parts) }

func (p *parts) stop() {
	p.cancel()
	for _, e := range p.envoys {
		e.Kill()
	}
	for _, log := range p.logs {
		log.Close()
	}
	if p.server != nil {
		end(p.server, syscall.SIGTERM)
	}
	for _, s := range p.servers {
		s.Close()
	}
}

func end(cmd *exec.Cmd, signal syscall.Signal) {
	_ = cmd.Process.Signal(signal)
	timer := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	_ = cmd.Wait()
}

var serving = regexp.MustCompile(`on ([0-9.:]+), the admin API on http://([0-9.:]+),`)

func serverCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: server start|stop|kill")
	}
	p := partsOf(ts)
	switch args[0] {
	case "start":
		if p.ads == "" {
			p.ads, p.admin = "127.0.0.1:0", "127.0.0.1:0"
		}
		cmd := command(ts, "gwctl", "xds", "serve", "-listen", p.ads, "-admin", p.admin, "-data", ts.MkAbs("xds-data"))
		stdout, err := cmd.StdoutPipe()
		ts.Check(err)
		log, err := os.OpenFile(ts.MkAbs("server.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		ts.Check(err)
		defer log.Close()
		cmd.Stderr = log
		ts.Check(cmd.Start())
		line, err := bufio.NewReader(stdout).ReadString('\n')
		if err != nil {
			text, _ := os.ReadFile(ts.MkAbs("server.log"))
			ts.Fatalf("the xDS server did not start: %v\n%s", err, text)
		}
		found := serving.FindStringSubmatch(line)
		if found == nil {
			ts.Fatalf("the xDS server says %q", line)
		}
		p.server, p.ads, p.admin = cmd, found[1], found[2]
		ts.Setenv("GWCTL_XDS_SERVER", "http://"+p.admin)
		ts.Setenv("XDS", p.ads)
	case "stop":
		end(p.server, syscall.SIGTERM)
		p.server = nil
	case "kill":
		end(p.server, syscall.SIGKILL)
		p.server = nil
	}
}

func envoyCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: envoy start|stop|kill NAME [GATEWAY]")
	}
	p := partsOf(ts)
	name := args[1]
	switch args[0] {
	case "start":
		gateway := "public"
		if len(args) > 2 {
			gateway = args[2]
		}
		bootstrap, err := command(ts, "gwctl", "xds", "bootstrap", gateway, "-server", ts.Getenv("XDS"), "-node-id", name).Output()
		ts.Check(err)
		log, err := os.Create(ts.MkAbs(name + ".log"))
		ts.Check(err)
		p.logs = append(p.logs, log)
		process, err := envoy.Start(p.ctx, envoy.Options{Bootstrap: bootstrap, Log: log, DrainTime: time.Second})
		ts.Check(err)
		p.envoys[name] = process
	case "stop":
		ts.Check(p.envoys[name].Stop())
		delete(p.envoys, name)
	case "kill":
		p.envoys[name].Kill()
		delete(p.envoys, name)
	}
}

// command is a program of the script's PATH, in its folder and environment.
func command(ts *testscript.TestScript, name string, args ...string) *exec.Cmd {
	for _, dir := range filepath.SplitList(ts.Getenv("PATH")) {
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			name = path
			break
		}
	}
	cmd := exec.Command(name, args...)
	cmd.Dir = ts.MkAbs(".")
	for _, key := range []string{"PATH", "HOME", "TMPDIR", "NO_COLOR", "GOCOVERDIR"} {
		cmd.Env = append(cmd.Env, key+"="+ts.Getenv(key))
	}
	return cmd
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
			w.Header().Set("x-backend", name)
			fmt.Fprintf(w, "%s answers %s %s\n", name, r.Method, r.URL.RequestURI())
			for key, values := range r.Header {
				fmt.Fprintf(w, "%s: %s\n", strings.ToLower(key), strings.Join(values, ", "))
			}
		}),
	}
	p := partsOf(ts)
	p.servers = append(p.servers, s)
	go s.Serve(l) // ends with Close
	ts.Setenv(name, l.Addr().String())
}

func portCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: port NAME")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	defer l.Close()
	ts.Setenv(args[0], strconv.Itoa(l.Addr().(*net.TCPAddr).Port))
}

func pollCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: poll PATTERN COMMAND [ARGUMENT]...")
	}
	pattern, err := regexp.Compile(args[0])
	ts.Check(err)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var out []byte
	for ctx.Err() == nil {
		cmd := command(ts, args[1], args[2:]...)
		cmd.Env = append(cmd.Env, "PORT="+ts.Getenv("PORT"), "GWCTL_XDS_SERVER="+ts.Getenv("GWCTL_XDS_SERVER"))
		out, _ = cmd.CombinedOutput()
		if pattern.Match(out) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	ts.Fatalf("%s never matched; the last output was:\n%s", args[0], out)
}

// getMain prints status, headers and body of one request.
func getMain() {
	client := &http.Client{
		Timeout:       10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	req, err := http.NewRequest(http.MethodGet, "http://127.0.0.1:"+os.Getenv("PORT")+os.Args[1], nil)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for _, h := range os.Args[2:] {
		name, value, _ := strings.Cut(h, ":")
		if strings.EqualFold(name, "host") {
			req.Host = value
			continue
		}
		req.Header.Add(name, value)
	}
	var resp *http.Response
	for range 300 { // an Envoy that has just started
		if resp, err = client.Do(req); err == nil {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer resp.Body.Close()
	fmt.Println(resp.StatusCode)
	for name, values := range resp.Header {
		fmt.Printf("%s: %s\n", strings.ToLower(name), strings.Join(values, ", "))
	}
	_, _ = io.Copy(os.Stdout, io.LimitReader(resp.Body, 1<<20))
}
