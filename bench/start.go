package main

import (
	"context"
	"time"
)

const startTarget = 50 * time.Millisecond

// measureStart takes the time of a command that does nothing.
func measureStart(ctx context.Context, b *bench) error {
	var ours, theirs samples
	for range 3 * b.runs {
		one, err := measure(ctx, b.dir, b.gwctl, "version")
		if err != nil {
			return err
		}
		other, err := measure(ctx, b.dir, b.tofu, "version")
		if err != nil {
			return err
		}
		ours, theirs = append(ours, one), append(theirs, other)
	}
	b.table.add(row{
		figure:   "gwctl version",
		target:   "< " + short(startTarget),
		measured: short(ours.typical().wall),
		peer:     "tofu version: " + short(theirs.typical().wall),
		met:      meets(ours.typical().wall < startTarget),
	})
	return nil
}
