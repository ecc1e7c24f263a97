package store

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

func TestDamagedStoreIsReported(t *testing.T) {
	good := func(t *testing.T) (string, []byte) {
		dir := t.TempDir()
		s := open(t, dir, Options{})
		for r := uint64(1); r <= 5; r++ {
			write(t, s, "shop", r, map[string]int64{"orders": int64(r)})
		}
		s.Close()
		raw, err := os.ReadFile(filepath.Join(dir, Name))
		if err != nil {
			t.Fatal(err)
		}
		return dir, raw
	}
	for name, damage := range map[string]func([]byte) []byte{
		"text":            func([]byte) []byte { return []byte("hello, this is no database\n") },
		"cut short":       func(b []byte) []byte { return b[:5*4096] },
		"cut to one page": func(b []byte) []byte { return b[:4096] },
		"zeros in front":  func(b []byte) []byte { return append(make([]byte, 8192), b[8192:]...) },
		"zeros behind":    func(b []byte) []byte { return append(b[:8192:8192], make([]byte, len(b)-8192)...) },
		"a flipped value": func(b []byte) []byte { return bytes.ReplaceAll(b, []byte(`"weight":5`), []byte(`"weight":7`)) },
		"a flipped key": func(b []byte) []byte {
			return bytes.ReplaceAll(b, []byte("default\x00orders"), []byte("default\x00borders"[:14]))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir, raw := good(t)
			if err := os.WriteFile(filepath.Join(dir, Name), damage(raw), 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := Open(t.Context(), dir, Options{LockWait: 10 * time.Millisecond})
			if err == nil {
				defer s.Close()
				_, err = s.Load()
			}
			if _, ok := errors.AsType[*CorruptError](err); !ok {
				t.Fatalf("got %v, want a *CorruptError", err)
			}
		})
	}
	t.Run("another program's", func(t *testing.T) {
		dir := t.TempDir()
		db, err := bbolt.Open(filepath.Join(dir, Name), 0o600, nil)
		if err != nil {
			t.Fatal(err)
		}
		err = db.Update(func(tx *bbolt.Tx) error {
			_, err := tx.CreateBucket([]byte("theirs"))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		db.Close()
		_, err = Open(t.Context(), dir, Options{})
		if _, ok := errors.AsType[*CorruptError](err); !ok {
			t.Fatalf("got %v, want a *CorruptError", err)
		}
	})
	t.Run("a folder", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, Name), 0o700); err != nil {
			t.Fatal(err)
		}
		_, err := Open(t.Context(), dir, Options{})
		if _, ok := errors.AsType[*CorruptError](err); !ok {
			t.Fatalf("got %v, want a *CorruptError", err)
		}
	})
}

func TestNewerStoreIsLeftAlone(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	err := s.update(func(tx *bbolt.Tx) error {
		return s.put(tx.Bucket(bucketMeta), keyHead, head{Format: Format + 1, ID: "x"})
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	_, err = Open(t.Context(), dir, Options{})
	if f, ok := errors.AsType[*FormatError](err); !ok || f.Found != Format+1 {
		t.Fatalf("got %v, want a *FormatError", err)
	}
}

// FuzzDamage flips bytes of a good file: an error or the right contents, never
// a panic, a fault or other contents.
func FuzzDamage(f *testing.F) {
	dir := f.TempDir()
	s, err := Open(f.Context(), dir, Options{})
	if err != nil {
		f.Fatal(err)
	}
	for r := uint64(1); r <= 3; r++ {
		err := s.Commit(Commit{Revision: r, Owner: "shop", At: day, Puts: []Object{
			{Object: route("orders", int64(r)), Owner: "shop", Revision: r, Created: day},
		}})
		if err != nil {
			f.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		f.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(dir, Name))
	if err != nil {
		f.Fatal(err)
	}
	for _, at := range []uint32{0, 16, 24, 64, 80, 4096, 8192, 8200, 12288, 16384, 20480, 24576} {
		f.Add(at, []byte{0xff})
		f.Add(at, bytes.Repeat([]byte{0}, 64))
	}
	f.Fuzz(func(t *testing.T, at uint32, flip []byte) {
		damaged := bytes.Clone(raw)
		for i, b := range flip {
			damaged[(int(at)+i)%len(damaged)] ^= b
		}
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, Name), damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(t.Context(), dir, Options{LockWait: time.Millisecond})
		if err != nil {
			return
		}
		defer s.Close()
		c, err := s.Load()
		if err != nil {
			return
		}
		// A damaged head page sends bbolt back to the commit before.
		for _, o := range c.Objects {
			if got := weights([]Object{o})[o.Object.GetName()]; uint64(got) != o.Revision {
				t.Errorf("revision %d has weight %d", o.Revision, got)
			}
		}
		if _, err := s.AsOf("shop", 1); err != nil {
			return
		}
	})
}
