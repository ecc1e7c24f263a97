package state

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// replace makes data the content of the state file and keeps what was there as
// the backup. The caller holds the guard, and old is the present content.
func (f *file) replace(at location, old, data []byte) error {
	if old != nil {
		if err := writeAtomically(at.backup(), old); err != nil {
			return f.cannot("back up", err)
		}
	}
	if err := writeAtomically(at.state(), data); err != nil {
		return f.cannot("write", err)
	}
	return nil
}

// writeAtomically replaces a file so that at any moment, a crash included, its
// content is the old or the new one. One caller at a time may write a path: the
// temporary name is always the same, so that a crash leaves at most one behind.
func writeAtomically(path string, data []byte) (err error) {
	dir, name := filepath.Split(path)
	tmp := filepath.Join(dir, "."+name+".tmp")
	if err := os.Remove(tmp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	file, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(tmp)
		}
	}()
	_, err = file.Write(data)
	if err == nil {
		err = file.Sync()
	}
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	if err := os.Rename(tmp, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes a rename in dir last. Some file systems cannot and need not.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return nil
}
