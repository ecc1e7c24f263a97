package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// interrupts returns two contexts: the first signal ends soft, the second one
// hard. What can stop between two steps watches soft; what waits for a verdict
// that is on its way watches hard. stop ends the goroutine behind them.
func interrupts(ctx context.Context, first func()) (soft, hard context.Context, stop func()) {
	hard, cancelHard := context.WithCancel(ctx)
	soft, cancelSoft := context.WithCancel(hard)
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
				if soft.Err() != nil {
					cancelHard()
					return
				}
				cancelSoft()
				first()
			}
		}
	}()
	return soft, hard, func() {
		signal.Stop(signals)
		cancelHard()
		<-done
	}
}
