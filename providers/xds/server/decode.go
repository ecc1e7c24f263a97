package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers/xds/api"
)

const (
	defaultWait = 30 * time.Second
	maxWait     = 10 * time.Minute
)

// request is a transaction that is well formed.
type request struct {
	api.Transaction
	wait time.Duration
	// mentioned has all objects that are written, deleted or read.
	mentioned map[resource.ID]api.Expect
}

// decodeTransaction reads a transaction and checks what can be checked without
// knowing what is live.
func decodeTransaction(body io.Reader) (*request, *api.Problem) {
	raw, err := io.ReadAll(body)
	if err != nil {
		if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return nil, problem(http.StatusRequestEntityTooLarge, api.ProblemInvalid, "The transaction is too large",
				fmt.Sprintf("It may have %d MiB: apply in several steps, with -target.", tooLarge.Limit>>20))
		}
		return nil, invalid("the transaction did not arrive whole: %v", err)
	}
	r := &request{mentioned: map[resource.ID]api.Expect{}}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&r.Transaction); err != nil {
		return nil, invalid("the transaction is no JSON of the expected form: %v", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, invalid("there is something behind the transaction's JSON")
	}
	if p := r.checkHead(); p != nil {
		return nil, p
	}
	if p := r.checkObjects(); p != nil {
		return nil, p
	}
	return r, nil
}

func (r *request) checkHead() *api.Problem {
	switch {
	case r.ID == "" || len(r.ID) > api.MaxID || strings.ContainsFunc(r.ID, notPlain):
		return invalid("id is %q: it wants 1 to %d letters, digits and dashes, and never the same twice", clip(r.ID), api.MaxID)
	case r.Owner.Name == "" || len(r.Owner.Name) > api.MaxOwner || strings.ContainsRune(r.Owner.Name, 0):
		return invalid("owner.name is %q: it wants 1 to %d bytes", clip(r.Owner.Name), api.MaxOwner)
	case r.Owner.Lineage == "" || len(r.Owner.Lineage) > api.MaxOwner:
		return invalid("owner.lineage is %q: it wants 1 to %d bytes", clip(r.Owner.Lineage), api.MaxOwner)
	case r.WaitFor != "" && r.WaitFor != api.WaitForAll && r.WaitFor != api.WaitForNone:
		return invalid("wait_for is %q: it wants %q or %q", clip(r.WaitFor), api.WaitForAll, api.WaitForNone)
	case len(r.Writes)+len(r.Deletes) > api.MaxObjects:
		return invalid("%d objects are written or deleted: at most %d can be in one transaction", len(r.Writes)+len(r.Deletes), api.MaxObjects)
	case len(r.Reads) > api.MaxObjects:
		return invalid("%d objects are read: at most %d can be in one transaction", len(r.Reads), api.MaxObjects)
	}
	r.wait = defaultWait
	if r.WaitTimeout != "" {
		wait, err := time.ParseDuration(r.WaitTimeout)
		if err != nil || wait <= 0 || wait > maxWait {
			return invalid("wait_timeout is %q: it wants a duration up to %v, such as \"30s\"", clip(r.WaitTimeout), maxWait)
		}
		r.wait = wait
	}
	return nil
}

func (r *request) checkObjects() *api.Problem {
	var issues []api.Issue
	report := func(id resource.ID, path, format string, args ...any) {
		issues = append(issues, api.Issue{Field: api.Field{ID: id, Path: path}, Message: fmt.Sprintf(format, args...)})
	}
	mention := func(id resource.ID, match uint64) {
		if _, twice := r.mentioned[id]; twice {
			report(id, "", "the object is in the transaction twice")
		}
		r.mentioned[id] = api.Expect{ID: id, IfMatch: match}
	}
	for i, w := range r.Writes {
		if w.Object == nil || w.Object.Object == nil {
			return invalid("writes[%d] has no object", i)
		}
		id := resource.IDOf(w.Object)
		mention(id, w.IfMatch)
		if id.Name == "" {
			report(id, "metadata.name", "an object has a name")
		}
		owner := ownerOf(w.Object)
		if owner != (api.Owner{}) && owner != r.Owner {
			report(id, "metadata.annotations", "the object's marks say that %q owns it under lineage %s, and the transaction is of %q under lineage %s",
				clip(owner.Name), clip(owner.Lineage), r.Owner.Name, r.Owner.Lineage)
		}
	}
	for _, e := range r.Deletes {
		mention(e.ID, e.IfMatch)
	}
	for _, e := range r.Reads {
		mention(e.ID, e.IfMatch)
	}
	if issues != nil {
		return invalidObjects(issues)
	}
	return nil
}

// ownerOf reads an object's marks; the zero Owner is nobody.
func ownerOf(o *resource.Object) api.Owner {
	annotations := o.GetAnnotations()
	return api.Owner{Name: annotations[resource.AnnotationOwner], Lineage: annotations[resource.AnnotationLineage]}
}

func notPlain(c rune) bool {
	return c != '-' && (c < '0' || '9' < c) && (c < 'a' || 'z' < c) && (c < 'A' || 'Z' < c)
}

// clip keeps what is quoted in messages short.
func clip(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "..."
}
