package server

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"path"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/gwctl/gwctl/providers/xds/api"
)

// routes is the admin API.
func (s *Server) routes() http.Handler {
	handlers := map[string]map[string]http.HandlerFunc{
		api.PathFiles:                     {http.MethodPost: s.postFiles},
		api.PathIdentity:                  {http.MethodGet: s.getIdentity},
		api.PathObjects:                   {http.MethodGet: s.getObjects},
		api.PathRevisions:                 {http.MethodGet: s.getRevisions},
		api.PathRevisions + "/{revision}": {http.MethodGet: s.getRevision},
		api.PathStatus:                    {http.MethodGet: s.getStatus},
		api.PathTransactions:              {http.MethodPost: s.postTransaction},
		api.PathTransactions + "/{id}":    {http.MethodGet: s.getTransaction},
	}
	mux := http.NewServeMux()
	for at, methods := range handlers {
		mux.HandleFunc(at, func(w http.ResponseWriter, r *http.Request) {
			method := r.Method
			if method == http.MethodHead {
				method = http.MethodGet
			}
			handle, ok := methods[method]
			if !ok {
				var allowed []string
				for m := range methods {
					allowed = append(allowed, m)
				}
				slices.Sort(allowed)
				w.Header().Set("Allow", strings.Join(allowed, ", "))
				writeProblem(w, problem(http.StatusMethodNotAllowed, api.ProblemMethod, "The method is not allowed here",
					fmt.Sprintf("%s takes %s.", at, strings.Join(allowed, ", "))))
				return
			}
			handle(w, r)
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		writeProblem(w, notFound("the admin API has no path %q", clip(r.URL.Path)))
	})
	return mux
}

// maxReading bounds how long a client may take to send a request's body, and
// to take in a whole answer.
const (
	maxReading = 2 * time.Minute
	maxWriting = 2 * time.Minute
)

// guard keeps web pages out, which a browser on this machine would let in:
// pages of other origins, and those whose host name was made to point here. It
// bounds the time that a request takes, and answers for handlers that fail.
func guard(address net.Addr, log *slog.Logger, next http.Handler) http.Handler {
	loopback := isLoopback(address)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		deadlines := http.NewResponseController(w)
		// Where the connection has no deadlines, as in tests, there is none to set.
		_ = deadlines.SetReadDeadline(time.Now().Add(maxReading))
		_ = deadlines.SetWriteDeadline(time.Now().Add(maxWriting))
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(p)
			}
			log.Error("a request failed", "path", clip(r.URL.Path), "panic", p, "stack", string(debug.Stack()))
			writeProblem(w, problem(http.StatusInternalServerError, api.ProblemInternal, "The server has a defect", "Its log says more."))
		}()
		if loopback && !localHost(r.Host) {
			writeProblem(w, problem(http.StatusForbidden, api.ProblemForbidden, "The host is not this one",
				fmt.Sprintf("The request is for %q: call the admin API by a loopback address or as localhost.", clip(r.Host))))
			return
		}
		if origin := r.Header.Get("Origin"); origin != "" && !sameOrigin(origin, r.Host) {
			writeProblem(w, problem(http.StatusForbidden, api.ProblemForbidden, "Pages of another origin have no access", fmt.Sprintf("The origin is %q.", clip(origin))))
			return
		}
		// The mux would answer with a redirect.
		if !path.IsAbs(r.URL.Path) || path.Clean(r.URL.Path) != r.URL.Path {
			writeProblem(w, notFound("the admin API has no path %q", clip(r.URL.Path)))
			return
		}
		next.ServeHTTP(w, r)
	})
}

func localHost(hostport string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	host = strings.Trim(host, "[]")
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

func sameOrigin(origin, host string) bool {
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, host)
}
