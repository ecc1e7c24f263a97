package functions

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"unicode/utf8"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// Bounds of what expressions may read.
const (
	maxFileBytes = 8 << 20
	maxFiles     = 10_000 // that fileset returns
)

// files are the functions that read.
type files struct{ module, root string }

func (f files) table() map[string]function.Function {
	hashed := func(sum func(string) (string, error)) function.Function {
		return textToText("path", func(path string) (string, error) {
			b, err := f.read(path)
			if err != nil {
				return "", err
			}
			return sum(string(b))
		})
	}
	return map[string]function.Function{
		"abspath": textToText("path", func(path string) (string, error) {
			abs, err := filepath.Abs(f.resolve(path))
			return filepath.ToSlash(abs), err
		}),
		"pathexpand": textToText("path", func(path string) (string, error) { return expandHome(path), nil }),
		"file":       textToText("path", f.text),
		"filebase64": textToText("path", func(path string) (string, error) {
			b, err := f.read(path)
			return base64.StdEncoding.EncodeToString(b), err
		}),
		"fileexists":       f.exists(),
		"fileset":          f.set(),
		"filemd5":          hashed(digest(md5.New, hex.EncodeToString)),
		"filesha1":         hashed(digest(sha1.New, hex.EncodeToString)),
		"filesha256":       hashed(digest(sha256.New, hex.EncodeToString)),
		"filesha512":       hashed(digest(sha512.New, hex.EncodeToString)),
		"filebase64sha256": hashed(digest(sha256.New, base64.StdEncoding.EncodeToString)),
		"filebase64sha512": hashed(digest(sha512.New, base64.StdEncoding.EncodeToString)),
	}
}

func expandHome(path string) string {
	if rest, ok := strings.CutPrefix(path, "~"); ok && (rest == "" || rest[0] == '/') {
		if home, err := os.UserHomeDir(); err == nil {
			return home + rest
		}
	}
	return path
}

func (f files) resolve(path string) string {
	path = expandHome(path)
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	own := filepath.Join(f.module, path)
	if _, err := os.Lstat(own); err != nil && f.module != f.root {
		return filepath.Join(f.root, path)
	}
	return own
}

// read returns the content of a regular file of bounded size.
func (f files) read(path string) ([]byte, error) {
	info, err := os.Stat(f.resolve(path))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no file %q; paths are relative to the module's folder", path)
	case err != nil:
		return nil, fmt.Errorf("%q cannot be read: %w", path, cause(err))
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%q is not a file", path)
	case info.Size() > maxFileBytes:
		return nil, fmt.Errorf("%q has more than %d MB", path, maxFileBytes>>20)
	}
	file, err := os.OpenFile(f.resolve(path), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("%q cannot be read: %w", path, cause(err))
	}
	defer file.Close()
	// The file may have grown since.
	b, err := io.ReadAll(io.LimitReader(file, maxFileBytes))
	if err != nil {
		return nil, fmt.Errorf("%q cannot be read: %w", path, cause(err))
	}
	return b, nil
}

// cause takes the path off a file error; people know it by another name.
func cause(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}

func (f files) text(path string) (string, error) {
	b, err := f.read(path)
	if err != nil {
		return "", err
	}
	if !utf8.Valid(b) {
		return "", fmt.Errorf("%q is not UTF-8 text; filebase64 reads other files", path)
	}
	return string(b), nil
}

func (f files) exists() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{text("path")},
		Type:   function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			path := args[0].AsString()
			info, err := os.Stat(f.resolve(path))
			switch {
			case errors.Is(err, fs.ErrNotExist):
				return cty.False, nil
			case err != nil:
				return cty.UnknownVal(cty.Bool), function.NewArgErrorf(0, "%q cannot be read: %w", path, cause(err))
			case !info.Mode().IsRegular():
				return cty.UnknownVal(cty.Bool), function.NewArgErrorf(0, "%q is not a file", path)
			}
			return cty.True, nil
		},
	})
}

func (f files) set() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{text("path"), text("pattern")},
		Type:   function.StaticReturnType(cty.Set(cty.String)),
		Impl: func(args []cty.Value, ty cty.Type) (cty.Value, error) {
			var found []cty.Value
			dir, pattern := os.DirFS(f.resolve(args[0].AsString())), args[1].AsString()
			err := doublestar.GlobWalk(dir, pattern, func(path string, _ fs.DirEntry) error {
				if len(found) == maxFiles {
					return fmt.Errorf("more than %d files match", maxFiles)
				}
				found = append(found, cty.StringVal(path))
				return nil
			}, doublestar.WithFilesOnly())
			if err != nil {
				return cty.UnknownVal(ty), function.NewArgErrorf(1, "pattern %q: %w", pattern, err)
			}
			if found == nil {
				return cty.SetValEmpty(cty.String), nil
			}
			return cty.SetVal(found), nil
		},
	})
}
