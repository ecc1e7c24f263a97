package state

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// longWait is for locks that will become free.
const longWait = time.Minute

// clock is a hand-moved time of day.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Now()} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

func lock(t *testing.T, store Store, operation string) Lease {
	t.Helper()
	lease, err := store.Lock(t.Context(), operation, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = lease.Release(context.Background()) }) // lost, in some tests
	return lease
}

func write(t *testing.T, store Store, s *State) {
	t.Helper()
	lease, err := store.Lock(t.Context(), "write", 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(lease.Write(t.Context(), s), lease.Release(t.Context())); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, store Store) *State {
	t.Helper()
	s, err := store.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if s == nil {
		t.Fatal("there is no state")
	}
	return s
}

// wantFiles: these and no leftovers.
func wantFiles(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if !slices.Equal(got, want) {
		t.Errorf("the folder has %q, want %q", got, want)
	}
}

func TestAbsentStateIsNil(t *testing.T) {
	for _, path := range []string{"gwctl.state.json", "no/such/folder/gwctl.state.json"} {
		dir := t.TempDir()
		s, err := File(filepath.Join(dir, path), Options{}).Read(t.Context())
		if s != nil || err != nil {
			t.Errorf("%s: %v, %v; want no state and no error", path, s, err)
		}
		wantFiles(t, dir) // reading makes no folder
	}
}

func TestWriteKeepsThePreviousStateAsBackup(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "for", "it")
	path := filepath.Join(dir, "gwctl.state.json")
	store := File(path, Options{Owner: "shop", Gwctl: "0.2.0"})
	first := stateOf(t, "backend.a")
	write(t, store, first)
	wantFiles(t, dir, "gwctl.state.json")

	second, _, err := first.Move(addr(t, "backend.a"), addr(t, "backend.b"))
	if err != nil {
		t.Fatal(err)
	}
	second.Serial++
	write(t, store, second)
	wantFiles(t, dir, "gwctl.state.json", "gwctl.state.json.backup")

	if got := read(t, store); linesOf(got) != "backend.b" || got.Serial != 2 || got.Gwctl != "0.2.0" || got.Lineage != first.Lineage {
		t.Errorf("read %+v", got)
	}
	if got := read(t, File(path+".backup", Options{})); linesOf(got) != "backend.a" || got.Serial != 1 {
		t.Errorf("the backup is %+v", got)
	}
	for _, p := range []string{path, path + ".backup"} {
		if info, err := os.Stat(p); err != nil || info.Mode() != 0o600 {
			t.Errorf("%s: %v, %v; only its owner may read it", p, info.Mode(), err)
		}
	}
}

func isA[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

func TestOwnersKeepOutOfEachOthersState(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.json")
	write(t, File(path, Options{Owner: "shop"}), stateOf(t))
	_, err := File(path, Options{Owner: "pay"}).Read(t.Context())
	if e, ok := errors.AsType[*OwnerError](err); !ok || e.Stored != "shop" || e.Want != "pay" {
		t.Errorf("error %v, want an OwnerError", err)
	}
	err = lock(t, File(path, Options{Owner: "pay"}), "push").Write(t.Context(), stateOf(t))
	if !isA[*OwnerError](err) {
		t.Errorf("error %v, want an OwnerError", err)
	}
}

func TestDamagedStateNamesTheBackupAndIsNotReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.json")
	store := File(path, Options{})
	s := stateOf(t)
	write(t, store, s)
	damage := func() {
		t.Helper()
		if err := os.WriteFile(path, []byte("{\n  \"version\": 1,\n  oops\n}"), 0o600); err != nil {
			t.Fatal(err)
		}
	}

	damage()
	_, err := store.Read(t.Context())
	if e, ok := errors.AsType[*FormatError](err); !ok || e.Line != 3 || e.Column != 3 || e.Backup != "" {
		t.Errorf("error %#v, want a FormatError at line 3, column 3, without a backup", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		write(t, store, s)
		s = s.Clone()
		s.Serial++
	}
	damage()
	_, err = store.Read(t.Context())
	if e, ok := errors.AsType[*FormatError](err); !ok || e.Backup != path+".backup" || !strings.Contains(err.Error(), e.Backup) {
		t.Errorf("error %v, want a FormatError that names the backup", err)
	}
	if err := lock(t, store, "apply").Write(t.Context(), s); !isA[*FormatError](err) {
		t.Errorf("writing over it: %v, want a FormatError", err)
	}
	if got := read(t, File(path+".backup", Options{})); got.Serial != 1 {
		t.Errorf("the backup became serial %d", got.Serial)
	}
}

func TestSymbolicLinkStaysOne(t *testing.T) {
	dir := t.TempDir()
	real, link := filepath.Join(dir, "real.json"), filepath.Join(dir, "link.json")
	write(t, File(real, Options{}), stateOf(t))
	if err := os.Symlink("real.json", link); err != nil {
		t.Fatal(err)
	}
	store := File(link, Options{})
	s := read(t, store)
	s.Serial++
	write(t, store, s)
	if target, err := os.Readlink(link); err != nil || target != "real.json" {
		t.Errorf("the link became %q, %v", target, err)
	}
	if got := read(t, File(real, Options{})); got.Serial != 2 {
		t.Errorf("the file behind the link has serial %d, want 2", got.Serial)
	}
	lock(t, store, "apply")
	if _, err := File(real, Options{}).Lock(t.Context(), "apply", 0); !isA[*LockedError](err) {
		t.Errorf("locking by the other name: %v, want a LockedError", err)
	}
}

func TestPlacesThatAreNoStateFile(t *testing.T) {
	dir := t.TempDir()
	nowhere, pipe := filepath.Join(dir, "nowhere"), filepath.Join(dir, "pipe")
	if err := errors.Join(os.Symlink("missing.json", nowhere), syscall.Mkfifo(pipe, 0o600)); err != nil {
		t.Fatal(err)
	}
	under := filepath.Join(dir, "file")
	if err := os.WriteFile(under, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"":                                 "path of the state file is empty",
		dir:                                "is a folder: name a file in it, such as " + filepath.Join(dir, "gwctl.state.json"),
		nowhere:                            "symbolic link that leads nowhere",
		pipe:                               "is no regular file",
		filepath.Join(under, "state.json"): "not a directory",
	} {
		store := File(path, Options{})
		_, readErr := store.Read(t.Context())
		_, lockErr := store.Lock(t.Context(), "apply", 0)
		for _, err := range []error{readErr, lockErr, store.Unlock(t.Context(), "x")} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%q: error %v, want %q", path, err, want)
			}
		}
	}
}

func TestAnEndlessFileIsNotRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.json")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 1<<40); err != nil { // sparse
		t.Fatal(err)
	}
	_, err := File(path, Options{}).Read(t.Context())
	if !isA[*FormatError](err) || !strings.Contains(err.Error(), "are allowed") {
		t.Errorf("error %v, want a FormatError that says how much is allowed", err)
	}
}

func TestACancelledReadSaysSo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.json")
	write(t, File(path, Options{}), stateOf(t))
	_, err := File(path, Options{}).Read(cancelled(t))
	if !isCancelled(err) {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		t.Error("the state is gone")
	}
}
