//go:build unix

package main

import (
	"os"
	"runtime"
	"syscall"
)

// peakMemory returns how many bytes of memory a process had at most, as the
// kernel counted.
func peakMemory(p *os.ProcessState) int64 {
	usage, ok := p.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	peak := int64(usage.Maxrss)
	if runtime.GOOS == "darwin" {
		return peak // there in bytes, elsewhere in KiB
	}
	return peak << 10
}
