package e2e

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

var sourcesSeen sync.Once

// seeSources looks at the folders of all sources. go test keeps the results of
// tests whose inputs are the same, and does not know that gwctl, which is run
// and not imported, is one of them; what tests look at, it does.
func seeSources(tb testing.TB) {
	tb.Helper()
	sourcesSeen.Do(func() {
		_ = os.Getenv(binaryVariable)
		err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
			if err == nil && entry.IsDir() && len(entry.Name()) > 2 && strings.HasPrefix(entry.Name(), ".") {
				return filepath.SkipDir
			}
			return err
		})
		if err != nil {
			tb.Fatal(err)
		}
	})
}
