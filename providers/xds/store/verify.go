package store

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"

	"go.etcd.io/bbolt"
)

// Layout of bbolt's pages, which is fixed by its file format: a header of id,
// flags, count and overflow, then the elements, then keys and values.
const (
	pageHeader  = 16
	pageElement = 16
	pageBranch  = 0x01
	pageLeaf    = 0x02
	leafBucket  = 0x01
)

// verifyTree walks the tree of pages once before bbolt does: bbolt trusts it,
// and a page that leads back to itself would have it run without end.
func verifyTree(tx *bbolt.Tx) error {
	file, err := os.Open(tx.DB().Path())
	if err != nil {
		return err
	}
	defer file.Close()
	w := walker{file: file, size: int64(tx.DB().Info().PageSize), end: uint64(tx.Size()), seen: map[uint64]bool{}}
	w.next = append(w.next, uint64(tx.Cursor().Bucket().Root()))
	for len(w.next) > 0 {
		id := w.next[len(w.next)-1]
		w.next = w.next[:len(w.next)-1]
		if err := w.visit(id); err != nil {
			return fmt.Errorf("page %d: %w", id, err)
		}
	}
	return nil
}

type walker struct {
	file io.ReaderAt
	size int64  // of a page
	end  uint64 // of the part in use
	seen map[uint64]bool
	next []uint64
}

func (w *walker) visit(id uint64) error {
	if w.seen[id] {
		return fmt.Errorf("two places lead to it")
	}
	w.seen[id] = true
	if id < 2 || id >= w.end/uint64(w.size) {
		return fmt.Errorf("it is outside of the file")
	}
	head := make([]byte, pageHeader)
	if _, err := w.file.ReadAt(head, int64(id)*w.size); err != nil {
		return err
	}
	own, flags := binary.NativeEndian.Uint64(head), binary.NativeEndian.Uint16(head[8:])
	count, overflow := binary.NativeEndian.Uint16(head[10:]), binary.NativeEndian.Uint32(head[12:])
	if own != id {
		return fmt.Errorf("it calls itself page %d", own)
	}
	if id+uint64(overflow) >= w.end/uint64(w.size) {
		return fmt.Errorf("it reaches beyond the file")
	}
	whole := w.size * (int64(overflow) + 1)
	elements := make([]byte, int64(count)*pageElement)
	if pageHeader+int64(len(elements)) > whole {
		return fmt.Errorf("it has no room for %d elements", count)
	}
	if _, err := w.file.ReadAt(elements, int64(id)*w.size+pageHeader); err != nil {
		return err
	}
	switch flags {
	case pageBranch:
		return w.branch(id, elements, whole)
	case pageLeaf:
		return w.leaf(id, elements, whole)
	}
	return fmt.Errorf("it has flags %#x", flags)
}

// branch follows elements of position, key size and page.
func (w *walker) branch(id uint64, elements []byte, whole int64) error {
	if len(elements) == 0 {
		return fmt.Errorf("it leads nowhere")
	}
	for i := 0; i < len(elements); i += pageElement {
		e := elements[i:]
		pos, key := binary.NativeEndian.Uint32(e), binary.NativeEndian.Uint32(e[4:])
		if int64(pageHeader+i)+int64(pos)+int64(key) > whole {
			return fmt.Errorf("element %d of page %d reaches beyond it", i/pageElement, id)
		}
		w.next = append(w.next, binary.NativeEndian.Uint64(e[8:]))
	}
	return nil
}

// leaf checks elements of flags, position, key size and value size, and
// follows the buckets among them.
func (w *walker) leaf(id uint64, elements []byte, whole int64) error {
	for i := 0; i < len(elements); i += pageElement {
		e := elements[i:]
		flags, pos := binary.NativeEndian.Uint32(e), binary.NativeEndian.Uint32(e[4:])
		key, value := binary.NativeEndian.Uint32(e[8:]), binary.NativeEndian.Uint32(e[12:])
		at := int64(pageHeader+i) + int64(pos) + int64(key)
		if at+int64(value) > whole {
			return fmt.Errorf("element %d of page %d reaches beyond it", i/pageElement, id)
		}
		if flags&leafBucket == 0 {
			continue
		}
		root := make([]byte, 8)
		if value < 2*8 {
			return fmt.Errorf("element %d of page %d is no bucket", i/pageElement, id)
		}
		if _, err := w.file.ReadAt(root, int64(id)*w.size+at); err != nil {
			return err
		}
		// Page 0 says that the bucket is small and stands inside the element.
		if r := binary.NativeEndian.Uint64(root); r != 0 {
			w.next = append(w.next, r)
		} else if err := w.inline(id, at+2*8, int64(value)-2*8); err != nil {
			return err
		}
	}
	return nil
}

// inline checks a bucket that is a leaf page inside an element.
func (w *walker) inline(id uint64, at, size int64) error {
	if size < pageHeader {
		return fmt.Errorf("a bucket in page %d has no head", id)
	}
	page := make([]byte, size)
	if _, err := w.file.ReadAt(page, int64(id)*w.size+at); err != nil {
		return err
	}
	flags, count := binary.NativeEndian.Uint16(page[8:]), int(binary.NativeEndian.Uint16(page[10:]))
	if flags != pageLeaf || pageHeader+count*pageElement > len(page) {
		return fmt.Errorf("a bucket in page %d is no leaf", id)
	}
	for i := range count {
		if binary.NativeEndian.Uint32(page[pageHeader+i*pageElement:])&leafBucket != 0 {
			return fmt.Errorf("a bucket in page %d has a bucket inside", id)
		}
	}
	return w.leaf(id, page[pageHeader:pageHeader+count*pageElement], size)
}
