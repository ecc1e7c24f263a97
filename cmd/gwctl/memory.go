package main

import (
	"math"
	"os"
	"runtime"
	"runtime/debug"
)

// firstCollection is how much memory a command takes before garbage is
// collected for the first time. Most commands end before, and none has to
// collect ten times on its way up from Go's 4 MB.
const firstCollection = 96 << 20

// collectLater delays the first collection, and leaves all others to Go. Who
// sets GOGC or GOMEMLIMIT decides alone.
func collectLater() {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	percent := debug.SetGCPercent(-1)
	debug.SetMemoryLimit(firstCollection)
	// Nothing refers to this, so the first collection finds it.
	sentinel := &struct{ _ *int }{}
	runtime.AddCleanup(sentinel, func(percent int) {
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(math.MaxInt64)
	}, percent)
}
