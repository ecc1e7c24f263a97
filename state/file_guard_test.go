package state

import (
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestGuardLetsInOneAtATime(t *testing.T) {
	f := &file{path: filepath.Join(t.TempDir(), "s.json")}
	at, err := f.resolve()
	if err != nil {
		t.Fatal(err)
	}
	var inside atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				err := f.guarded(t.Context(), at, func() error {
					if n := inside.Add(1); n != 1 {
						t.Errorf("%d are inside", n)
					}
					time.Sleep(50 * time.Microsecond) // so that another has time to get in
					inside.Add(-1)
					return nil
				})
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	wantFiles(t, at.dir)
}
