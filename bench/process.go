package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// sample is what one process took, from its start to its end.
type sample struct {
	wall, cpu time.Duration
	peak      int64 // bytes of resident memory at most
	stdout    string
}

func (s sample) String() string {
	return fmt.Sprintf("%s (CPU %s, %s)", short(s.wall), short(s.cpu), memory(s.peak))
}

// measure runs a program to its end, which must be a good one.
func measure(ctx context.Context, dir, program string, args ...string) (sample, error) {
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.Env = dir, environment()
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	begin := time.Now()
	err := cmd.Run()
	wall := time.Since(begin)
	if err != nil {
		return sample{}, fmt.Errorf("%s: %w\n%s%s", strings.Join(cmd.Args, " "), err, stdout.Bytes(), stderr.Bytes())
	}
	return sample{
		wall:   wall,
		cpu:    cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(),
		peak:   peakMemory(cmd.ProcessState),
		stdout: stdout.String(),
	}, nil
}

// environment is the process's own, without what would change what gwctl or
// OpenTofu do.
func environment() []string {
	var env []string
	for _, e := range os.Environ() {
		switch {
		case strings.HasPrefix(e, "GWCTL_"), strings.HasPrefix(e, "TF_"), strings.HasPrefix(e, "TOFU"),
			strings.HasPrefix(e, "GOGC="), strings.HasPrefix(e, "GOMEMLIMIT="), strings.HasPrefix(e, "GODEBUG="):
		default:
			env = append(env, e)
		}
	}
	return append(env, "CHECKPOINT_DISABLE=1")
}

// samples are of the same process, run again and again.
type samples []sample

// typical is the median of each quantity.
func (s samples) typical() sample {
	return sample{
		wall: medianOf(s, func(s sample) time.Duration { return s.wall }),
		cpu:  medianOf(s, func(s sample) time.Duration { return s.cpu }),
		peak: medianOf(s, func(s sample) int64 { return s.peak }),
	}
}

func medianOf[E any, N cmp.Ordered](of []E, quantity func(E) N) N {
	values := make([]N, len(of))
	for i, e := range of {
		values[i] = quantity(e)
	}
	return median(values)
}

// median is the middle value; of an even number, the higher of the two.
func median[N cmp.Ordered](values []N) N {
	if len(values) == 0 {
		var none N
		return none
	}
	return slices.Sorted(slices.Values(values))[len(values)/2]
}
