package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// connections keep Envoy's workers busy.
const connections = 16

// hammer asks for a while, on connections that are kept, and returns how many
// requests were answered with 200.
func hammer(ctx context.Context, address, host string, during time.Duration) (int, error) {
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex
		total int
		wrong error
	)
	until := time.Now().Add(during)
	for i := range connections {
		wg.Go(func() {
			n, err := ask(ctx, address, host, i, until)
			mu.Lock()
			defer mu.Unlock()
			total, wrong = total+n, errors.Join(wrong, err)
		})
	}
	wg.Wait()
	return total, wrong
}

func ask(ctx context.Context, address, host string, key int, until time.Time) (int, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(until.Add(patience)); err != nil {
		return 0, err
	}
	request := fmt.Appendf(nil, "GET /api/orders HTTP/1.1\r\nhost: %s\r\nx-api-key: key-%d\r\n\r\n", host, key)
	in := bufio.NewReader(conn)
	for n := 0; ; n++ {
		if ctx.Err() != nil || time.Now().After(until) {
			return n, ctx.Err()
		}
		if _, err := conn.Write(request); err != nil {
			return n, err
		}
		response, err := http.ReadResponse(in, nil)
		if err != nil {
			return n, err
		}
		_, err = io.Copy(io.Discard, response.Body)
		if err != nil || response.StatusCode != http.StatusOK {
			return n, errors.Join(err, fmt.Errorf("%s answers %s", host, response.Status))
		}
	}
}
