package rollout_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/util/yaml"

	"github.com/gwctl/gwctl/internal/certificate/certificatetest"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers/xds/fleet"
	"github.com/gwctl/gwctl/providers/xds/translate"
)

// What is established stays with the backend that it was given, whatever becomes
// of the routes; what is new goes where they lead now. No listener is made anew,
// and no chain is drained.
func TestChangedRoutesEndNoConnectionsAndNoSessions(t *testing.T) {
	modes(t, func(t *testing.T, sotw bool) {
		w := newWorld(t, fleet.Options{Grace: 50 * time.Millisecond})
		p := newProtocols(t)
		w.apply(p.snapshot(t, "a.example.com", 1, 0))
		e := w.start("envoy-1", sotw)

		old := p.dial(t)
		old.answer(t, "a")
		for _, change := range []struct {
			hosts string
			a, b  int // weights
			want  string
		}{
			{"a.example.com", 0, 1, "b"},
			{"a.example.com", 1, 0, "a"},
			{"a.example.com, more.example.com", 0, 5, "b"}, // one more chain
			{"a.example.com, more.example.com", 3, 0, "a"},
		} {
			w.apply(p.snapshot(t, change.hosts, change.a, change.b))
			old.answer(t, "a")
			p.dial(t).answer(t, change.want)
		}
		stats, err := e.Stats(t.Context(), `^listener_manager\.`)
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]uint64{
			"listener_in_place_updated": 1, "total_filter_chains_draining": 0, "total_listeners_draining": 0,
		} {
			if got := stats["listener_manager."+name]; got != want {
				t.Errorf("%s is %d, want %d", name, got, want)
			}
		}
	})
}

// protocols are backends a and b for TLS, TCP and UDP, and the ports of a
// gateway that leads to them: one for TLS, and one for both of the others.
type protocols struct {
	secure, plain int               // ports of the gateway
	backends      map[string]string // addresses by protocol and name
	trust         *tls.Config
}

func newProtocols(t *testing.T) *protocols {
	t.Helper()
	authority := certificatetest.NewAuthority(t)
	issued := authority.Issue(t, "a.example.com", "more.example.com")
	pair := must(tls.X509KeyPair(issued.Certificate, issued.Key))
	p := &protocols{
		secure: sharedPort(t), plain: sharedPort(t), backends: map[string]string{},
		trust: &tls.Config{RootCAs: authority.Pool(), ServerName: "a.example.com"},
	}
	for _, name := range []string{"a", "b"} {
		secure := must(tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}}))
		plain := must(net.Listen("tcp", "127.0.0.1:0"))
		packets := must(net.ListenPacket("udp", "127.0.0.1:0"))
		t.Cleanup(func() { _, _, _ = secure.Close(), plain.Close(), packets.Close() })
		go serveConnections(secure, name)
		go serveConnections(plain, name)
		go servePackets(packets, name)
		p.backends["tls-"+name], p.backends["tcp-"+name], p.backends["udp-"+name] = secure.Addr().String(), plain.Addr().String(), packets.LocalAddr().String()
	}
	return p
}

// sharedPort returns a port that is free for connections and for packets.
func sharedPort(t *testing.T) int {
	t.Helper()
	for {
		connections := must(net.Listen("tcp", "127.0.0.1:0"))
		packets, err := net.ListenPacket("udp", connections.Addr().String())
		_ = connections.Close()
		if err == nil {
			_ = packets.Close()
			return connections.Addr().(*net.TCPAddr).Port
		}
	}
}

// serveConnections answers each line with a name.
func serveConnections(l net.Listener, name string) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			for lines := bufio.NewScanner(conn); lines.Scan(); {
				if _, err := fmt.Fprintln(conn, name); err != nil {
					return
				}
			}
		}()
	}
}

func servePackets(c net.PacketConn, name string) {
	b := make([]byte, 100)
	for {
		_, from, err := c.ReadFrom(b)
		if err != nil {
			return
		}
		_, _ = c.WriteTo([]byte(name+"\n"), from) // a client that is gone asks no more
	}
}

// snapshot has routes of each protocol that share by the weights of a and b.
func (p *protocols) snapshot(t *testing.T, hosts string, a, b int) *translate.Snapshot {
	t.Helper()
	var text strings.Builder
	fmt.Fprintf(&text, `
kind: Gateway
apiVersion: gateway.networking.k8s.io/v1
metadata: {name: public, namespace: default}
spec:
  gatewayClassName: gwctl
  addresses: [{value: 127.0.0.1}]
  listeners:
  - {name: tls, port: %d, protocol: TLS, tls: {mode: Passthrough}}
  - {name: tcp, port: %d, protocol: TCP}
  - {name: udp, port: %d, protocol: UDP}
`, p.secure, p.plain, p.plain)
	for kind, with := range map[string]string{"TLS": "hostnames: [" + hosts + "], ", "TCP": "", "UDP": ""} {
		protocol := strings.ToLower(kind)
		fmt.Fprintf(&text, `---
kind: %sRoute
apiVersion: gateway.networking.k8s.io/v1
metadata: {name: route, namespace: default}
spec: {%sparentRefs: [{name: public}], rules: [{backendRefs: [
  {group: gateway.envoyproxy.io, kind: Backend, name: %s-a, weight: %d}, {group: gateway.envoyproxy.io, kind: Backend, name: %s-b, weight: %d}]}]}
`, kind, with, protocol, a, protocol, b)
	}
	for name, address := range p.backends {
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&text, `---
kind: Backend
apiVersion: gateway.envoyproxy.io/v1alpha1
metadata: {name: %s, namespace: default}
spec: {endpoints: [{ip: {address: %s, port: %s}}]}
`, name, host, port)
	}
	var objects []translate.Object
	for document := range strings.SplitSeq(text.String(), "---\n") {
		o := &resource.Object{}
		if err := yaml.Unmarshal([]byte(document), &o.Object); err != nil {
			t.Fatal(err)
		}
		objects = append(objects, translate.Object{Object: o})
	}
	result := translate.Translate(objects)
	for _, problem := range result.Problems {
		t.Errorf("%s %s: %s", problem.ID, problem.Path, problem.Message)
	}
	return result.Gateways[gateway]
}

// clients are connections by protocol.
type clients map[string]net.Conn

// dial makes a connection, or a session, of each protocol.
func (p *protocols) dial(t *testing.T) clients {
	t.Helper()
	at := func(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
	out := clients{
		"TLS": must(net.Dial("tcp", at(p.secure))), "TCP": must(net.Dial("tcp", at(p.plain))), "UDP": must(net.Dial("udp", at(p.plain))),
	}
	out["TLS"] = tls.Client(out["TLS"], p.trust)
	for _, c := range out {
		t.Cleanup(func() { _ = c.Close() })
	}
	return out
}

// answer asks on each connection, and wants to hear the name of the backend.
func (c clients) answer(t *testing.T, want string) {
	t.Helper()
	for protocol, conn := range c {
		if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Fprintln(conn, "who?"); err != nil {
			t.Fatalf("%s: %v", protocol, err)
		}
		got, err := bufio.NewReader(conn).ReadString('\n')
		if err != nil || strings.TrimSpace(got) != want {
			t.Errorf("%s: the answer is %q, want %q: %v", protocol, got, want, err)
		}
	}
}
