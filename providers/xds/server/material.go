package server

import (
	"maps"
	"slices"
	"sync"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers/xds/material"
	"github.com/gwctl/gwctl/providers/xds/store"
)

// materials is what the files hold that objects name, as Envoys are served it.
// Resources name files, in the store as everywhere else: contents take their
// place only on the way to Envoys. It is replaced as a whole, by whoever holds
// the turn, and never changed.
type materials struct {
	users map[material.Source][]resource.ID // the objects that name the files
	good  map[material.Source]*material.Material
}

// users finds the objects that name files.
func users(objects map[resource.ID]*store.Object) map[material.Source][]resource.ID {
	out := map[material.Source][]resource.ID{}
	for id, o := range objects {
		if s, ok := material.SourceOf(o.Object); ok {
			out[s] = append(out[s], id)
		}
	}
	for _, ids := range out {
		slices.SortFunc(ids, resource.ID.Compare)
	}
	return out
}

// concernedBy reports whether a change writes or deletes objects that name files,
// or did before it.
func (m *materials) concernedBy(ch *change) bool {
	names := map[resource.ID]bool{}
	for _, ids := range m.users {
		for _, id := range ids {
			names[id] = true
		}
	}
	return slices.ContainsFunc(ch.deletes, func(id resource.ID) bool { return names[id] }) ||
		slices.ContainsFunc(ch.puts, func(put store.Object) bool {
			_, now := material.SourceOf(put.Object)
			return now || names[resource.IDOf(put.Object)]
		})
}

// with returns materials in which one source has another content.
func (m *materials) with(s material.Source, content *material.Material) *materials {
	good := maps.Clone(m.good)
	good[s] = content
	return &materials{users: m.users, good: good}
}

// faults says why what the files of a source hold now is not what Envoys are
// served.
type faults struct {
	mu   sync.Mutex
	text map[material.Source]string
}

func (f *faults) of(s material.Source) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.text[s]
}

// set notes a fault, "" for none, and reports whether that is news.
func (f *faults) set(s material.Source, text string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.text[s] == text {
		return false
	}
	if f.text == nil {
		f.text = map[material.Source]string{}
	}
	f.text[s] = text
	if text == "" {
		delete(f.text, s)
	}
	return true
}

// keep forgets the faults of files that nothing names any more.
func (f *faults) keep(used map[material.Source][]resource.ID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	maps.DeleteFunc(f.text, func(s material.Source, _ string) bool { return used[s] == nil })
}

func (s *Server) warnExposed(source material.Source, content *material.Material) {
	if content.Exposed {
		s.opts.Log.Warn("others on this machine can read the key: chmod 600", "file", source.Key)
	}
}

// noteFault keeps what is wrong with files for the status, and logs it once.
func (s *Server) noteFault(source material.Source, text string) {
	if !s.faults.set(source, text) {
		return
	}
	files := source.Paths()
	if text == "" {
		s.opts.Log.Info("files of certificates can be used again", "files", files)
		return
	}
	s.opts.Log.Warn("files of certificates cannot be used: Envoys keep what they have", "files", files, "reason", text)
}
