package fleet

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"time"

	"google.golang.org/protobuf/types/known/anypb"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"

	"github.com/gwctl/gwctl/providers/xds/translate"
)

// gateway is what the Envoys of one gateway are served, and their streams.
type gateway struct {
	name      string
	known     bool // it was set; Envoys of unknown gateways wait
	ever      bool // an Envoy of it was connected, once
	epoch     uint64
	sets      []set // as kinds
	streams   map[*stream]struct{}
	observers int
}

func newGateway(name string) *gateway {
	g := &gateway{name: name, sets: make([]set, len(kinds)), streams: map[*stream]struct{}{}}
	for i := range g.sets {
		g.sets[i] = set{entries: map[string]*entry{}, suspects: map[string]struct{}{}}
	}
	return g
}

// set is the resources of one type.
type set struct {
	entries map[string]*entry
	sum     fingerprint
	sorted  []*anypb.Any // bodies by name; nil until wanted
	// suspects are names that some Envoy refused, and may have taken part of
	// all the same: what a reconnecting Envoy says to have of them is not
	// believed.
	suspects map[string]struct{}
	distrust bool // too many suspects to tell: believe nothing
}

// maxSuspects bounds the memory of refusals.
const maxSuspects = 10_000

func (s *set) suspect(name string) {
	if len(s.suspects) < maxSuspects {
		s.suspects[name] = struct{}{}
	} else if _, ok := s.suspects[name]; !ok {
		s.distrust = true
	}
}

func (s *set) suspectAll(names []string) {
	for _, name := range names {
		s.suspect(name)
	}
}

// entry is one resource with its wire form, which all streams share.
type entry struct {
	version string
	wire    *discovery.Resource
	sum     fingerprint
}

func newEntry(k *kind, r *translate.Resource) *entry {
	return &entry{
		version: r.Version,
		wire: &discovery.Resource{
			Name:     r.Name,
			Version:  r.Version,
			Resource: &anypb.Any{TypeUrl: k.url, Value: r.Body},
		},
		sum: fingerprintOf(r),
	}
}

// fingerprint is a hash over a set that is kept up to date at the cost of the
// change: the sum of the hashes of its members.
type fingerprint [2]uint64

func fingerprintOf(r *translate.Resource) fingerprint {
	h := sha256.New()
	h.Write([]byte(r.Name))
	h.Write([]byte{0})
	h.Write([]byte(r.Version))
	sum := h.Sum(nil)
	return fingerprint{binary.BigEndian.Uint64(sum), binary.BigEndian.Uint64(sum[8:])}
}

func (f *fingerprint) add(o fingerprint) { f[0] += o[0]; f[1] += o[1] }
func (f *fingerprint) sub(o fingerprint) { f[0] -= o[0]; f[1] -= o[1] }

func (f fingerprint) String() string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], f[0])
	binary.BigEndian.PutUint64(b[8:], f[1])
	return hex.EncodeToString(b[:])
}

// edit changes the sets of a gateway and notes, for each stream that it
// concerns, what is to be sent.
func (f *Fleet) edit(g *gateway, e Edit) {
	g.epoch++
	if !g.known {
		g.known = true
		f.announce(g)
	}
	due := time.Now().Add(f.opts.Grace)
	for _, r := range e.Put {
		i, ok := kindOf(r.Type)
		if !ok {
			continue
		}
		set := &g.sets[i]
		if old := set.entries[r.Name]; old != nil {
			if old.version == r.Version {
				continue
			}
			set.sum.sub(old.sum)
		}
		put := newEntry(&kinds[i], r)
		set.entries[r.Name], set.sorted = put, nil
		set.sum.add(put.sum)
		for s := range g.streams {
			s.types[i].changed(r.Name)
		}
	}
	for _, key := range e.Remove {
		i, ok := kindOf(key.Type)
		if !ok {
			continue
		}
		set := &g.sets[i]
		old := set.entries[key.Name]
		if old == nil {
			continue
		}
		delete(set.entries, key.Name)
		set.sorted = nil
		set.sum.sub(old.sum)
		for s := range g.streams {
			s.removed(i, key.Name, removal{entry: old, due: due, unrouted: e.Unrouted})
		}
	}
	for s := range g.streams {
		s.poke()
	}
}

// announce has the first Envoy of a gateway reported, by its own stream.
func (f *Fleet) announce(g *gateway) {
	if g.ever || !g.known {
		return
	}
	for s := range g.streams {
		g.ever, s.first = true, true
		s.poke()
		return
	}
}
