package kubernetes

import (
	"context"
	"errors"
	"sync"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cluster "github.com/gwctl/gwctl/internal/kubernetes"
	"github.com/gwctl/gwctl/state"
)

// hold is the Lease as ours, and the version of the head Secret that we may
// replace. The fence: whoever takes the Lease stamps the head before anything
// else, so that our version is replaceable no more. We take note of a new
// version only before we see that the Lease is still ours.
type hold struct {
	medium *medium
	head   *corev1.Secret
	stored []byte // the content of head, once it was needed

	mu    sync.Mutex
	lease *coordinationv1.Lease // as last seen; Renew is called beside the rest
}

func (h *hold) keep(lease *coordinationv1.Lease) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lease = lease
}

func (h *hold) seen() *coordinationv1.Lease {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.lease
}

func (h *hold) Renew(ctx context.Context, mine state.LockInfo) error {
	for {
		lease := h.seen().DeepCopy()
		h.medium.fill(lease, mine)
		lease, err := h.medium.leases.Update(ctx, lease, metav1.UpdateOptions{FieldManager: fieldManager})
		switch {
		case err == nil:
			h.keep(lease)
			return nil
		case !apierrors.IsConflict(err) && !apierrors.IsNotFound(err):
			return h.medium.cannot(ctx, "lock", "update", leaseAccess, err)
		}
		if err := h.checkOurs(ctx, mine); err != nil {
			return err
		}
	}
}

// checkOurs reads the Lease anew; a *state.FencedError says whose it is.
func (h *hold) checkOurs(ctx context.Context, mine state.LockInfo) error {
	lease, holder, err := h.medium.present(ctx, "lock")
	switch {
	case err != nil:
		return err
	case holder == nil || holder.ID != mine.ID:
		return &state.FencedError{Store: h.medium.Describe(), Lost: mine, Holder: holder}
	}
	h.keep(lease)
	return nil
}

// fence stamps the head with our id, which makes it if there is none.
func (h *hold) fence(ctx context.Context, mine state.LockInfo) error {
	m := h.medium
	for {
		head, err := m.head(ctx)
		if err != nil {
			return err
		}
		verb := "update"
		switch {
		case head == nil:
			verb = "create"
			head = m.newHead()
			head.Annotations[annotationLock] = mine.ID
			head, err = m.secrets.Create(ctx, head, metav1.CreateOptions{FieldManager: fieldManager})
		case head.Annotations[annotationLock] != mine.ID:
			head = head.DeepCopy()
			m.mark(head)
			head.Annotations[annotationLock] = mine.ID
			head, err = m.secrets.Update(ctx, head, metav1.UpdateOptions{FieldManager: fieldManager})
		}
		switch {
		case apierrors.IsConflict(err), apierrors.IsAlreadyExists(err), verb == "update" && apierrors.IsNotFound(err):
			continue // written meanwhile
		case err != nil:
			return m.cannot(ctx, "lock", verb, secretAccess, err)
		}
		h.head, h.stored = head, nil
		return h.checkOurs(ctx, mine)
	}
}

// liftFence makes the head irreplaceable for the holder of a Lease that was
// removed, whoever stamped it: one who holds the Lease by now stamps it again.
// Without a stamp it was changed since. One that never had a state goes too.
func (m *medium) liftFence(ctx context.Context, id string) error {
	for {
		head, err := m.head(ctx)
		if err != nil || head == nil || head.Annotations[annotationLock] == "" {
			return err
		}
		verb := "delete"
		if isEmpty(head) && head.Annotations[annotationLock] == id {
			err = m.secrets.Delete(ctx, m.name, only(head))
		} else {
			verb = "update"
			head = head.DeepCopy()
			delete(head.Annotations, annotationLock)
			_, err = m.secrets.Update(ctx, head, metav1.UpdateOptions{FieldManager: fieldManager})
		}
		switch {
		case err == nil || apierrors.IsNotFound(err):
			return nil
		case !apierrors.IsConflict(err):
			return m.cannot(ctx, "unlock", verb, secretAccess, err)
		}
	}
}

// Save goes on for a while where the API server does not answer: what was
// applied by then is known to nobody else.
func (h *hold) Save(ctx context.Context, mine state.LockInfo, s *state.State, data []byte, replaces func([]byte) error) error {
	w, err := newWrite(s, data)
	if err != nil {
		return err
	}
	deadline := time.Now().Add(h.medium.patience)
	for {
		err := h.save(ctx, mine, w, replaces)
		if !isSilence(err) || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(500 * time.Millisecond):
		}
	}
}

// isSilence reports whether an API server did not say whether it did something.
func isSilence(err error) bool {
	if _, ok := errors.AsType[*cluster.UnreachableError](err); ok {
		return true
	}
	_, ok := errors.AsType[*cluster.BusyError](err)
	return ok
}

func (h *hold) save(ctx context.Context, mine state.LockInfo, w *write, replaces func([]byte) error) error {
	m := h.medium
	for {
		if h.head.Annotations[annotationWrite] == w.id {
			return nil // it was written, and the answer got lost
		}
		if err := h.checkReplaces(ctx, replaces); err != nil {
			return err
		}
		if err := m.createChunks(ctx, h.head, w); err != nil {
			return err
		}
		next := h.head.DeepCopy()
		m.mark(next)
		w.putInto(next, m.namespace)
		next, err := m.secrets.Update(ctx, next, metav1.UpdateOptions{FieldManager: fieldManager})
		switch {
		case err == nil:
			old := h.head
			h.head, h.stored = next, w.data
			m.removeChunks(ctx, old, next)
			return nil
		case !apierrors.IsConflict(err) && !apierrors.IsNotFound(err):
			return m.cannot(ctx, "write", "update", secretAccess, err)
		}
		// Who lost the Lease should not get in the way of the one who has it.
		if err := h.checkOurs(ctx, mine); err != nil {
			return err
		}
		if err := h.fence(ctx, mine); err != nil {
			return err
		}
	}
}

func (h *hold) checkReplaces(ctx context.Context, replaces func([]byte) error) error {
	if h.stored == nil {
		stored, err := h.medium.content(ctx, h.head)
		if err != nil {
			return err
		}
		h.stored = stored
	}
	if h.stored == nil {
		return nil
	}
	return replaces(h.stored)
}

func (h *hold) Release(ctx context.Context, mine state.LockInfo) error {
	m := h.medium
	for {
		err := m.leases.Delete(ctx, m.leaseName, only(h.seen()))
		if err == nil {
			break
		}
		if !apierrors.IsConflict(err) && !apierrors.IsNotFound(err) {
			return m.cannot(ctx, "unlock", "delete", leaseAccess, err)
		}
		if err := h.checkOurs(ctx, mine); err != nil {
			return err
		}
	}
	if isEmpty(h.head) {
		// Nothing was ever written. Another that stamped it by now keeps it.
		err := m.secrets.Delete(ctx, m.name, only(h.head))
		if err != nil && !apierrors.IsConflict(err) && !apierrors.IsNotFound(err) {
			return m.cannot(ctx, "unlock", "delete", secretAccess, err)
		}
	}
	return nil
}
