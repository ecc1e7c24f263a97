package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gwctl/gwctl/internal/envoy"
	"github.com/gwctl/gwctl/internal/kubernetes/kubernetestest"
	"github.com/gwctl/gwctl/internal/ratelimit"
)

// The scripts in testdata/script run gwctl as a user does, against real xDS
// servers and real Envoys. Besides testscript's own commands they have:
//
//	server start|stop|kill [NAME]  an xDS server, with its data in NAME (default: xds). A stopped one
//	                               starts again on its old ports. Its admin API is in $NAME and, for
//	                               the default one, in $GWCTL_XDS_SERVER. Flags may follow the name
//	envoy start NAME [GATEWAY]     an Envoy that knows the default server
//	envoy stop|kill|pause|resume NAME
//	limiter start NAME PORT        what counts for global rate limits, told by the default server
//	limiter stop NAME
//	redis stop|start               what limiters count in: the first one starts it
//	backend NAME                   an HTTP server that answers with its name; its address is in $NAME
//	                               and in the variable NAME of the configuration
//	certificate NAME HOST...       NAME.crt and NAME.key for these hosts, and ca.crt beside them: all
//	                               of a script are of one authority
//	port NAME                      a free port, likewise
//	busy NAME                      a port that somebody listens on, likewise
//	cluster                        a namespace of its own in the Kubernetes cluster that scripts share:
//	                               $NAMESPACE, and the variable namespace of the configuration. gwctl
//	                               and kubectl go there, as its administrator
//	cluster start NAME [CRDS]      the same in a cluster of its own; its kubeconfig is in $NAME. It has
//	                               the standard channel of the Gateway API, an older one, or none (bare)
//	cluster stop|start|pause|resume NAME  its API server
//	account NAME [RULE]...         an account that may do only this in the namespace: rules such as
//	                               "get,list secrets,httproutes.gateway.networking.k8s.io". Its
//	                               kubeconfig is in $NAME: env KUBECONFIG=$NAME
//	expired NAME                   an account whose certificate ran out, likewise
//	poll PATTERN COMMAND...        repeats a command until its output matches
//	exits CODE COMMAND...          a command's exit code
//	capture NAME PATTERN           what the pattern's group matches in the last output, in $NAME
//	jsondoc [PATH=VALUE]...        the last output is one JSON document, which says this
//	jsonlines [TYPE]...            the last output has one JSON object a line, some of these types
//	damage FILE cut|OFFSET         takes the second half of a file away, or adds one to a byte
//	large FILE SIZE                a file with a long comment
//	secret TEXT [FILE]...          the text is in no other file below the folder, nor in the last output
//
// and these programs:
//
//	get [-tls=CA[,NAME]] PORT PATH [HEADER:VALUE]  one request, waiting until something answers
//	                               there; with TLS it also tells the protocol and the hosts of the
//	                               certificate, and shows its own of NAME
//	kubectl ARGUMENT...            the real one, after cluster
//	unanswered LOG COMMAND...      a command whose questions nobody answers; all it says is in LOG
func TestMain(m *testing.M) {
	// With -race, each of the many processes would sleep for a second at its end.
	os.Setenv("GORACE", "atexit_sleep_ms=0 "+os.Getenv("GORACE"))
	testscript.Main(kubernetestest.Around(m), map[string]func(){
		"gwctl":      main,
		"get":        getMain,
		"unanswered": unansweredMain,
	})
}

func TestScripts(t *testing.T) {
	found := map[string]string{} // by variable
	for variable, find := range map[string]func() (string, error){
		envoy.Variable: envoy.Find, ratelimit.Variable: ratelimit.Find, ratelimit.RedisVariable: ratelimit.FindRedis,
	} {
		program, err := find()
		if err != nil {
			t.Fatal(err)
		}
		found[variable] = program
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		Setup: func(env *testscript.Env) error {
			for variable, program := range found {
				env.Setenv(variable, program)
			}
			p := newParts(t)
			env.Values[partsKey{}] = p
			env.Defer(p.stop)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"server":      serverCommand,
			"envoy":       envoyCommand,
			"limiter":     limiterCommand,
			"redis":       redisCommand,
			"backend":     backendCommand,
			"certificate": certificateCommand,
			"port":        portCommand,
			"busy":        busyCommand,
			"cluster":     clusterCommand,
			"account":     accountCommand,
			"expired":     expiredCommand,
			"poll":        pollCommand,
			"exits":       exitsCommand,
			"capture":     captureCommand,
			"jsondoc":     jsonDocumentCommand,
			"jsonlines":   jsonLinesCommand,
			"damage":      damageCommand,
			"large":       largeCommand,
			"secret":      secretCommand,
		},
	})
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
		out, _ = command(ts, args[1], args[2:]...).CombinedOutput() // what it says is what counts
		if pattern.Match(out) {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	ts.Fatalf("nothing ever matched %s; the last output is:\n%s", args[0], out)
}

func exitsCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND [ARGUMENT]...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, and not %d", got, want)
	}
}

func captureCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: capture NAME PATTERN")
	}
	pattern, err := regexp.Compile(args[1])
	ts.Check(err)
	found := pattern.FindStringSubmatch(ts.ReadFile("stdout") + ts.ReadFile("stderr"))
	if len(found) != 2 {
		ts.Fatalf("nothing matches %s", args[1])
	}
	ts.Setenv(args[0], found[1])
}

func jsonDocumentCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("unsupported: ! jsondoc")
	}
	docs := jsonValues(ts)
	if len(docs) != 1 {
		ts.Fatalf("%d JSON documents, and not 1", len(docs))
	}
	for _, arg := range args {
		path, want, _ := strings.Cut(arg, "=")
		if got := at(docs[0], path); got != want {
			ts.Fatalf("%s is %s, and not %s", path, got, want)
		}
	}
}

// at returns what a document has at a.path.with.0.indices: a string as it is,
// all else as JSON.
func at(doc any, path string) string {
	for _, step := range strings.Split(path, ".") {
		switch v := doc.(type) {
		case map[string]any:
			doc = v[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(v) {
				return "missing"
			}
			doc = v[i]
		default:
			return "missing"
		}
	}
	if s, ok := doc.(string); ok {
		return s
	}
	data, err := json.Marshal(doc)
	if err != nil {
		return err.Error()
	}
	return string(data)
}

// jsonValues are all values of the last standard output.
func jsonValues(ts *testscript.TestScript) []any {
	var docs []any
	decoder := json.NewDecoder(strings.NewReader(ts.ReadFile("stdout")))
	for {
		var doc any
		switch err := decoder.Decode(&doc); {
		case err == io.EOF:
			return docs
		case err != nil:
			ts.Fatalf("the output is no JSON: %v", err)
		}
		docs = append(docs, doc)
	}
}

func jsonLinesCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("unsupported: ! jsonlines")
	}
	var types []string
	for line := range strings.Lines(ts.ReadFile("stdout")) {
		var object map[string]any
		if err := json.Unmarshal([]byte(line), &object); err != nil || !strings.HasSuffix(line, "\n") {
			ts.Fatalf("this line is no JSON object: %q (%v)", line, err)
		}
		types = append(types, fmt.Sprint(object["type"]))
	}
	if len(types) == 0 {
		ts.Fatalf("there is no output")
	}
	for _, want := range args {
		found := false
		for _, typ := range types {
			found = found || typ == want
		}
		if !found {
			ts.Fatalf("no line has type %q: %q", want, types)
		}
	}
}
