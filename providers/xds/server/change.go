package server

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/gwctl/gwctl/internal/crd"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers/xds/api"
	"github.com/gwctl/gwctl/providers/xds/rollout"
	"github.com/gwctl/gwctl/providers/xds/store"
	"github.com/gwctl/gwctl/providers/xds/translate"
)

// change is what a transaction does to what is in force.
type change struct {
	at       time.Time
	revision uint64
	puts     []store.Object
	deletes  []resource.ID
	objects  map[resource.ID]*store.Object // all, after it
	moves    []rollout.Change
	touched  []store.Key
	// materials are those after it.
	materials *materials
}

func (ch *change) empty() bool { return len(ch.puts)+len(ch.deletes) == 0 }

// validate checks written objects by the definitions of their kinds. Those of
// Kubernetes' core have none here: translation says what it takes of them.
func validate(ctx context.Context, writes []api.Write) *api.Problem {
	objects := make([]*resource.Object, 0, len(writes))
	for _, w := range writes {
		if w.Object.GroupVersionKind().Group != "" {
			objects = append(objects, w.Object)
		}
	}
	lists, err := crd.Validate(ctx, objects...)
	if err != nil {
		return unavailable("The transaction was given up", "%v", err)
	}
	var issues []api.Issue
	for i, list := range lists {
		for _, e := range list {
			path := e.Field
			if path == "<nil>" {
				path = ""
			}
			issues = append(issues, api.Issue{Field: api.Field{ID: resource.IDOf(objects[i]), Path: path}, Message: e.ErrorBody()})
		}
	}
	if issues != nil {
		return invalidObjects(issues)
	}
	return nil
}

// checkOwned refuses to touch what is not the owner's.
func (c *committed) checkOwned(r *request) *api.Problem {
	var issues []api.Issue
	check := func(id resource.ID) {
		live := c.objects[id]
		if live == nil {
			return
		}
		owner := api.Owner{Name: live.Owner, Lineage: live.Lineage}
		if message := foreign(owner, r.Owner, r.Adopt); message != "" {
			issues = append(issues, api.Issue{Field: api.Field{ID: id}, Message: message})
		}
	}
	for _, w := range r.Writes {
		check(resource.IDOf(w.Object))
	}
	for _, e := range r.Deletes {
		check(e.ID)
	}
	if issues == nil {
		return nil
	}
	p := invalidObjects(issues)
	p.Type, p.Status, p.Title = api.ProblemOwned, http.StatusConflict, "Objects belong to somebody else"
	return p
}

// foreign says why an object of one owner is not another's to change, "" when
// it is.
func foreign(live, own api.Owner, adopt bool) string {
	switch {
	case live == own:
		return ""
	case live == (api.Owner{}):
		if adopt {
			return ""
		}
		return "it exists and nobody owns it: take it over with -adopt, or choose another name"
	case live.Name != own.Name:
		return fmt.Sprintf("it belongs to %q: choose another name", live.Name)
	case adopt:
		return ""
	}
	return fmt.Sprintf("it belongs to %q under another lineage, %s: if the state of this configuration was lost, take its objects over with -adopt", live.Name, live.Lineage)
}

// checkFresh compares the expected revisions with what is live.
func (s *Server) checkFresh(c *committed, r *request) *api.Problem {
	var moved []api.Moved
	for id, e := range r.mentioned {
		live := c.objects[id]
		m := api.Moved{ID: id, Expected: e.IfMatch}
		if live != nil {
			m.Revision, m.Owner = live.Revision, live.Owner
		}
		if m.Revision == e.IfMatch {
			continue
		}
		if live != nil && e.IfMatch != 0 {
			// What the history has lost, or the store cannot read, goes unsaid.
			if was, err := s.store.Written(id, e.IfMatch); err == nil && was != nil {
				m.Fields = differingFields(was.Object, live.Object)
			}
		}
		moved = append(moved, m)
	}
	if moved == nil {
		return nil
	}
	slices.SortFunc(moved, func(a, b api.Moved) int { return a.ID.Compare(b.ID) })
	p := problem(http.StatusPreconditionFailed, api.ProblemStale, "Objects have changed since they were read", "Nothing was changed. Plan again.")
	p.Moved = moved[:min(len(moved), maxIssues)]
	return p
}

// differingFields names the fields below spec and metadata, and the others at
// the top, that differ.
func differingFields(a, b *resource.Object) []string {
	var fields []string
	for _, top := range unionKeys(a.Object, b.Object) {
		x, y := a.Object[top], b.Object[top]
		if reflect.DeepEqual(x, y) {
			continue
		}
		left, isMap := x.(map[string]any)
		right, alsoMap := y.(map[string]any)
		if !isMap || !alsoMap {
			fields = append(fields, top)
			continue
		}
		for _, key := range unionKeys(left, right) {
			if !reflect.DeepEqual(left[key], right[key]) {
				fields = append(fields, top+"."+key)
			}
		}
	}
	return fields
}

func unionKeys(a, b map[string]any) []string {
	keys := slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b))
	slices.Sort(keys)
	return slices.Compact(keys)
}

// apply finds what a request changes; objects that are as wanted already are
// left alone.
func (c *committed) apply(r *request, at time.Time) *change {
	ch := &change{at: at, revision: c.revision + 1, objects: maps.Clone(c.objects), puts: make([]store.Object, 0, len(r.Writes))}
	for _, w := range r.Writes {
		id, owner := resource.IDOf(w.Object), ownerOf(w.Object)
		live := c.objects[id]
		if live != nil && reflect.DeepEqual(live.Object.Object, w.Object.Object) {
			continue
		}
		put := store.Object{Object: w.Object, Owner: owner.Name, Lineage: owner.Lineage, Revision: ch.revision, Created: at}
		if live != nil {
			put.Created = live.Created
		}
		ch.puts = append(ch.puts, put)
		ch.objects[id] = &ch.puts[len(ch.puts)-1]
	}
	for _, e := range r.Deletes {
		if c.objects[e.ID] != nil {
			ch.deletes = append(ch.deletes, e.ID)
			delete(ch.objects, e.ID)
		}
	}
	return ch
}

// checkTranslated refuses a change that brings problems that were not there.
func (c *committed) checkTranslated(result *translate.Result) *api.Problem {
	var issues []api.Issue
	for _, p := range result.Problems {
		if !c.problems[p] {
			issues = append(issues, api.Issue{Field: api.Field{ID: p.ID, Path: p.Path}, Message: p.Message})
		}
	}
	if issues == nil {
		return nil
	}
	slices.SortStableFunc(issues, func(a, b api.Issue) int {
		if n := a.ID.Compare(b.ID); n != 0 {
			return n
		}
		return strings.Compare(a.Path, b.Path)
	})
	p := invalidObjects(issues)
	p.Title = "Objects cannot be translated for Envoy"
	return p
}
