package server

import (
	"encoding/json"
	"mime"
	"net/http"
	"time"

	"github.com/gwctl/gwctl/providers/xds/api"
)

// wantsJSON keeps out what a form of a web page could send.
func wantsJSON(r *http.Request) *api.Problem {
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != api.TypeJSON {
		return problem(http.StatusUnsupportedMediaType, api.ProblemInvalid, "The request is not valid", r.URL.Path+" wants Content-Type: "+api.TypeJSON+".")
	}
	return nil
}

func (s *Server) postTransaction(w http.ResponseWriter, r *http.Request) {
	if p := wantsJSON(r); p != nil {
		writeProblem(w, p)
		return
	}
	size := r.ContentLength
	if size < 0 || size > api.MaxBody {
		size = api.MaxBody
	}
	size = max(size, minBody)
	if !s.bodies.TryAcquire(size) {
		w.Header().Set("Retry-After", "5")
		writeProblem(w, unavailable("The transaction did not begin", "%v. Nothing was changed. Try again.", errBusy))
		return
	}
	defer s.bodies.Release(size)
	request, p := decodeTransaction(http.MaxBytesReader(w, r.Body, api.MaxBody))
	if p != nil {
		writeProblem(w, p)
		return
	}
	stream := &stream{w: w, deadlines: http.NewResponseController(w)}
	verdict, p := s.transact(r.Context(), request, func(progress api.Progress) { stream.send(api.Event{Progress: &progress}) })
	if p != nil && !stream.begun {
		writeProblem(w, p)
		return
	}
	stream.send(api.Event{Verdict: verdict, Problem: p})
}

// getTransaction tells how a transaction ended, also after a restart.
func (s *Server) getTransaction(w http.ResponseWriter, r *http.Request) {
	values, p := query(r, "owner")
	if p != nil {
		writeProblem(w, p)
		return
	}
	owner, p := ownerIn(values)
	if p != nil {
		writeProblem(w, p)
		return
	}
	id := r.PathValue("id")
	if outcome := s.outcomes.get(id); outcome != nil {
		writeJSON(w, outcome)
		return
	}
	kept, err := s.store.Revisions(owner)
	if err != nil {
		writeProblem(w, s.unreadable(err))
		return
	}
	for _, k := range kept {
		if k.Transaction == id {
			writeJSON(w, api.Outcome{State: api.StateDone, Verdict: &api.Verdict{Committed: true, Revision: k.Revision}})
			return
		}
	}
	writeProblem(w, notFound("no transaction %q of %q was committed", clip(id), owner))
}

// stream is an answer of events, one a line.
type stream struct {
	w         http.ResponseWriter
	deadlines *http.ResponseController
	begun     bool
	failed    bool
}

// send writes one event. When the client is gone, the transaction goes on
// without it.
func (s *stream) send(e api.Event) {
	if s.failed {
		return
	}
	if !s.begun {
		s.begun = true
		s.w.Header().Set("Content-Type", api.TypeStream)
		s.w.Header().Set("Cache-Control", "no-store")
	}
	_ = s.deadlines.SetWriteDeadline(time.Now().Add(maxWriting))
	if err := json.NewEncoder(s.w).Encode(e); err != nil {
		s.failed = true
		return
	}
	if err := s.deadlines.Flush(); err != nil {
		s.failed = true
	}
}
