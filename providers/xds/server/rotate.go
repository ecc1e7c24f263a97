package server

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/gwctl/gwctl/providers/xds/material"
	"github.com/gwctl/gwctl/providers/xds/rollout"
	"github.com/gwctl/gwctl/providers/xds/translate"
)

const (
	// lookEvery is how often files are looked at. There is no notice of the
	// file system that works for all: networks, links, mounts of Kubernetes.
	lookEvery = time.Second
	// rotationTimeout bounds how long a silent Envoy is waited for.
	rotationTimeout = 10 * time.Second
)

// watcher hands Envoys what the files of certificates hold whenever that is
// something else.
type watcher struct {
	server *Server
	looks  map[material.Source]*look
}

// look is what was seen of a source the last time.
type look struct {
	stamp   material.Stamp
	settled bool
	outcome string // the sum of what was read, or why it cannot be used
	refused string // the sum of what Envoys did not take
}

// watch goes on until ctx is done.
func (s *Server) watch(ctx context.Context) {
	w := &watcher{server: s, looks: map[material.Source]*look{}}
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.stopping:
			return
		case <-ticker.C:
			w.round(ctx)
		}
	}
}

func (w *watcher) round(ctx context.Context) {
	used := w.server.materials.Load().users
	maps.DeleteFunc(w.looks, func(source material.Source, _ *look) bool { return used[source] == nil })
	w.server.faults.keep(used)
	for source := range used {
		if ctx.Err() == nil {
			w.lookAt(ctx, source)
		}
	}
}

func (w *watcher) lookAt(ctx context.Context, source material.Source) {
	l := w.looks[source]
	if l == nil {
		l = &look{}
		w.looks[source] = l
	}
	served := ""
	if content := w.server.materials.Load().good[source]; content != nil {
		served = content.Sum
	}
	now := time.Now()
	stamp, settled := w.server.folder.Look(source, now)
	if stamp == l.stamp && l.settled && (l.outcome == served || l.outcome == l.refused) {
		return
	}
	fresh, fault := w.server.folder.Load(source, now)
	outcome := ""
	if fault != nil {
		outcome = fault.Error()
	} else {
		outcome = fresh.Sum
	}
	again := outcome == l.outcome
	l.stamp, l.settled, l.outcome = stamp, settled, outcome
	switch {
	case fault != nil:
		if again { // two files are seldom written at once
			w.server.noteFault(source, outcome)
		}
	case outcome == served:
		w.server.noteFault(source, "")
	case outcome != l.refused:
		w.server.warnExposed(source, fresh)
		l.refused = w.server.rotate(ctx, source, fresh)
	}
}

// rotate has the Envoys take what the files of a source hold now. What one of
// them refuses none keeps: then the sum of it is returned.
func (s *Server) rotate(ctx context.Context, source material.Source, fresh *material.Material) (refused string) {
	release, err := s.takeTurn(ctx, func() {})
	if err != nil {
		return "" // the server is stopping
	}
	defer release()
	old := s.materials.Load()
	if old.users[source] == nil {
		return ""
	}
	next := old.with(source, fresh)
	moves := rotation(s.current().snapshots, source, old, next)
	outcome := rollout.Run(s.work, s.fleet, moves, rollout.Options{Timeout: rotationTimeout, Lenient: true}, nil)
	if len(outcome.Refusals) > 0 {
		r := outcome.Refusals[0]
		s.noteFault(source, by(r.Node, r.Gateway)+" refused it: "+r.Text)
		return fresh.Sum
	}
	if !outcome.OK() { // the server is stopping
		return ""
	}
	s.materials.Store(next)
	s.faults.set(source, "")
	s.opts.Log.Info("Envoys were given what files of certificates hold now", "files", source.Paths(),
		"gateways", len(moves), "expires", fresh.Expires)
	return ""
}

// rotation lists the gateways whose Envoys are served the files of a source.
func rotation(snapshots map[string]*translate.Snapshot, source material.Source, old, next *materials) []rollout.Change {
	var moves []rollout.Change
	for _, name := range slices.Sorted(maps.Keys(snapshots)) {
		s := snapshots[name]
		for _, r := range s.Of(translate.Secret) {
			if _, named := decodeSecret(r); named == source {
				moves = append(moves, rollout.Change{Gateway: name, From: old.snapshot(s), To: next.snapshot(s)})
				break
			}
		}
	}
	return moves
}
