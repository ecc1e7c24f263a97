package state_test

import (
	"path/filepath"
	"testing"

	"github.com/gwctl/gwctl/state"
	"github.com/gwctl/gwctl/state/storetest"
)

func TestFileStoreBehavesAsStoresDo(t *testing.T) {
	storetest.Run(t, func(t testing.TB) storetest.Place {
		path := filepath.Join(t.TempDir(), "gwctl.state.json")
		return func(opts state.Options) state.Store { return state.File(path, opts) }
	})
}
