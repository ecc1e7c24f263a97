package fleet

import (
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	rpc "google.golang.org/genproto/googleapis/rpc/status"

	"github.com/gwctl/gwctl/providers/xds/translate"
)

const (
	listeners = 2
	routes    = 3
	allKinds  = 5
)

// versions are resources by name.
type versions = map[string]string

// model is an Envoy in short: it asks for the endpoints of its clusters, the
// routes of its listeners and a secret for each of them, acknowledges clusters
// once they have both, and everything late. The version of a route table names its clusters, "c1+c2".
type model struct {
	t       *testing.T
	r       *rand.Rand
	f       *Fleet
	s       *stream
	node    *core.Node
	has     [allKinds]versions // in force
	known   [allKinds]versions // what it says to have: without what it refused
	seen    [allKinds]versions // sent, by the order of the stream
	warm    versions           // clusters that serve, in whatever version
	heard   map[string]bool    // secrets that came, taken or not
	names   [allKinds]map[string]bool
	answers []*answer
	nonce   [allKinds]string // of the last response, state of the world
	seed    uint64
	refuses bool // it refuses some versions
	strict  bool // routes must name clusters that serve
	log     []string
}

type answer struct {
	kind    int
	nonce   string
	version string
	refuse  bool
	waits   []wait // what clusters want before they serve
}

// wait is for endpoints or a secret.
type wait struct {
	kind int
	name string
}

// arrived ends the waits for what came, also where it is refused.
func (m *model) arrived(w wait) {
	for _, a := range m.answers {
		a.waits = slices.DeleteFunc(a.waits, func(other wait) bool { return other == w })
	}
}

func (m *model) logf(format string, args ...any) { m.log = append(m.log, fmt.Sprintf(format, args...)) }

func (m *model) fatalf(format string, args ...any) {
	m.t.Helper()
	m.t.Fatalf("%s\n%s", fmt.Sprintf(format, args...), strings.Join(m.log, "\n"))
}

// connect opens a stream, telling what it has.
func (m *model) connect(delta bool) {
	if m.s != nil {
		m.f.close(m.s)
	}
	if err := m.f.open(); err != nil {
		m.fatalf("%v", err)
	}
	m.logf("connect, knows %v", m.known)
	m.s = newStream(delta)
	m.node = &core.Node{Id: "envoy", Cluster: "g"}
	m.answers = nil
	m.nonce = [allKinds]string{}
	for i := range m.seen {
		m.seen[i] = maps.Clone(m.known[i])
		if !delta {
			m.seen[i] = versions{}
		}
	}
	for i := range m.has {
		if kinds[i].wildcard || len(m.names[i]) > 0 {
			m.ask(i, slices.Sorted(maps.Keys(m.names[i])), nil)
		}
	}
}

// ask changes a subscription.
func (m *model) ask(i int, add, drop []string) {
	for _, name := range add {
		m.names[i][name] = true
	}
	for _, name := range drop {
		delete(m.names[i], name)
	}
	var err error
	if m.s.delta {
		q := &discovery.DeltaDiscoveryRequest{TypeUrl: kinds[i].url, ResourceNamesSubscribe: add, ResourceNamesUnsubscribe: drop}
		if m.s.types[i].sub == nil {
			q.InitialResourceVersions = maps.Clone(m.known[i])
		}
		err = m.request(q)
	} else {
		err = m.stateRequest(i, m.nonce[i], "", false)
	}
	if err != nil {
		m.fatalf("%v", err)
	}
}

func (m *model) request(q *discovery.DeltaDiscoveryRequest) error {
	q.Node, m.node = m.node, nil
	return m.f.receive(m.s, q, func() error { return m.f.deltaRequest(m.s, q) })
}

func (m *model) stateRequest(i int, nonce, version string, refuse bool) error {
	q := &discovery.DiscoveryRequest{
		TypeUrl: kinds[i].url, ResponseNonce: nonce, VersionInfo: version,
		ResourceNames: slices.Sorted(maps.Keys(m.names[i])),
	}
	if refuse {
		q.ErrorDetail = &rpc.Status{Message: "no"}
	}
	q.Node, m.node = m.node, nil
	return m.f.receive(m.s, q, func() error { return m.f.stateRequest(m.s, q) })
}

// pump takes the next message, and reports whether there was one.
func (m *model) pump() bool {
	m.f.mu.Lock()
	msg, _ := m.f.next(m.s)
	m.f.mu.Unlock()
	if msg == nil {
		return false
	}
	var i int
	a := &answer{}
	put, gone := versions{}, []string(nil)
	switch msg := msg.(type) {
	case *discovery.DeltaDiscoveryResponse:
		i, _ = m.s.kindOf(msg.GetTypeUrl())
		a.nonce, gone = msg.GetNonce(), msg.GetRemovedResources()
		for _, r := range msg.GetResources() {
			put[r.GetName()] = r.GetVersion()
		}
	case *discovery.DiscoveryResponse:
		i, _ = m.s.kindOf(msg.GetTypeUrl())
		a.nonce, a.version = msg.GetNonce(), msg.GetVersionInfo()
		for _, r := range msg.GetResources() {
			name, version, _ := strings.Cut(string(r.GetValue()), " ")
			if i == endpoints || m.has[i][name] != version {
				put[name] = version
			}
		}
		if kinds[i].wildcard {
			here := versions{}
			for _, r := range msg.GetResources() {
				name, _, _ := strings.Cut(string(r.GetValue()), " ")
				here[name] = ""
			}
			for name := range m.has[i] {
				if _, ok := here[name]; !ok {
					gone = append(gone, name)
				}
			}
		}
	}
	a.kind = i
	m.nonce[i] = a.nonce
	for name, version := range put {
		a.refuse = a.refuse || m.bad(i, name, version)
	}
	m.logf("%s %v -%v refused %t", kinds[i].typ, put, gone, a.refuse)
	if kinds[i].routing {
		for _, open := range m.answers {
			if !kinds[open.kind].routing {
				m.fatalf("%s is sent before %s was answered", kinds[i].typ, kinds[open.kind].typ)
			}
		}
	}
	if !kinds[i].wildcard && len(gone) > 0 {
		m.fatalf("%s %q removed by the server", kinds[i].typ, gone)
	}
	m.take(i, put, gone, a)
	m.answers = append(m.answers, a)
	m.check()
	return true
}

// take applies a message, or a part of it when it is refused.
func (m *model) take(i int, put versions, gone []string, a *answer) {
	var add, drop []string
	for _, name := range gone {
		delete(m.has[i], name)
		delete(m.known[i], name)
		delete(m.warm, name)
		drop = append(drop, name)
		if i == clusters {
			m.arrived(wait{endpoints, name})
			m.arrived(wait{secrets, name})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(put)) {
		if i == endpoints {
			m.warm[name] = ""
		}
		if i == secrets {
			m.heard[name] = true
		}
		m.arrived(wait{i, name})
		if m.bad(i, name, put[name]) {
			continue
		}
		if i == clusters {
			a.waits = append(a.waits, wait{endpoints, name})
			if !m.heard[name] {
				a.waits = append(a.waits, wait{secrets, name})
			}
		}
		if !m.names[min(i+1, routes)][name] && kinds[i].wildcard {
			add = append(add, name)
		}
		m.has[i][name] = put[name]
		if !a.refuse {
			m.known[i][name] = put[name]
		}
	}
	if kinds[i].wildcard && len(add)+len(drop) > 0 {
		for _, name := range drop {
			for _, named := range []int{i + 1, secrets} {
				delete(m.has[named], name)
				delete(m.known[named], name)
			}
			delete(m.heard, name)
		}
		m.ask(i+1, add, drop)
		m.ask(secrets, add, drop)
	}
}

// bad reports whether the Envoy refuses a resource, and with it the message,
// of which it takes the rest.
func (m *model) bad(i int, name, version string) bool {
	h := fnv.New32()
	_, _ = fmt.Fprint(h, m.seed, i, name, version)
	return m.refuses && !strings.HasSuffix(version, "#new") && h.Sum32()%8 == 0
}

// check holds the Envoy to what traffic needs.
func (m *model) check() {
	if !m.strict {
		return
	}
	for name := range m.has[listeners] {
		table, ok := m.has[routes][name]
		names, _, _ := strings.Cut(table, "#")
		for cluster := range strings.SplitSeq(names, "+") {
			if _, warm := m.warm[cluster]; ok && !warm {
				m.fatalf("routes %s name %s, which does not serve: %v", name, cluster, m.warm)
			}
		}
	}
}

// reply sends the oldest answer that is ready, and reports whether one was.
func (m *model) reply() bool {
	var held [allKinds]bool // Envoy answers in order
	at := slices.IndexFunc(m.answers, func(a *answer) bool {
		ready := !held[a.kind] && (len(a.waits) == 0 || a.refuse)
		held[a.kind] = true
		return ready
	})
	if at < 0 {
		return false
	}
	a := m.answers[at]
	m.answers = slices.Delete(m.answers, at, at+1)
	m.logf("answer %s %s refused %t", kinds[a.kind].typ, a.nonce, a.refuse)
	var err error
	if m.s.delta {
		q := &discovery.DeltaDiscoveryRequest{TypeUrl: kinds[a.kind].url, ResponseNonce: a.nonce}
		if a.refuse {
			q.ErrorDetail = &rpc.Status{Message: "no"}
		}
		err = m.request(q)
	} else {
		err = m.stateRequest(a.kind, a.nonce, a.version, a.refuse)
	}
	if err != nil {
		m.fatalf("%v", err)
	}
	return true
}

// generate makes a configuration that is consistent.
func generate(r *rand.Rand) [allKinds]versions {
	var c [allKinds]versions
	for i := range c {
		c[i] = versions{}
	}
	for n := range 6 {
		if r.IntN(2) == 0 {
			name := fmt.Sprintf("c%d", n)
			c[clusters][name] = fmt.Sprint(r.IntN(2))
			c[endpoints][name] = fmt.Sprint(r.IntN(2))
			c[secrets][name] = fmt.Sprint(r.IntN(2))
		}
	}
	some := slices.Sorted(maps.Keys(c[clusters]))
	for n := range 3 {
		if len(some) > 0 && r.IntN(3) > 0 {
			name := fmt.Sprintf("l%d", n)
			c[listeners][name] = fmt.Sprint(r.IntN(2))
			c[secrets][name] = fmt.Sprint(r.IntN(2))
			from := r.IntN(len(some))
			c[routes][name] = strings.Join(some[from:from+1+r.IntN(len(some)-from)], "+")
		}
	}
	return c
}

// move changes what is served from one configuration to another.
func move(f *Fleet, from, to [allKinds]versions) {
	var e Edit
	for i := range to {
		for name, version := range to[i] {
			e.Put = append(e.Put, &translate.Resource{
				Type: kinds[i].typ, Name: name, Version: version, Body: []byte(name + " " + version),
			})
		}
		for name := range from[i] {
			if _, ok := to[i][name]; !ok {
				e.Remove = append(e.Remove, Key{kinds[i].typ, name})
			}
		}
	}
	f.Edit("g", e)
}

// TestEnvoysConvergeAndDropNothing changes the configuration at random, whole
// at once, while an Envoy answers late, comes back and refuses.
func TestEnvoysConvergeAndDropNothing(t *testing.T) {
	for _, delta := range []bool{true, false} {
		for _, refuses := range []bool{false, true} {
			for seed := range uint64(300) {
				converge(t, delta, refuses, seed)
			}
		}
	}
}

func converge(t *testing.T, delta, refuses bool, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 1))
	f := New(Options{Grace: time.Nanosecond})
	m := &model{t: t, r: r, f: f, warm: versions{}, heard: map[string]bool{}, seed: seed, refuses: refuses, strict: !refuses}
	m.logf("delta %t, refuses %t, seed %d", delta, refuses, seed)
	for i := range m.has {
		m.has[i], m.known[i], m.names[i] = versions{}, versions{}, map[string]bool{}
	}
	var config [allKinds]versions
	change := func(mark string) {
		to := generate(r)
		for i := range to {
			for name := range to[i] {
				to[i][name] += mark
			}
		}
		m.logf("configure %v", to)
		move(f, config, to)
		config = to
	}
	m.connect(delta)
	for range 300 {
		switch n := r.IntN(20); {
		case n == 0:
			change("")
		case n == 1 && r.IntN(5) == 0 && (delta || refuses):
			m.connect(delta) // state of the world forgets clusters that are to go
		case n < 10:
			m.pump()
		default:
			m.reply()
		}
	}
	change("#new") // what was refused is not sent again
	for n := 0; m.pump() || m.reply(); n++ {
		if n > 10_000 {
			m.fatalf("it never ends")
		}
	}
	if len(m.answers) > 0 {
		m.fatalf("clusters that never warm: %+v", m.answers[0])
	}
	for i := range config {
		if !maps.Equal(m.has[i], config[i]) {
			m.fatalf("%s: the Envoy has %v, want %v", kinds[i].typ, m.has[i], config[i])
		}
	}
	var warm []Key
	for name := range config[clusters] {
		warm = append(warm, Key{translate.Endpoint, name}, Key{translate.Secret, name})
	}
	if st := f.Standing("g", warm); st.Current != 1 || st.Connected != 1 {
		m.fatalf("standing %+v", st)
	}
	if n := len(m.s.held) + len(m.s.kept) + len(m.s.recast) + len(m.s.types[clusters].removals); n > 0 {
		m.fatalf("the stream keeps what it needs no more: %+v", m.s)
	}
	f.close(m.s)
	f.Forget("g")
	if len(f.gateways) != 0 || len(f.nodes) != 0 || f.streams != 0 {
		m.fatalf("something is left: %+v", f)
	}
}
