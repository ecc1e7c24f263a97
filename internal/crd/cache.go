package crd

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/gwctl/gwctl/internal/resource"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

const (
	cacheHeader = "gwctl validated objects 1\n"
	maxVerdicts = 1 << 16 // 2 MiB
)

// verdict stands for an object that was found valid.
type verdict [sha256.Size]byte

// Cache remembers by digest which objects were found valid, by their schemas or
// by other checks, so that a plan in which one object changed validates one
// object, and one in which nothing did decodes no schema. A nil Cache remembers nothing. It is safe for concurrent
// use.
type Cache struct {
	path string

	mu    sync.Mutex
	valid map[verdict]bool // whether it was asked for since the cache was loaded
	order []verdict        // oldest first
	dirty bool
}

// LoadCache reads the cache in a file. One that is missing, corrupt or cannot
// be read counts as empty: it only costs time.
func LoadCache(path string) *Cache {
	c := &Cache{path: path, valid: make(map[verdict]bool)}
	info, err := os.Stat(path)
	if err != nil {
		return c
	}
	c.dirty = true // until it has been read
	if info.Size() > int64(len(cacheHeader)+(maxVerdicts+1)*sha256.Size) {
		return c
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return c
	}
	if verdicts, ok := parseCache(text); ok {
		c.order, c.dirty = verdicts, false
		c.valid = make(map[verdict]bool, len(verdicts))
		for _, v := range verdicts {
			c.valid[v] = false
		}
	}
	return c
}

// parseCache reads what Save writes: a header, verdicts, and a checksum of
// both.
func parseCache(text []byte) ([]verdict, bool) {
	end := len(text) - sha256.Size
	if !bytes.HasPrefix(text, []byte(cacheHeader)) || end < len(cacheHeader) || (end-len(cacheHeader))%sha256.Size != 0 {
		return nil, false
	}
	if sha256.Sum256(text[:end]) != [sha256.Size]byte(text[end:]) {
		return nil, false
	}
	var verdicts []verdict
	for at := len(cacheHeader); at < end; at += sha256.Size {
		verdicts = append(verdicts, verdict(text[at:]))
	}
	return verdicts, true
}

// Validate is the function of that name, for the objects that are not known to
// be valid.
func (c *Cache) Validate(ctx context.Context, objects ...*resource.Object) ([]field.ErrorList, error) {
	if c == nil {
		return Validate(ctx, objects...)
	}
	verdicts, known := c.lookUp(ctx, objects, digest)
	var unknown []*resource.Object
	var at []int
	for i, o := range objects {
		if !known[i] {
			unknown, at = append(unknown, o), append(at, i)
		}
	}
	out := make([]field.ErrorList, len(objects))
	problems, err := Validate(ctx, unknown...)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for j, i := range at {
		out[i] = problems[j]
		if len(problems[j]) == 0 {
			c.add(verdicts[i])
		}
	}
	return out, nil
}

// Passed reports which objects passed another check than the schemas' before,
// and returns what notes that object i did. The check's name has all in it that
// its verdict hangs on besides the object. A nil Cache knows of none.
func (c *Cache) Passed(ctx context.Context, check string, objects []*resource.Object) (passed []bool, pass func(i int)) {
	if c == nil {
		return make([]bool, len(objects)), func(int) {}
	}
	verdicts, known := c.lookUp(ctx, objects, func(o *resource.Object, buf []byte) ([sha256.Size]byte, []byte, bool) {
		return digestFor(check, o, buf)
	})
	return known, func(i int) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.add(verdicts[i])
	}
}

// digester identifies a verdict on an object, in a buffer that it returns.
type digester func(o *resource.Object, buf []byte) ([sha256.Size]byte, []byte, bool)

// lookUp returns the digest of each object, and whether it is known.
func (c *Cache) lookUp(ctx context.Context, objects []*resource.Object, digest digester) ([]verdict, []bool) {
	verdicts, known := make([]verdict, len(objects)), make([]bool, len(objects))
	const share = 64 // objects that one call digests, in one buffer
	_ = parallel(ctx, (len(objects)+share-1)/share, func(n int) {
		var buf []byte
		for i := n * share; i < min((n+1)*share, len(objects)); i++ {
			var sum [sha256.Size]byte
			var ok bool
			if sum, buf, ok = digest(objects[i], buf); ok {
				verdicts[i] = sum
			}
		}
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, v := range verdicts {
		if _, known[i] = c.valid[v]; known[i] {
			c.valid[v] = true
		}
	}
	return verdicts, known
}

func (c *Cache) add(v verdict) {
	if v == (verdict{}) {
		return // an object without a digest
	}
	if _, ok := c.valid[v]; !ok {
		c.order = append(c.order, v)
		c.dirty = true
	}
	c.valid[v] = true
}

// Save writes the cache to its file, if it has anything new. When it is full,
// verdicts that nobody asked for go first, oldest first.
func (c *Cache) Save() error {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.dirty {
		return nil
	}
	var idle, used []verdict
	for _, v := range c.order {
		if c.valid[v] {
			used = append(used, v)
		} else {
			idle = append(idle, v)
		}
	}
	kept := append(idle, used...)
	kept = kept[max(0, len(kept)-maxVerdicts):]
	text := []byte(cacheHeader)
	for _, v := range kept {
		text = append(text, v[:]...)
	}
	sum := sha256.Sum256(text)
	if err := replaceFile(c.path, append(text, sum[:]...)); err != nil {
		return fmt.Errorf("remember which objects are valid: %w", err)
	}
	c.dirty = false
	return nil
}

// replaceFile writes a file such that readers see the old text or the new.
func replaceFile(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails once it is renamed
	if _, err := f.Write(text); err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
