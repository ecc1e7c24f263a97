package main

import (
	"sync"
	"time"

	"github.com/gwctl/gwctl/providers"
	"github.com/gwctl/gwctl/views"
)

// patient is how long a phase may last before people are told that it does.
const patient = time.Second

// patience passes progress on. What seemed brief and lasts is shown after a
// while, so that nobody wonders what an apply waits for.
type patience struct {
	show  func(views.Event)
	after bool // machines were shown it at once

	mu    sync.Mutex
	timer *time.Timer
}

func (p *patience) progress(e providers.Event) {
	if e.Brief && e.Done && !e.Address.IsZero() {
		p.show(views.Event(e))
		return // one of several: what is waited for goes on
	}
	p.stop()
	p.show(views.Event(e))
	if !e.Brief || e.Done || !p.after {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	e.Brief = false
	p.timer = time.AfterFunc(patient, func() { p.show(views.Event(e)) })
}

// stop forgets what was to be shown.
func (p *patience) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.timer != nil {
		p.timer.Stop()
		p.timer = nil
	}
}
