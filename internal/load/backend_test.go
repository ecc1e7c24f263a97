package load

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"
)

func backend(t *testing.T, name string) *Backend {
	t.Helper()
	b, err := StartBackend(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func TestBackendSaysWhoItIsAndWhatItWasAsked(t *testing.T) {
	b := backend(t, "orders")
	b.SetStatus(http.StatusTeapot)
	b.SetDelay(1)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, "http://"+b.Address()+"/a/b?c=d", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "shop.example.com"
	req.Header.Set("X-Via", "gwctl")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusTeapot || resp.Header.Get(BackendHeader) != b.Name() {
		t.Errorf("answer %s by %q", resp.Status, resp.Header.Get(BackendHeader))
	}
	var echo Echo
	if err := json.NewDecoder(resp.Body).Decode(&echo); err != nil {
		t.Fatal(err)
	}
	if echo.Backend != "orders" || echo.Method != "PUT" || echo.Host != "shop.example.com" || echo.Path != "/a/b?c=d" || echo.Header.Get("X-Via") != "gwctl" {
		t.Errorf("echo %+v", echo)
	}
	if b.Requests() != 1 {
		t.Errorf("%d requests were counted", b.Requests())
	}
}

func TestBackendEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	b, err := StartBackend(ctx, "orders")
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	<-b.served
	if err := b.Close(); err != nil {
		t.Errorf("closing it again: %v", err)
	}
}
