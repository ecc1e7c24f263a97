package manifest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Action is what a folder's update does to one file.
type Action string

// The actions.
const (
	Added     Action = "added"
	Changed   Action = "changed"
	Removed   Action = "removed"
	Unchanged Action = "unchanged"
)

// Update is what has to be written for a folder to hold certain files. Making
// one changes nothing.
type Update struct {
	Actions map[string]Action // by path; the index is not among them

	dir    string
	write  map[string][]byte
	remove []string
}

// Compare finds out what makes a folder hold the files and no other that was
// rendered before. It fails where a file is in the way that gwctl did not
// write.
func Compare(dir string, files []File) (*Update, error) {
	u := &Update{dir: dir, Actions: map[string]Action{}, write: map[string][]byte{}}
	switch info, err := os.Stat(dir); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, err
	case !info.IsDir():
		return nil, fmt.Errorf("%s is a file, and objects are rendered into a folder", dir)
	}
	before, err := rendered(dir)
	if err != nil {
		return nil, err
	}
	var foreign []string
	compare := func(name string, text []byte) (Action, error) {
		old, err := u.read(name)
		switch {
		case errors.Is(err, errForeign):
			foreign = append(foreign, filepath.Join(dir, name))
			return "", nil
		case errors.Is(err, fs.ErrNotExist):
			u.write[name] = text
			return Added, nil
		case err != nil:
			return "", err
		case !bytes.Equal(old, text):
			u.write[name] = text
			return Changed, nil
		}
		return Unchanged, nil
	}
	for _, f := range files {
		delete(before, f.Path)
		if u.Actions[f.Path], err = compare(f.Path, f.Text); err != nil {
			return nil, err
		}
	}
	delete(before, index)
	if _, err := compare(index, indexOf(files)); err != nil {
		return nil, err
	}
	if len(foreign) > 0 {
		return nil, fmt.Errorf("%s: gwctl did not render this, so it is not overwritten, and nothing was written. Move it, or render into a folder of its own", strings.Join(foreign, ", "))
	}
	for _, name := range slices.Sorted(maps.Keys(before)) {
		u.Actions[name] = Removed
		u.remove = append(u.remove, name)
	}
	return u, nil
}

// Empty reports whether the folder is as it should be.
func (u *Update) Empty() bool { return len(u.write)+len(u.remove) == 0 }

// errForeign is a file, or what else there is, that gwctl did not write.
var errForeign = errors.New("gwctl did not write this")

// read returns what gwctl wrote into a file.
func (u *Update) read(name string) ([]byte, error) {
	if folder := path.Dir(name); folder != "." {
		if info, err := os.Lstat(filepath.Join(u.dir, folder)); err == nil && !info.IsDir() {
			return nil, errForeign
		}
	}
	file := filepath.Join(u.dir, name)
	ours, err := isOurs(file)
	if err != nil {
		return nil, err
	}
	if !ours {
		return nil, errForeign
	}
	return os.ReadFile(file)
}

// isOurs reports whether a file is one that gwctl rendered. Links are not.
func isOurs(file string) (bool, error) {
	info, err := os.Lstat(file)
	if err != nil || !info.Mode().IsRegular() {
		return false, err
	}
	f, err := os.Open(file)
	if err != nil {
		return false, err
	}
	defer f.Close()
	head := make([]byte, len(mark))
	n, err := io.ReadFull(f, head)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return string(head[:n]) == mark, err
}

// rendered lists the files that gwctl wrote into a folder and the folders of
// namespaces in it.
func rendered(dir string) (map[string]bool, error) {
	found := map[string]bool{}
	for _, pattern := range []string{"*.yaml", "*/*.yaml"} {
		names, err := fs.Glob(os.DirFS(dir), pattern)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if info, err := os.Lstat(filepath.Join(dir, path.Dir(name))); err != nil || !info.IsDir() && path.Dir(name) != "." {
				continue // a link to a folder of somebody else
			}
			ours, err := isOurs(filepath.Join(dir, name))
			if err != nil {
				return nil, err
			}
			if ours {
				found[name] = true
			}
		}
	}
	return found, nil
}

// Write brings the folder up to date. Everything is written beside the old
// files first: until all of it is there, none of them changes, and an
// interruption leaves the folder as it was.
func (u *Update) Write(ctx context.Context) (err error) {
	staged := map[string]string{}
	made := []string{}
	defer func() {
		for _, tmp := range staged {
			os.Remove(tmp)
		}
		if err != nil {
			for _, folder := range slices.Backward(made) {
				os.Remove(folder) // fails for those that are not empty
			}
		}
	}()
	names := slices.Sorted(maps.Keys(u.write))
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return err
		}
		folder := filepath.Dir(filepath.Join(u.dir, name))
		more, err := makeFolder(folder)
		made = append(made, more...)
		if err != nil {
			return err
		}
		if staged[name], err = stage(folder, u.write[name]); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	// The index comes last: it never lists what is not there.
	slices.SortStableFunc(names, func(a, b string) int { return order(a) - order(b) })
	for _, name := range names {
		if err := os.Rename(staged[name], filepath.Join(u.dir, name)); err != nil {
			return err
		}
		delete(staged, name)
	}
	for _, name := range u.remove {
		if err := os.Remove(filepath.Join(u.dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if folder := path.Dir(name); folder != "." {
			os.Remove(filepath.Join(u.dir, folder)) // fails for those that are not empty
		}
	}
	return nil
}

func order(name string) int {
	if name == index {
		return 1
	}
	return 0
}

// makeFolder makes a folder and those around it, and returns the ones that it
// made.
func makeFolder(folder string) ([]string, error) {
	var missing []string
	for dir := folder; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) || dir == filepath.Dir(dir) {
			break
		}
		missing = append(missing, dir)
	}
	slices.Reverse(missing)
	return missing, os.MkdirAll(folder, 0o755)
}

// stage writes a text into a file beside the one that it will be.
func stage(folder string, text []byte) (name string, err error) {
	f, err := os.CreateTemp(folder, ".gwctl-*")
	if err != nil {
		return "", err
	}
	_, err = f.Write(text)
	if err := errors.Join(err, f.Chmod(0o644), f.Close()); err != nil {
		os.Remove(f.Name())
		return "", err
	}
	return f.Name(), nil
}
