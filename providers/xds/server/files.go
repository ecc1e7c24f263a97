package server

import (
	"encoding/json"
	"maps"
	"net/http"
	"time"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers/xds/api"
	"github.com/gwctl/gwctl/providers/xds/material"
	"github.com/gwctl/gwctl/providers/xds/store"
	"github.com/gwctl/gwctl/providers/xds/translate"
)

// readMaterials reads all files that objects name, at the start. What expired
// meanwhile is served as before. What cannot be used is left out: an Envoy that
// has it goes on with it.
func (s *Server) readMaterials(objects map[resource.ID]*store.Object) *materials {
	out := &materials{users: users(objects), good: map[material.Source]*material.Material{}}
	for source := range out.users {
		content, fault := s.folder.Load(source, time.Time{})
		if fault != nil {
			s.noteFault(source, fault.Error())
			continue
		}
		s.warnExposed(source, content)
		out.good[source] = content
	}
	return out
}

// readChange reads the files that a change brings. What is served already stays
// as it is: the watch looks after it.
func (s *Server) readChange(ch *change) *api.Problem {
	now := s.materials.Load()
	if !now.concernedBy(ch) {
		ch.materials = now
		return nil
	}
	next := &materials{users: users(ch.objects), good: map[material.Source]*material.Material{}}
	for source := range next.users {
		if content := now.good[source]; content != nil {
			next.good[source] = content
		}
	}
	written := make([]*resource.Object, len(ch.puts))
	for i, put := range ch.puts {
		written[i] = put.Object
	}
	if p := s.readFiles(next.good, written); p != nil {
		return p
	}
	ch.materials = next
	return nil
}

// readFiles reads what objects name and is not known yet.
func (s *Server) readFiles(known map[material.Source]*material.Material, objects []*resource.Object) *api.Problem {
	var issues []api.Issue
	for _, o := range objects {
		source, ok := material.SourceOf(o)
		if !ok || known[source] != nil {
			continue
		}
		content, fault := s.folder.Load(source, time.Now())
		if fault != nil {
			field := api.Field{ID: resource.IDOf(o), Path: "metadata.annotations[" + fault.Annotation + "]"}
			issues = append(issues, api.Issue{Field: field, Message: fault.Error()})
			continue
		}
		s.warnExposed(source, content)
		known[source] = content
	}
	if issues == nil {
		return nil
	}
	p := invalidObjects(issues)
	p.Title = "Files cannot be used"
	return p
}

// checkServable refuses a change by which Envoys would wait for what cannot be
// read.
func (ch *change) checkServable() *api.Problem {
	var issues []api.Issue
	for _, m := range ch.moves {
		for name, r := range m.To.Of(translate.Secret) {
			if m.From.Of(translate.Secret)[name] != nil || ch.materials.inline(r) != nil {
				continue
			}
			for _, o := range r.Origins() {
				issues = append(issues, api.Issue{Field: api.Field{ID: o.ID, Path: o.Path}, Message: "its files cannot be used now: `gwctl xds status` says why"})
			}
		}
	}
	if issues == nil {
		return nil
	}
	p := invalidObjects(issues)
	p.Title = "Files cannot be used"
	return p
}

// postFiles says of files what an apply would.
func (s *Server) postFiles(w http.ResponseWriter, r *http.Request) {
	if p := wantsJSON(r); p != nil {
		writeProblem(w, p)
		return
	}
	var files api.Files
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, api.MaxFiles))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&files); err != nil {
		writeProblem(w, invalid("the objects are no JSON of the expected form: %v", err))
		return
	}
	for i, o := range files.Objects {
		if o == nil || o.Object == nil {
			writeProblem(w, invalid("objects[%d] is none", i))
			return
		}
	}
	known := maps.Clone(s.materials.Load().good)
	if p := s.readFiles(known, files.Objects); p != nil {
		writeProblem(w, p)
		return
	}
	report := api.FileReport{Files: make([]api.FileStatus, len(files.Objects))}
	for i, o := range files.Objects {
		source, _ := material.SourceOf(o)
		if content := known[source]; content != nil {
			report.Files[i] = api.FileStatus{Hostnames: content.Hostnames, Expires: content.Expires, Exposed: content.Exposed}
		}
	}
	writeJSON(w, report)
}
