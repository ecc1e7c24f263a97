package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers/xds/api"
	"github.com/gwctl/gwctl/providers/xds/store"
	"github.com/gwctl/gwctl/providers/xds/translate"
)

func (s *Server) identity() api.Identity {
	return api.Identity{ID: s.store.ID(), Version: s.opts.Version, Revision: s.current().revision, RateLimit: s.opts.RateLimit}
}

func (s *Server) getIdentity(w http.ResponseWriter, _ *http.Request) { writeJSON(w, s.identity()) }

// query reads the parameters of a request, of which only some are known.
func query(r *http.Request, known ...string) (url.Values, *api.Problem) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, invalid("the query: %v", err)
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !slices.Contains(known, name) {
			return nil, invalid("the query has %q: it wants %q", clip(name), known)
		}
	}
	return values, nil
}

func ownerIn(values url.Values) (string, *api.Problem) {
	owner := values.Get("owner")
	if owner == "" || len(owner) > api.MaxOwner || strings.ContainsRune(owner, 0) || len(values["owner"]) > 1 {
		return "", invalid("the query wants one owner=NAME")
	}
	return owner, nil
}

// getObjects answers with the objects of an owner and those that are named, or
// with all of them.
func (s *Server) getObjects(w http.ResponseWriter, r *http.Request) {
	values, p := query(r, "owner", "id", "all", "conditions")
	if p != nil {
		writeProblem(w, p)
		return
	}
	all, withConditions := values.Get("all"), values.Get("conditions")
	if len(values["owner"]) > 1 || !values.Has("owner") && !values.Has("id") && all == "" {
		writeProblem(w, invalid("the query wants owner=NAME, id=group/kind/namespace/name, or both, or all=true"))
		return
	}
	for _, flag := range []string{all, withConditions} {
		if flag != "" && flag != "true" {
			writeProblem(w, invalid("all and conditions are true or left out, and not %q", clip(flag)))
			return
		}
	}
	if len(values["id"]) > api.MaxIDs {
		writeProblem(w, invalid("the query names %d objects: at most %d can be asked for at a time", len(values["id"]), api.MaxIDs))
		return
	}
	named := map[resource.ID]bool{}
	for _, text := range values["id"] {
		id, err := api.ParseID(text)
		if err != nil {
			writeProblem(w, invalid("%v", clip(err.Error())))
			return
		}
		named[id] = true
	}
	c := s.current()
	var found []*store.Object
	if owner := values.Get("owner"); owner != "" {
		for id, o := range c.objects {
			if o.Owner == owner {
				found = append(found, o)
				delete(named, id)
			}
		}
	}
	for id := range named {
		if o := c.objects[id]; o != nil {
			found = append(found, o)
		}
	}
	if all != "" {
		found = slices.Collect(maps.Values(c.objects))
	}
	slices.SortFunc(found, func(a, b *store.Object) int { return resource.IDOf(a.Object).Compare(resource.IDOf(b.Object)) })
	w.Header().Set("Content-Type", api.TypeJSON)
	w.Header().Set("Cache-Control", "no-store")
	var status translate.Statuses
	if withConditions != "" {
		status = c.status
	}
	writeObjects(w, c.revision, found, status)
}

// writeObjects streams an api.ObjectList, with what status says of the objects:
// a fleet's are many. A client that is gone is no concern.
func writeObjects(w io.Writer, revision uint64, objects []*store.Object, status translate.Statuses) {
	if _, err := fmt.Fprintf(w, `{"revision":%d,"objects":[`, revision); err != nil {
		return
	}
	encoder := json.NewEncoder(w)
	for i, o := range objects {
		if i > 0 {
			if _, err := io.WriteString(w, ","); err != nil {
				return
			}
		}
		answer := apiObject(o)
		answer.Conditions = conditionsOf(status.Of(resource.IDOf(o.Object)))
		if err := encoder.Encode(answer); err != nil {
			return
		}
	}
	_, _ = io.WriteString(w, "]}\n")
}

func (s *Server) getRevisions(w http.ResponseWriter, r *http.Request) {
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
	kept, err := s.store.Revisions(owner)
	if err != nil {
		writeProblem(w, s.unreadable(err))
		return
	}
	list := api.RevisionList{Revisions: make([]api.Revision, 0, len(kept))}
	for _, k := range kept {
		list.Revisions = append(list.Revisions, api.Revision{
			Revision: k.Revision, Transaction: k.Transaction, Owner: k.Owner, At: k.At, Changed: k.Changed,
		})
	}
	writeJSON(w, list)
}

func (s *Server) getRevision(w http.ResponseWriter, r *http.Request) {
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
	revision, err := strconv.ParseUint(r.PathValue("revision"), 10, 64)
	if err != nil {
		writeProblem(w, invalid("%q is no revision: it wants a whole number", clip(r.PathValue("revision"))))
		return
	}
	objects, err := s.store.AsOf(owner, revision)
	if pruned, ok := errors.AsType[*store.PrunedError](err); ok {
		writeProblem(w, notFound("%v", pruned))
		return
	}
	if err != nil {
		writeProblem(w, s.unreadable(err))
		return
	}
	list := make([]*store.Object, len(objects))
	for i := range objects {
		list[i] = &objects[i]
	}
	w.Header().Set("Content-Type", api.TypeJSON)
	w.Header().Set("Cache-Control", "no-store")
	writeObjects(w, revision, list, translate.Statuses{})
}

func (s *Server) unreadable(err error) *api.Problem {
	s.opts.Log.Error("the store cannot be read", "error", err)
	return unavailable("The store cannot be read", "%v", err)
}
