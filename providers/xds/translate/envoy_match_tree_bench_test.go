//go:build linux

package translate_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/gwctl/gwctl/providers/xds/translate"
)

// BenchmarkLastOfManyRoutes asks a real Envoy for the first and the last of many
// routes of one host, as a list and as a match tree, in turn. What Envoy's CPU
// does for a request decides how many one of its workers answers; the busyness of
// the machine does not.
func BenchmarkLastOfManyRoutes(b *testing.B) {
	const routes = 10_000
	var rules []map[string]any
	for i := range routes {
		rules = append(rules, map[string]any{"path": map[string]any{"type": "PathPrefix", "value": fmt.Sprintf("/tenant-%05d", i)}})
	}
	e := startTableEnvoy(b)
	e.serve(b,
		hostOf(b, translate.NewTranslator().WithLists(), "list.test", rules),
		hostOf(b, translate.NewTranslator().WithTrees(), "tree.test", rules))
	cost := map[string]float64{}
	rounds := 0
	for b.Loop() {
		rounds++
		for _, host := range []string{"list.test", "tree.test"} {
			for _, route := range []int{0, routes - 1} {
				cost[fmt.Sprint(host, route)] += e.cost(b, host, fmt.Sprintf("/tenant-%05d/x", route))
			}
		}
	}
	for _, host := range []string{"list.test", "tree.test"} {
		first, last := cost[fmt.Sprint(host, 0)], cost[fmt.Sprint(host, routes-1)]
		b.ReportMetric(last/float64(rounds), host+"-last-µs")
		b.ReportMetric(100*first/last, host+"-last-%-of-first")
	}
	b.ReportMetric(0, "ns/op")
}

// cost returns the microseconds of Envoy's CPU for one request.
func (e *tableEnvoy) cost(b *testing.B, host, path string) float64 {
	b.Helper()
	const requests = 2_000
	conn, err := net.Dial("tcp", e.address)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	request := fmt.Appendf(nil, "GET %s HTTP/1.1\r\nhost: %s\r\n\r\n", path, host)
	in := bufio.NewReader(conn)
	before := cpuTime(b, e.pid)
	for range requests {
		if _, err := conn.Write(request); err != nil {
			b.Fatal(err)
		}
		response, err := http.ReadResponse(in, nil)
		if err != nil || response.StatusCode != http.StatusFound {
			b.Fatal(response, err)
		}
		_, _ = io.Copy(io.Discard, response.Body)
	}
	return float64(cpuTime(b, e.pid)-before) / 1e3 / requests
}

// cpuTime returns the nanoseconds that all threads of a process have run.
func cpuTime(b *testing.B, pid int) int64 {
	b.Helper()
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil || len(files) == 0 {
		b.Fatalf("no threads of %d: %v", pid, err)
	}
	var total int64
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // a thread that has ended meanwhile
		}
		ran, _, _ := strings.Cut(string(text), " ")
		n, err := strconv.ParseInt(ran, 10, 64)
		if err != nil {
			b.Fatal(err)
		}
		total += n
	}
	return total
}
