package main

import (
	"os"
	"runtime"
	"runtime/debug"
)

// firstCollection is how large the heap of a command grows before garbage is
// collected for the first time. Most commands end before, and none has to
// collect ten times on its way up from Go's 4 MB.
const firstCollection = 64 << 20

// growth is by how many percent the heap may grow between two collections after
// the first. Less than Go's 100: the objects of 10,000 routes are some 200 MB,
// and as much again in garbage would be more than a pipeline's small machine has.
const growth = 60

// goMinimum is the heap that Go collects for the first time when the percentage
// is 100.
const goMinimum = 4 << 20

// collectLater delays the first collection, and has the others come earlier
// than Go would. Who sets GOGC decides alone.
func collectLater() {
	if os.Getenv("GOGC") != "" {
		return
	}
	debug.SetGCPercent(firstCollection / goMinimum * 100)
	// Nothing refers to this, so the first collection finds it.
	sentinel := &struct{ _ *int }{}
	runtime.AddCleanup(sentinel, func(percent int) { debug.SetGCPercent(percent) }, growth)
}
