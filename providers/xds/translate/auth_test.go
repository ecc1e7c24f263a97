package translate_test

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	typev3 "github.com/envoyproxy/go-control-plane/envoy/type/v3"
	rpcstatus "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
)

// judge lets those in who are authorized, or of a tenant that is.
func judge(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.Header().Set("x-user", "ann")
	w.Header().Set("x-body", string(body))
	w.Header().Set("x-why", "unknown")
	if r.Header.Get("authorization") != "ok" && r.Header.Get("x-tenant") != "ok" {
		w.WriteHeader(http.StatusUnauthorized)
	}
	_, _ = io.WriteString(w, "an answer with a length")
}

// judgeOverGRPC does so by Envoy's protocol, and tells the backend what it knew.
func judgeOverGRPC() http.HandlerFunc {
	s := grpc.NewServer()
	authv3.RegisterAuthorizationServer(s, judging{})
	return s.ServeHTTP
}

type judging struct {
	authv3.UnimplementedAuthorizationServer
}

func (judging) Check(_ context.Context, in *authv3.CheckRequest) (*authv3.CheckResponse, error) {
	asked := in.GetAttributes().GetRequest().GetHttp()
	if asked.Headers["authorization"] != "ok" && asked.Headers["x-tenant"] != "ok" {
		return &authv3.CheckResponse{Status: &rpcstatus.Status{Code: int32(codes.PermissionDenied)}, HttpResponse: &authv3.CheckResponse_DeniedResponse{
			DeniedResponse: &authv3.DeniedHttpResponse{Status: &typev3.HttpStatus{Code: typev3.StatusCode_Unauthorized}},
		}}, nil
	}
	knew := slices.DeleteFunc(slices.Sorted(maps.Keys(asked.Headers)), func(name string) bool { return !strings.HasPrefix(name, "x-tenant") && name != "cookie" })
	return &authv3.CheckResponse{HttpResponse: &authv3.CheckResponse_OkResponse{OkResponse: &authv3.OkHttpResponse{
		Headers: []*corev3.HeaderValueOption{{Header: &corev3.HeaderValue{Key: "x-knew", Value: strings.Join(knew, " ") + "/" + asked.Body}}},
	}}}, nil
}

func (w *world) testAuth(t *testing.T) {
	for _, tc := range []struct {
		name, request string
		headers       []string
		body          string
		status        int
		told          map[string]string // of the server's request; "" is nothing
		passed        map[string]string // of the backend's
	}{
		{
			name: "who is known", request: "POST auth.test/least?a=b", body: "hello", headers: []string{"authorization: ok", "x-tenant: t"}, status: 200,
			told:   map[string]string{"authorization": "ok", "x-tenant": "", "content-length": "0"},
			passed: map[string]string{"x-user": "ann", "x-why": "unknown", "content-length": "5"},
		},
		{name: "who is not", request: "GET auth.test/least", status: 401},
		{
			name: "what is listed", request: "POST auth.test/listed", body: "hello", headers: []string{"x-tenant: ok", "cookie: c"}, status: 200,
			told:   map[string]string{"x-tenant": "ok", "cookie": "", "content-length": "5"},
			passed: map[string]string{"x-user": "ann", "x-why": "", "x-body": ""},
		},
		{name: "a body that is too long", request: "POST auth.test/listed", body: "hello, all of you", headers: []string{"x-tenant: ok"}, status: 413},
		{name: "pages that ask first", request: "OPTIONS auth.test/listed", headers: []string{"Origin: https://a.test", "Access-Control-Request-Method: PUT"}, status: 200},
		{name: "redirects for those who are known", request: "GET auth.test/redirect", headers: []string{"authorization: ok"}, status: 302},
		{name: "and not for others", request: "GET auth.test/redirect", status: 401},
		{name: "shares", request: "GET auth.test/split", headers: []string{"authorization: ok"}, status: 200},
		{name: "shares of others", request: "GET auth.test/split", status: 401},
		{name: "a server that is not there", request: "GET auth.test/nobody", headers: []string{"authorization: ok"}, status: 500},
		{name: "one that does not answer", request: "GET auth.test/silent", headers: []string{"authorization: ok"}, status: 403},
		{
			name: "over gRPC", request: "POST auth.test/grpc-all", body: "hello", headers: []string{"authorization: ok", "x-tenant: t", "cookie: c"}, status: 200,
			passed: map[string]string{"x-knew": "cookie x-tenant/"},
		},
		{name: "who is not, over gRPC", request: "GET auth.test/grpc-all", status: 401},
		{
			name: "what is listed, over gRPC", request: "POST auth.test/grpc-listed", body: "hello", headers: []string{"x-tenant: ok", "cookie: c"}, status: 200,
			passed: map[string]string{"x-knew": "x-tenant/hello"},
		},
		{name: "what is not listed, over gRPC", request: "GET auth.test/grpc-listed", headers: []string{"authorization: ok"}, status: 401},
		{name: "where nobody is asked", request: "GET auth.test/open", status: 200},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := w.send(t, "80", tc.request, bytes.NewBufferString(tc.body), tc.headers...)
			if a.status != tc.status {
				t.Errorf("status %d, want %d", a.status, tc.status)
			}
			if tc.told != nil {
				told := w.backends.copied(t)
				for name, want := range tc.told {
					if got := told.Header.Get(name); got != want {
						t.Errorf("the server was told %s: %q, want %q", name, got, want)
					}
				}
				if path := strings.TrimPrefix(tc.request, "POST auth.test"); told.Host != "auth.test" || !strings.HasSuffix(told.URI, path) {
					t.Errorf("the server was asked about %s%s", told.Host, told.URI)
				}
			}
			for name, want := range tc.passed {
				if got := a.seen.Header.Get(name); got != want {
					t.Errorf("the backend got %s: %q, want %q", name, got, want)
				}
			}
			for len(w.backends.shadows) > 0 { // what was asked about others
				<-w.backends.shadows
			}
		})
	}
}
