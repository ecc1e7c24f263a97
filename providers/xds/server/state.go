package server

import (
	"context"
	"fmt"
	"maps"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers/xds/api"
	"github.com/gwctl/gwctl/providers/xds/fleet"
	"github.com/gwctl/gwctl/providers/xds/material"
	"github.com/gwctl/gwctl/providers/xds/store"
	"github.com/gwctl/gwctl/providers/xds/translate"
)

// Server is the state behind both interfaces.
type Server struct {
	opts       Options
	store      *store.Store
	fleet      *fleet.Fleet
	translator *translate.Translator // of whoever holds turn
	committed  atomic.Pointer[committed]
	folder     *material.Folder // of the files that objects name
	materials  atomic.Pointer[materials]
	faults     faults

	turn     chan struct{}       // has a token while no transaction runs
	bodies   *semaphore.Weighted // bytes of transactions under way
	outcomes outcomes

	work     context.Context // of running transactions
	cancel   context.CancelFunc
	stopping chan struct{}
}

// committed is what is in force. It is replaced as a whole and never changed.
type committed struct {
	revision  uint64
	objects   map[resource.ID]*store.Object
	snapshots map[string]*translate.Snapshot // by gateway, and of fleet.Limiters
	status    translate.Statuses
	problems  map[translate.Problem]bool
}

// maxBodies bounds the memory of transactions that wait for their turn, and
// minBody, what one counts for at least, their number.
const (
	maxBodies = 4 * api.MaxBody
	minBody   = 1 << 20
)

// newServer loads the store and has the fleet serve it.
func newServer(opts Options, st *store.Store, folder *material.Folder) (*Server, error) {
	contents, err := st.Load()
	if err != nil {
		return nil, err
	}
	c, err := restore(contents)
	if err != nil {
		return nil, &store.CorruptError{Path: st.Path(), Err: err}
	}
	if opts.RateLimit == "" && len(c.limits()) > 0 {
		return nil, errNoRateLimit
	}
	s := &Server{
		opts: opts, store: st, folder: folder, translator: opts.newTranslator(),
		turn: make(chan struct{}, 1), bodies: semaphore.NewWeighted(maxBodies),
		stopping: make(chan struct{}),
	}
	s.work, s.cancel = context.WithCancel(context.Background())
	s.turn <- struct{}{}
	s.committed.Store(c)
	s.materials.Store(s.readMaterials(c.objects))
	s.fleet = fleet.New(fleet.Options{Grace: opts.Grace, OnFirstConnect: s.firstConnect})
	for name, snapshot := range c.snapshots {
		s.fleet.Set(name, s.materials.Load().snapshot(snapshot))
		if contents.Gateways[name].Connected {
			s.fleet.MarkKnown(name)
		}
	}
	if p := contents.Pending; p != nil {
		if err := s.dropPending(c, p); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *Server) current() *committed { return s.committed.Load() }

// restore reads what the store has.
func restore(contents *store.Contents) (*committed, error) {
	c := &committed{
		revision:  contents.Revision,
		objects:   make(map[resource.ID]*store.Object, len(contents.Objects)),
		snapshots: map[string]*translate.Snapshot{},
	}
	c.snapshots[fleet.Limiters] = limitersSnapshot(map[string]*translate.Resource{})
	for i := range contents.Objects {
		o := &contents.Objects[i]
		c.objects[resource.IDOf(o.Object)] = o
	}
	for name, g := range contents.Gateways {
		if g.Served {
			c.snapshots[name] = &translate.Snapshot{Gateway: name, Resources: map[translate.Type]map[string]*translate.Resource{}}
		}
	}
	for _, kept := range contents.Resources {
		r, err := decodeResource(kept)
		if err != nil {
			return nil, fmt.Errorf("%s %s of gateway %s: %w", kept.Type, kept.Name, kept.Gateway, err)
		}
		types := c.snapshots[kept.Gateway].Resources
		if types[r.Type] == nil {
			types[r.Type] = map[string]*translate.Resource{}
		}
		types[r.Type][r.Name] = r
	}
	return c, nil
}

// dropPending rolls back what a server before this one was at when it was
// killed: what is committed is served, and Envoys that took more of the change
// are not believed to have it.
func (s *Server) dropPending(c *committed, p *store.Pending) error {
	touched := map[string]*translate.Snapshot{}
	for _, k := range p.Touched {
		if touched[k.Gateway] == nil {
			touched[k.Gateway] = &translate.Snapshot{Gateway: k.Gateway, Resources: map[translate.Type]map[string]*translate.Resource{}}
		}
		typ := translate.Type(k.Type)
		if touched[k.Gateway].Resources[typ] == nil {
			touched[k.Gateway].Resources[typ] = map[string]*translate.Resource{}
		}
		touched[k.Gateway].Resources[typ][k.Name] = &translate.Resource{Type: typ, Name: k.Name}
	}
	for name, snapshot := range touched {
		if c.snapshots[name] != nil {
			s.fleet.Suspect(name, nil, snapshot)
		}
	}
	s.opts.Log.Warn("a transaction was interrupted and is rolled back", "owner", p.Owner, "at", p.At, "revision", c.revision)
	s.outcomes.done(p.Transaction, &api.Outcome{State: api.StateDone, Verdict: &api.Verdict{
		Revision: c.revision, Restored: true,
		Detail: fmt.Sprintf("The server was interrupted. It serves revision %d, as before.", c.revision),
	}})
	return s.store.Abort()
}

// translateAgain finds the conditions of what is in force, and makes the next
// transaction cheap. Envoys are served the stored resources whatever it says:
// where another version of gwctl translates otherwise, the next transaction
// carries the difference.
func (s *Server) translateAgain() {
	c := *s.current()
	result := s.translator.Translate(inputs(c.objects))
	c.status, c.problems = result.Status, problemSet(result.Problems)
	s.committed.Store(&c)
	translated := snapshotsOf(&result)
	for name := range c.snapshots {
		if touched := difference(name, c.snapshots[name], translated[name]); len(touched) > 0 {
			s.opts.Log.Info("this version translates some objects otherwise: Envoys get that with the next transaction", "gateway", name, "resources", len(touched))
		}
	}
}

// inputs lists objects for translation.
func inputs(objects map[resource.ID]*store.Object) []translate.Object {
	list := make([]translate.Object, 0, len(objects))
	for _, o := range objects {
		// To the second: that is what a creationTimestamp says, here as in a
		// cluster, so that whoever reads it can tell which route is older.
		list = append(list, translate.Object{Object: o.Object, Created: o.Created.Truncate(time.Second)})
	}
	return list
}

func problemSet(problems []translate.Problem) map[translate.Problem]bool {
	set := make(map[translate.Problem]bool, len(problems))
	for _, p := range problems {
		set[p] = true
	}
	return set
}

// firstConnect makes it last that a gateway had an Envoy.
func (s *Server) firstConnect(gateway string) {
	if err := s.store.Connected(gateway); err != nil {
		s.opts.Log.Error("cannot note that a gateway has an Envoy", "gateway", gateway, "error", err)
	}
}

// next returns the state after a commit.
func (c *committed) next(ch *change, result *translate.Result, revision uint64) *committed {
	snapshots := maps.Clone(c.snapshots)
	for _, m := range ch.moves {
		if m.To == nil {
			delete(snapshots, m.Gateway)
		} else {
			snapshots[m.Gateway] = m.To
		}
	}
	return &committed{
		revision: revision, objects: ch.objects, snapshots: snapshots,
		status: result.Status, problems: problemSet(result.Problems),
	}
}

// now is the server's clock, to the millisecond: what is stored reads back as
// it was.
func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }
