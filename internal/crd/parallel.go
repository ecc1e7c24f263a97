package crd

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
)

// parallel calls work for each index below n, on all cores, in order of start.
// It returns when all calls have, early only in that it starts no more once
// the context is done.
func parallel(ctx context.Context, n int, work func(int)) error {
	var next atomic.Int64
	loop := func() {
		for ctx.Err() == nil {
			i := int(next.Add(1)) - 1
			if i >= n {
				return
			}
			work(i)
		}
	}
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n) - 1 {
		wg.Go(loop)
	}
	loop()
	wg.Wait()
	return ctx.Err()
}
