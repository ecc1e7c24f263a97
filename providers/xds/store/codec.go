package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"strings"

	"github.com/gwctl/gwctl/internal/resource"
)

// Buckets, and what their keys are.
var (
	bucketMeta      = []byte("meta")      // the keys below
	bucketObjects   = []byte("objects")   // identity
	bucketResources = []byte("resources") // gateway, type, name
	bucketGateways  = []byte("gateways")  // gateway
	bucketOwners    = []byte("owners")    // owner
	bucketRevisions = []byte("revisions") // owner, revision
	bucketChanges   = []byte("changes")   // revision, identity

	buckets = [][]byte{
		bucketMeta, bucketObjects, bucketResources, bucketGateways, bucketOwners, bucketRevisions, bucketChanges,
	}

	keyHead    = []byte("head")
	keyLast    = []byte("last")
	keyPending = []byte("pending")
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// seal puts a checksum of key and payload before the payload, so that damage
// is found instead of served.
func seal(key, payload []byte) []byte {
	sum := crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, payload)
	return append(binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(payload)), sum), payload...)
}

var errChecksum = errors.New("the checksum does not match")

// unseal returns the payload, which is only valid as long as value is.
func unseal(key, value []byte) ([]byte, error) {
	if len(value) < 4 {
		return nil, errChecksum
	}
	payload := value[4:]
	if crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, payload) != binary.BigEndian.Uint32(value) {
		return nil, errChecksum
	}
	return payload, nil
}

// joinKey separates parts by a zero byte, which none of them may have.
func joinKey(parts ...string) ([]byte, error) {
	size := len(parts)
	for _, p := range parts {
		if strings.IndexByte(p, 0) >= 0 {
			return nil, fmt.Errorf("%q has a zero byte", p)
		}
		size += len(p)
	}
	if size > 4096 {
		return nil, fmt.Errorf("a name of %d bytes is too long: %.64q", size, parts[len(parts)-1])
	}
	return []byte(strings.Join(parts, "\x00")), nil
}

func splitKey(key []byte, parts int) ([]string, error) {
	got := strings.Split(string(key), "\x00")
	if len(got) != parts {
		return nil, fmt.Errorf("key %q has %d parts, not %d", key, len(got), parts)
	}
	return got, nil
}

func idKey(id resource.ID) ([]byte, error) {
	return joinKey(id.Group, id.Kind, id.Namespace, id.Name)
}

func keyID(key []byte) (resource.ID, error) {
	p, err := splitKey(key, 4)
	if err != nil {
		return resource.ID{}, err
	}
	return resource.ID{Group: p[0], Kind: p[1], Namespace: p[2], Name: p[3]}, nil
}

func revisionBytes(revision uint64) []byte { return binary.BigEndian.AppendUint64(nil, revision) }

// revisionKey orders the revisions of one owner by number.
func revisionKey(owner string, revision uint64) ([]byte, error) {
	key, err := joinKey(owner, "")
	if err != nil {
		return nil, err
	}
	return append(key, revisionBytes(revision)...), nil
}

// changeKey orders changes by revision, then by identity.
func changeKey(revision uint64, id resource.ID) ([]byte, error) {
	key, err := idKey(id)
	if err != nil {
		return nil, err
	}
	return append(revisionBytes(revision), key...), nil
}

// numberOf returns the number at the end of a key made by revisionKey.
func numberOf(key []byte) uint64 {
	if len(key) < 8 {
		return 0
	}
	return binary.BigEndian.Uint64(key[len(key)-8:])
}

func hasPrefix(key, prefix []byte) bool { return key != nil && bytes.HasPrefix(key, prefix) }
