package e2e

import (
	"sync"
	"time"
)

// pulse notices when the machine stands still, as virtual ones do for seconds
// at times: it wakes up late.
type pulse struct {
	done  chan struct{}
	end   sync.Once
	ended sync.WaitGroup
	still time.Duration // how long in all, once ended
}

const (
	beat = 10 * time.Millisecond
	late = 200 * time.Millisecond // more than a busy machine makes anybody wait
)

func newPulse() *pulse {
	p := &pulse{done: make(chan struct{})}
	p.ended.Go(func() {
		for {
			began := time.Now()
			select {
			case <-p.done:
				return
			case <-time.After(beat):
			}
			if took := time.Since(began); took > late {
				p.still += took
			}
		}
	})
	return p
}

// stop returns how long the machine stood still.
func (p *pulse) stop() time.Duration {
	p.end.Do(func() { close(p.done) })
	p.ended.Wait()
	return p.still
}
