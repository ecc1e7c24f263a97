package kubernetes

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cluster "github.com/gwctl/gwctl/internal/kubernetes"
	"github.com/gwctl/gwctl/state"
)

// maxSecret is what one Secret takes of a state: the API server's limit is 1
// MiB, and etcd's for the whole object 1.5 MiB.
const maxSecret = 1_000_000

// labelPartOf is on chunks: the head's id. Those whose head is deleted follow it
// by their owner reference.
const labelPartOf = "gwctl.dev/state"

// write is one state on its way into a cluster.
type write struct {
	id      string
	state   *state.State
	data    []byte
	chunks  [][]byte // gzipped; one goes into the head
	written string   // UID of the head that the chunks were made for
}

func newWrite(s *state.State, data []byte) (*write, error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write(data)
	if err := errors.Join(err, z.Close()); err != nil {
		return nil, fmt.Errorf("the state cannot be compressed: %w", err)
	}
	return &write{
		id: strings.ToLower(rand.Text()), state: s, data: data,
		chunks: slices.Collect(slices.Chunk(b.Bytes(), maxSecret)),
	}, nil
}

func (w *write) chunkName(i int) string { return "gwctl-chunk-" + w.id + "-" + strconv.Itoa(i) }

// putInto makes the state the content of a head.
func (w *write) putInto(head *corev1.Secret, namespace string) {
	describe(head, w.state, namespace)
	head.Annotations[annotationWrite] = w.id
	if len(w.chunks) == 1 {
		head.Data = map[string][]byte{keyState: w.chunks[0]}
		return
	}
	names := make([]string, len(w.chunks))
	for i := range w.chunks {
		names[i] = w.chunkName(i)
	}
	head.Data = map[string][]byte{keyChunks: []byte(strings.Join(names, "\n"))}
}

// createChunks makes what the head will name, where it is too large for that.
func (m *medium) createChunks(ctx context.Context, head *corev1.Secret, w *write) error {
	if len(w.chunks) == 1 || w.written == string(head.UID) {
		return nil
	}
	immutable := true
	for i, chunk := range w.chunks {
		secret := &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{
				Name: w.chunkName(i), Namespace: m.namespace,
				Labels:          map[string]string{labelPartOf: cluster.ApplySetID(m.name, m.namespace)},
				Annotations:     map[string]string{annotationSerial: strconv.FormatUint(w.state.Serial, 10)},
				OwnerReferences: []metav1.OwnerReference{{APIVersion: "v1", Kind: "Secret", Name: head.Name, UID: head.UID}},
			},
			Type:      secretType,
			Immutable: &immutable,
			Data:      map[string][]byte{keyState: chunk},
		}
		_, err := m.secrets.Create(ctx, secret, metav1.CreateOptions{FieldManager: fieldManager})
		// Nobody else has this name: it was created, and the answer got lost.
		if err != nil && !apierrors.IsAlreadyExists(err) {
			return m.cannot(ctx, "write", "create", secretAccess, err)
		}
	}
	w.written = string(head.UID)
	return nil
}

// removeChunks takes away what the head named before, and what writes that
// never ended left behind. Those of a later serial may be of one that is about
// to end. Whatever stays is taken away by the next write.
func (m *medium) removeChunks(ctx context.Context, old, next *corev1.Secret) {
	before, now := chunksOf(old), chunksOf(next)
	if len(before) == 0 && len(now) == 0 {
		return
	}
	for _, name := range before {
		_ = m.secrets.Delete(ctx, name, metav1.DeleteOptions{})
	}
	found, err := m.secrets.List(ctx, metav1.ListOptions{LabelSelector: labelPartOf + "=" + cluster.ApplySetID(m.name, m.namespace)})
	if err != nil {
		return
	}
	serial, err := strconv.ParseUint(next.Annotations[annotationSerial], 10, 64)
	if err != nil {
		return
	}
	for _, chunk := range found.Items {
		made, err := strconv.ParseUint(chunk.Annotations[annotationSerial], 10, 64)
		if err == nil && made < serial && !slices.Contains(now, chunk.Name) {
			_ = m.secrets.Delete(ctx, chunk.Name, only(&chunk))
		}
	}
}

func chunksOf(head *corev1.Secret) []string { return strings.Fields(string(head.Data[keyChunks])) }

// missingChunk says that the head names a chunk that is not there.
type missingChunk struct{ name string }

func (e *missingChunk) Error() string { return "its part secret/" + e.name + " is missing" }

func isMissingChunk(err error) bool {
	_, ok := errors.AsType[*missingChunk](err)
	return ok
}

// content returns the state that a head has or names, nil for none.
func (m *medium) content(ctx context.Context, head *corev1.Secret) ([]byte, error) {
	if isEmpty(head) {
		return nil, nil
	}
	packed := head.Data[keyState]
	for _, name := range chunksOf(head) {
		chunk, err := m.secrets.Get(ctx, name, metav1.GetOptions{})
		switch {
		case apierrors.IsNotFound(err):
			return nil, &state.FormatError{Store: m.Describe(), Err: &missingChunk{name}}
		case err != nil:
			return nil, m.cannot(ctx, "read", "get", secretAccess, err)
		}
		packed = append(packed, chunk.Data[keyState]...)
	}
	data, err := unpack(packed)
	if err != nil {
		return nil, &state.FormatError{Store: m.Describe(), Err: err}
	}
	return data, nil
}

func unpack(packed []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(z, state.MaxSize+1)) // Decode says what is too much
	if err != nil {
		return nil, err
	}
	return data, nil
}
