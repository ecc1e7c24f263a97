package main

import (
	"context"
	"io"
	"net"
	"sync"
	"time"
)

// distance is a server that is further away than it is: what goes to it and
// what comes from it takes its time, however much it is.
type distance struct {
	address  string
	listener net.Listener
	delay    time.Duration
	cancel   context.CancelFunc
	done     sync.WaitGroup
}

func newDistance(ctx context.Context, server string, delay time.Duration) (*distance, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	d := &distance{address: listener.Addr().String(), listener: listener, delay: delay, cancel: cancel}
	d.done.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return // stopped
			}
			d.done.Go(func() { d.carry(ctx, client, server) })
		}
	})
	return d, nil
}

// carry connects a client with the server until one of them ends that.
func (d *distance) carry(ctx context.Context, client net.Conn, server string) {
	defer client.Close()
	far, err := (&net.Dialer{}).DialContext(ctx, "tcp", server)
	if err != nil {
		return
	}
	defer far.Close()
	defer context.AfterFunc(ctx, func() {
		_ = client.Close()
		_ = far.Close()
	})()
	var both sync.WaitGroup
	for _, way := range [][2]net.Conn{{client, far}, {far, client}} {
		both.Go(func() {
			defer way[1].Close()
			d.move(way[0], way[1])
		})
	}
	both.Wait()
}

// parcel is what was read at once.
type parcel struct {
	bytes []byte
	due   time.Time
}

func (d *distance) move(from io.Reader, to io.Writer) {
	way := make(chan parcel, 1024)
	go func() {
		defer close(way)
		for {
			b := make([]byte, 32<<10)
			n, err := from.Read(b)
			if n > 0 {
				way <- parcel{b[:n], time.Now().Add(d.delay)}
			}
			if err != nil {
				return
			}
		}
	}()
	broken := false
	for p := range way { // to the end, so that whoever reads is not held up
		time.Sleep(time.Until(p.due))
		if !broken {
			_, err := to.Write(p.bytes)
			broken = err != nil
		}
	}
}

// stop breaks all connections.
func (d *distance) stop() {
	d.cancel()
	_ = d.listener.Close()
	d.done.Wait()
}
