package material

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// maxFile bounds what is read: a chain has some kilobytes, a bundle of all
// public authorities a quarter of this.
const maxFile = 1 << 20

// Folder is where paths lead to.
type Folder struct {
	dir  string
	root *os.Root // nil where nothing is out of bounds
}

// Open returns the folder that relative paths are in, and outside of which
// nothing is read, links included. With "" they are relative to the working
// directory, and every file may be named.
func Open(dir string) (*Folder, error) {
	if dir == "" {
		return &Folder{}, nil
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &Folder{dir: dir, root: root}, nil
}

// Close gives the folder up.
func (f *Folder) Close() error {
	if f.root == nil {
		return nil
	}
	return f.root.Close()
}

// read returns the content of a file, and whether others may read it as well.
func (f *Folder) read(annotation, path string) (content []byte, exposed bool, _ *Fault) {
	fault := func(format string, args ...any) *Fault {
		return &Fault{annotation, path, fmt.Sprintf(format, args...)}
	}
	info, err := f.stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, false, fault("there is no such file on the xDS server's machine%s", f.relative(path))
	case err != nil:
		return nil, false, fault("%v%s", cause(err), f.bounds())
	case !info.Mode().IsRegular():
		return nil, false, fault("it is no regular file")
	case info.Size() > maxFile:
		return nil, false, fault("it has %d bytes: at most %d are read", info.Size(), maxFile)
	}
	file, err := f.open(path)
	if err != nil {
		return nil, false, fault("%v", cause(err))
	}
	defer file.Close()
	content, err = io.ReadAll(io.LimitReader(file, maxFile+1))
	switch {
	case err != nil:
		return nil, false, fault("%v", cause(err))
	case len(content) > maxFile:
		return nil, false, fault("it has more than %d bytes", maxFile)
	}
	return content, runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0, nil
}

func (f *Folder) stat(path string) (fs.FileInfo, error) {
	if f.root == nil {
		return os.Stat(path)
	}
	return f.root.Stat(f.inside(path))
}

func (f *Folder) open(path string) (*os.File, error) {
	if f.root == nil {
		return os.Open(path)
	}
	return f.root.Open(f.inside(path))
}

// inside makes an absolute path one in the folder; that of another place stays
// one that the root refuses.
func (f *Folder) inside(path string) string {
	if !filepath.IsAbs(path) {
		return path
	}
	relative, err := filepath.Rel(f.dir, path)
	if err != nil {
		return path
	}
	return relative
}

// relative says what a path is relative to.
func (f *Folder) relative(path string) string {
	switch {
	case filepath.IsAbs(path):
		return ""
	case f.root != nil:
		return ", in " + f.dir
	}
	if dir, err := os.Getwd(); err == nil {
		return ", in " + dir
	}
	return ""
}

// bounds says what is read at all.
func (f *Folder) bounds() string {
	if f.root == nil {
		return ""
	}
	return ": only files in " + f.dir + " are read, as -tls-dir says"
}

// cause leaves out the path, which is told beside it.
func cause(err error) error {
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		return at.Err
	}
	return err
}

// Stamp is what can be seen of the files of a source without reading them. It
// is comparable.
type Stamp [2]struct {
	size     int64
	modified int64 // nanoseconds
	missing  bool
}

// young is how long after a change another one may bear the same time.
const young = 2 * time.Second

// Look returns the stamp of a source's files, and whether it can be relied upon
// to be another after the next change.
func (f *Folder) Look(s Source, now time.Time) (stamp Stamp, settled bool) {
	settled = true
	for i, path := range s.Paths() {
		info, err := f.stat(path)
		if err != nil {
			stamp[i].missing = true
			continue
		}
		stamp[i].size, stamp[i].modified = info.Size(), info.ModTime().UnixNano()
		settled = settled && now.Sub(info.ModTime()) > young
	}
	return stamp, settled
}
