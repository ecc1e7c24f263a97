package fleet

import (
	"testing"
	"time"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	rpc "google.golang.org/genproto/googleapis/rpc/status"

	"github.com/gwctl/gwctl/providers/xds/translate"
)

// FuzzRequests sends whatever a client may send, between changes.
func FuzzRequests(f *testing.F) {
	f.Add([]byte("\x00\x00\x11\x21\x31\x42\x53\x64\x75\x86\x97\xa8"))
	f.Add([]byte("\x01\x10\x20\x30\x40\x50\x60\x70\x80\x90\xa0\xb0\xc0\xd0\xe0\xf0"))
	f.Fuzz(func(t *testing.T, program []byte) {
		fl := New(Options{Grace: time.Nanosecond})
		if len(program) == 0 || len(program) > 1000 {
			return
		}
		if err := fl.open(); err != nil {
			t.Fatal(err)
		}
		s := newStream(program[0]%2 == 0)
		defer fl.close(s)
		names := []string{"a", "b", "*", "", "a/*", "c"}
		nonces := []string{""}
		node := &core.Node{Id: "e", Cluster: "g"}
		for at, op := range program[1:] {
			i, name := int(op>>4)%len(kinds), names[int(op)%len(names)]
			nonce := nonces[(int(op)+at)%len(nonces)]
			var reason *rpc.Status
			if op%5 == 0 {
				reason = &rpc.Status{Message: name}
			}
			switch op % 4 {
			case 0, 1:
				var err error
				if s.delta {
					q := &discovery.DeltaDiscoveryRequest{Node: node, TypeUrl: kinds[i].url, ResponseNonce: nonce, ErrorDetail: reason}
					switch op % 3 {
					case 0:
						q.ResourceNamesSubscribe = []string{name}
						q.InitialResourceVersions = map[string]string{name: "1", "z": "1"}
					case 1:
						q.ResourceNamesUnsubscribe = []string{name}
					}
					err = fl.receive(s, q, func() error { return fl.deltaRequest(s, q) })
				} else {
					q := &discovery.DiscoveryRequest{Node: node, TypeUrl: kinds[i].url, ResponseNonce: nonce, ErrorDetail: reason}
					if op%3 > 0 {
						q.ResourceNames = names[:op%7%6]
					}
					err = fl.receive(s, q, func() error { return fl.stateRequest(s, q) })
				}
				if err != nil {
					t.Fatal(err)
				}
			case 2:
				fl.Edit("g", Edit{Put: []*translate.Resource{{Type: kinds[i].typ, Name: name, Version: nonce}}})
			case 3:
				fl.Edit("g", Edit{Remove: []Key{{kinds[i].typ, name}}, Unrouted: op%8 == 3})
			}
			for sent := 0; ; sent++ {
				m, _ := fl.next(s)
				if m == nil {
					break
				}
				if sent > 20 {
					t.Fatalf("it sends without end: %v", m)
				}
				nonces = append(nonces, m.(interface{ GetNonce() string }).GetNonce())
			}
			fl.Standing("g", []Key{{kinds[i].typ, name}})
			fl.Status()
		}
	})
}
