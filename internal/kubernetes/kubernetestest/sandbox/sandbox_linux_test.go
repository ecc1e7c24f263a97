package sandbox_test

import (
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/gwctl/gwctl/internal/kubernetes/kubernetestest/sandbox"
)

const folder = "/of-the-sandbox"

func TestMain(m *testing.M) { sandbox.Main(m, folder, "/etc") }

func TestAllItsAddressesAreLocal(t *testing.T) {
	for _, address := range []string{"127.0.0.1", sandbox.Address, "10.99.0.2", "10.99.0.200"} {
		listener, err := net.Listen("tcp", net.JoinHostPort(address, "80"))
		if err != nil {
			t.Fatal(err)
		}
		server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, address) })}
		go func() { _ = server.Serve(listener) }() // ends with Close
		resp, err := http.Get("http://" + address)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || string(body) != address {
			t.Errorf("%s answered %q, %v", address, body, err)
		}
		_ = server.Close()
	}
}

func TestFoldersAreItsOwnAndTheRestIsThere(t *testing.T) {
	for _, own := range []string{folder, "/etc"} {
		if entries, err := os.ReadDir(own); err != nil || len(entries) != 0 {
			t.Errorf("%s: %v, %v", own, entries, err)
		}
		if err := os.WriteFile(filepath.Join(own, "file"), nil, 0o600); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Stat("sandbox_linux_test.go"); err != nil {
		t.Errorf("the working directory: %v", err)
	}
	if _, err := os.Stat("/proc/self/exe"); err != nil {
		t.Error(err)
	}
}
