package server

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	tlsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	"google.golang.org/protobuf/proto"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers/xds/api"
	"github.com/gwctl/gwctl/providers/xds/material"
	"github.com/gwctl/gwctl/providers/xds/rollout"
	"github.com/gwctl/gwctl/providers/xds/store"
	"github.com/gwctl/gwctl/providers/xds/translate"
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

// readMaterials reads all files that objects name. What cannot be used is left
// out: an Envoy that has it goes on with it.
func (s *Server) readMaterials(objects map[resource.ID]*store.Object) *materials {
	out := &materials{users: users(objects), good: map[material.Source]*material.Material{}}
	for source := range out.users {
		content, err := s.folder.Load(source, time.Now())
		if err != nil {
			s.noteFault(source, err.Error())
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
		content, err := s.folder.Load(source, time.Now())
		if fault, ok := errors.AsType[*material.Fault](err); ok {
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
	writeJSON(w, files)
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
			for _, o := range r.Origins {
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

// served returns changes as Envoys are to go through them: with contents.
func (m *materials) served(moves []rollout.Change) []rollout.Change {
	out := make([]rollout.Change, len(moves))
	for i, move := range moves {
		out[i] = rollout.Change{Gateway: move.Gateway, From: m.snapshot(move.From), To: m.snapshot(move.To)}
	}
	return out
}

// snapshot returns one as Envoys are served it. Secrets without content are not
// in it: who has them keeps them.
func (m *materials) snapshot(s *translate.Snapshot) *translate.Snapshot {
	secrets := s.Of(translate.Secret)
	if len(secrets) == 0 {
		return s
	}
	out := &translate.Snapshot{Gateway: s.Gateway, Resources: maps.Clone(s.Resources)}
	own := make(map[string]*translate.Resource, len(secrets))
	for name, r := range secrets {
		if inlined := m.inline(r); inlined != nil {
			own[name] = inlined
		}
	}
	out.Resources[translate.Secret] = own
	return out
}

// inline puts contents in the place of the names of files; nil where there are
// none. The version tells that the content is another.
func (m *materials) inline(r *translate.Resource) *translate.Resource {
	var secret tlsv3.Secret
	if err := proto.Unmarshal(r.Body, &secret); err != nil {
		return nil
	}
	var source material.Source
	certificate, validation := secret.GetTlsCertificate(), secret.GetValidationContext()
	if certificate != nil {
		source.Certificate, source.Key = certificate.GetCertificateChain().GetFilename(), certificate.GetPrivateKey().GetFilename()
	} else {
		source.Authorities = validation.GetTrustedCa().GetFilename()
	}
	content := m.good[source]
	switch {
	case content == nil:
		return nil
	case certificate != nil:
		certificate.CertificateChain, certificate.PrivateKey = bytesSource(content.Certificate), bytesSource(content.Key)
	default:
		validation.TrustedCa = bytesSource(content.Authorities)
	}
	body, err := proto.MarshalOptions{Deterministic: true}.Marshal(&secret)
	if err != nil {
		return nil
	}
	return &translate.Resource{
		Type: r.Type, Name: r.Name, Version: r.Version + "-" + content.Sum, Body: body,
		Clusters: r.Clusters, Origins: r.Origins,
	}
}

func bytesSource(content []byte) *corev3.DataSource {
	return &corev3.DataSource{Specifier: &corev3.DataSource_InlineBytes{InlineBytes: content}}
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
