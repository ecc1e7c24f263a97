package load

import (
	"bytes"
	"cmp"
	"fmt"
	"net/http"
)

// Request is one kind of request that a generator sends.
type Request struct {
	Name   string // under which it is counted; default: host and path
	Method string // default: GET
	Host   string // Host header; default: the address
	Path   string // with the query; default: "/"
	Header http.Header
}

// message is a request as it goes over the wire.
type message struct {
	name  string
	proto *http.Request // what its answer is read for
	wire  []byte
}

func messages(address string, requests []Request) ([]message, error) {
	if len(requests) == 0 {
		requests = []Request{{}}
	}
	var out []message
	for _, r := range requests {
		m, err := r.message(address)
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

func (r Request) message(address string) (message, error) {
	host, path := cmp.Or(r.Host, address), cmp.Or(r.Path, "/")
	name := cmp.Or(r.Name, host+path)
	req, err := http.NewRequest(r.Method, "http://"+host+path, nil)
	if err != nil {
		return message{}, fmt.Errorf("request %s: %w", name, err)
	}
	if r.Header != nil {
		req.Header = r.Header.Clone()
	}
	var wire bytes.Buffer
	if err := req.Write(&wire); err != nil {
		return message{}, fmt.Errorf("request %s: %w", name, err)
	}
	return message{name: name, proto: req, wire: wire.Bytes()}, nil
}
