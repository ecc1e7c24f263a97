package server

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gwctl/gwctl/providers/xds/api"
	"github.com/gwctl/gwctl/providers/xds/material"
	"github.com/gwctl/gwctl/providers/xds/store"
)

// childData makes the test binary a server with this data folder.
const childData = "GWCTL_TEST_SERVER_DATA"

func runChild(data string) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := Run(ctx, Options{
		Listen: "127.0.0.1:0", Admin: "127.0.0.1:0", Data: data,
		Ready: func(_, admin string) { fmt.Println("http://" + admin) },
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// startChild runs a server in a process of its own, which a test can kill.
func startChild(t *testing.T, data string) (*exec.Cmd, string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childData+"="+data)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if cmd.ProcessState == nil {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		_ = cmd.Wait()
		t.Fatalf("the server did not start: %v: %s", err, stderr.String())
	}
	return cmd, strings.TrimSpace(line)
}

// pair is two objects whose port is the number of the transaction.
func pair(n int, at uint64) []api.Write {
	return []api.Write{
		replace(backend(shop, "orders", "127.0.0.1", n), at),
		replace(route(shop, "orders", "public", fmt.Sprintf("/v%d", n), "orders"), at),
	}
}

// TestKilledServerLosesNothing kills a server at random moments while one apply
// follows the other. What it acknowledged must be there, and nothing by half.
func TestKilledServerLosesNothing(t *testing.T) {
	data := t.TempDir()
	first := start(t, data)
	revision := first.commit(t, transaction(shop, basic(shop)...)).Revision
	first.close(t)

	n := 1 // of the transaction that is next
	acknowledged := 0
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for round := range 12 {
		cmd, admin := startChild(t, data)
		// At any moment of the start, the first transaction, which compiles
		// rules, or later ones.
		kill := time.AfterFunc(time.Hour, func() { _ = cmd.Process.Kill() })
		early := round%3 == 0
		if early {
			kill.Reset(rand.N(200 * time.Millisecond))
		}
		for sent := 0; ; sent++ {
			if sent == 1 && !early {
				kill.Reset(rand.N(30 * time.Millisecond))
			}
			tx := transaction(shop, pair(n, revision)...)
			verdict, err := postTo(client, admin, tx)
			if err != nil {
				break
			}
			if !verdict.Committed {
				t.Fatalf("transaction %d: %+v", n, verdict)
			}
			revision, acknowledged = verdict.Revision, n
			n++
		}
		kill.Stop()
		_ = cmd.Process.Kill()
		if err := cmd.Wait(); err == nil || cmd.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
			t.Fatalf("the server ended by itself: %v", err)
		}

		live := reopen(t, data)
		if live.number < acknowledged || live.number > n {
			t.Fatalf("transaction %d is live, %d was acknowledged last and %d was the last one sent", live.number, acknowledged, n)
		}
		if live.number == n { // committed, and killed before the answer
			acknowledged = n
			n++
		}
		revision = live.revision
	}
	if acknowledged == 0 {
		t.Error("no transaction went through: the test kills too early")
	}
}

func postTo(client *http.Client, admin string, tx api.Transaction) (*api.Verdict, error) {
	body, err := json.Marshal(tx)
	if err != nil {
		return nil, err
	}
	response, err := client.Post(admin+api.PathTransactions, api.TypeJSON, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	decoder := json.NewDecoder(response.Body)
	for {
		var e api.Event
		if err := decoder.Decode(&e); err != nil {
			return nil, err
		}
		if e.Verdict != nil {
			return e.Verdict, nil
		}
	}
}

type found struct {
	number   int // of the transaction that is live
	revision uint64
}

// reopen looks at what a killed server left behind, as a new one does.
func reopen(t *testing.T, data string) found {
	t.Helper()
	st, err := store.Open(t.Context(), data, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	opts, err := Options{Data: data}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	s, err := newServer(opts, st, &material.Folder{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.cancel()
	c := s.current()
	route := c.objects[expect(pair(0, 0)[1].Object, 0).ID]
	backend := c.objects[expect(pair(0, 0)[0].Object, 0).ID]
	if route.Revision != backend.Revision || route.Revision != c.revision {
		t.Fatalf("half a transaction: the route is of revision %d, the backend of %d, the store of %d", route.Revision, backend.Revision, c.revision)
	}
	f := found{revision: c.revision}
	rules := route.Object.Object["spec"].(map[string]any)["rules"].([]any)[0].(map[string]any)
	prefix := rules["matches"].([]any)[0].(map[string]any)["path"].(map[string]any)["value"].(string)
	if _, err := fmt.Sscanf(prefix, "/v%d", &f.number); err != nil && prefix != "/api" {
		t.Fatalf("the route has path %q", prefix)
	}
	endpoint := backend.Object.Object["spec"].(map[string]any)["endpoints"].([]any)[0].(map[string]any)
	if port := endpoint["ip"].(map[string]any)["port"].(int64); f.number != 0 && port != int64(f.number) {
		t.Fatalf("half a transaction: the route is of number %d, the backend of %d", f.number, port)
	}
	// What is served is what the objects say.
	result := s.translator.Translate(inputs(c.objects))
	if moves, _ := plan(c.snapshots, snapshotsOf(&result)); len(moves) > 0 {
		t.Fatalf("the resources in the store are not those of the objects: %+v", moves)
	}
	contents, err := st.Load()
	if err != nil {
		t.Fatal(err)
	}
	if contents.Pending != nil {
		t.Fatalf("still pending: %+v", contents.Pending)
	}
	history, err := st.Revisions("shop")
	if err != nil || len(history) == 0 || history[0].Revision != c.revision {
		t.Fatalf("the history ends at %+v, the store at %d: %v", history, c.revision, err)
	}
	return f
}
