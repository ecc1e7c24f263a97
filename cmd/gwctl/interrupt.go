package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
)

// errInterrupted is what an interrupt before the first change ends with.
var errInterrupted = errors.New("nothing was changed")

// interrupts returns two contexts: the first signal ends soft, the second one
// hard, and a third one ends the process. What can stop between two steps
// watches soft; what waits for a verdict that is on its way watches hard. stop
// ends the goroutine behind them.
func interrupts(ctx context.Context) (soft, hard context.Context, stop func()) {
	hard, cancelHard := context.WithCancel(ctx)
	soft, cancelSoft := context.WithCancelCause(hard)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-hard.Done():
				return
			case <-signals:
				if soft.Err() == nil {
					cancelSoft(errInterrupted)
					continue
				}
				signal.Stop(signals)
				cancelHard()
				return
			}
		}
	}()
	return soft, hard, func() {
		signal.Stop(signals)
		cancelHard()
		<-done
	}
}
