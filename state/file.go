package state

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// File returns the store that keeps the state in the file at path, with the
// lease in .NAME.lock.json beside it and the state before the last write in
// NAME.backup. Where path is a symbolic link, all three lie where it leads.
// Machines that share the file need clocks that agree within the TTL.
func File(path string, opts Options) Store { return On(&file{path: path}, opts) }

// file is the medium of a file store.
type file struct{ path string }

func (f *file) Describe() string { return f.path }

func (f *file) Backup() string {
	at, err := f.resolve()
	if err != nil {
		return ""
	}
	if _, err := os.Stat(at.backup()); err != nil {
		return ""
	}
	return at.backup()
}

func (f *file) Load(context.Context) ([]byte, error) {
	at, err := f.resolve()
	if err != nil {
		return nil, err
	}
	return f.readBytes(at)
}

// readBytes returns the content of the state file, nil where there is none.
func (f *file) readBytes(at location) ([]byte, error) {
	opened, err := os.Open(at.state())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, f.cannot("read", err)
	}
	defer opened.Close()
	data, err := readBounded(opened, MaxSize)
	if _, ok := errors.AsType[*sizeError](err); ok {
		return nil, &FormatError{Store: f.path, Err: err}
	}
	if err != nil {
		return nil, f.cannot("read", err)
	}
	return data, nil
}

// sizeError says that a file is larger than any that gwctl writes.
type sizeError struct{ size, limit int64 }

func (e *sizeError) Error() string {
	return fmt.Sprintf("it has %d bytes, and %d are allowed", e.size, e.limit)
}

// readBounded returns the content of a file of at most limit bytes, never nil.
func readBounded(file *os.File, limit int64) ([]byte, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() > limit {
		return nil, &sizeError{size: info.Size(), limit: limit}
	}
	data := make([]byte, info.Size())
	if _, err := io.ReadFull(file, data); err != nil {
		return nil, err
	}
	return data, nil
}

// cannot explains an error of the file system.
func (f *file) cannot(do string, err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("cannot %s the state %s: %w; gwctl needs to read and write the file and its folder, so run it as the user they belong to", do, f.path, err)
	}
	return fmt.Errorf("cannot %s the state %s: %w", do, f.path, err)
}

// location is where the files of a store lie, symbolic links followed.
type location struct{ dir, name string }

func (l location) state() string  { return filepath.Join(l.dir, l.name) }
func (l location) backup() string { return filepath.Join(l.dir, l.name+".backup") }
func (l location) lease() string  { return filepath.Join(l.dir, "."+l.name+".lock.json") }
func (l location) guard() string  { return filepath.Join(l.dir, "."+l.name+".guard") }

// resolve finds the files and refuses what is no place for a state.
func (f *file) resolve() (location, error) {
	if f.path == "" {
		return location{}, errors.New("the path of the state file is empty: name a file, such as gwctl.state.json")
	}
	path := filepath.Clean(f.path)
	info, err := os.Lstat(path)
	if err == nil && info.Mode()&fs.ModeSymlink != 0 {
		target, evalErr := filepath.EvalSymlinks(path)
		if evalErr != nil {
			return location{}, fmt.Errorf("the state %s is a symbolic link that leads nowhere: %w; create what it points to, or remove the link", f.path, evalErr)
		}
		path = target
		info, err = os.Stat(path)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return location{}, f.cannot("read", err)
	case info.IsDir():
		return location{}, fmt.Errorf("the state %s is a folder: name a file in it, such as %s", f.path, filepath.Join(f.path, "gwctl.state.json"))
	case !info.Mode().IsRegular():
		return location{}, fmt.Errorf("the state %s is no regular file (%s): name another path", f.path, info.Mode().Type())
	}
	return location{dir: filepath.Dir(path), name: filepath.Base(path)}, nil
}
