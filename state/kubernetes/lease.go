package kubernetes

import (
	"context"
	"fmt"
	"math"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/state"
)

// What a Lease has no field for, and what the head Secret says of it.
const (
	annotationLock      = "gwctl.dev/lock"      // the lock's id
	annotationOperation = "gwctl.dev/operation" // what it was taken for
)

func (m *medium) Acquire(ctx context.Context, mine state.LockInfo) (state.Hold, *state.LockInfo, error) {
	lease, from, err := m.takeLease(ctx, mine)
	if err != nil {
		return nil, nil, err
	}
	h := &hold{medium: m}
	h.keep(lease)
	if err := h.fence(ctx, mine); err != nil {
		// Nobody should wait for a lock that nobody has.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), m.patience)
		defer cancel()
		_ = m.leases.Delete(ctx, m.leaseName, only(lease)) // it expires if that fails
		return nil, nil, err
	}
	return h, from, nil
}

// takeLease makes the Lease ours if it is free or expired.
func (m *medium) takeLease(ctx context.Context, mine state.LockInfo) (*coordinationv1.Lease, *state.LockInfo, error) {
	for {
		old, err := m.leases.Get(ctx, m.leaseName, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			lease := &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Name: m.leaseName, Namespace: m.namespace}}
			m.fill(lease, mine)
			lease, err = m.leases.Create(ctx, lease, metav1.CreateOptions{FieldManager: fieldManager})
			if apierrors.IsAlreadyExists(err) {
				continue // another was faster
			}
			if err != nil {
				return nil, nil, m.cannot(ctx, "lock", "create", leaseAccess, err)
			}
			return lease, nil, nil
		}
		if err != nil {
			return nil, nil, m.cannot(ctx, "lock", "get", leaseAccess, err)
		}
		holder, err := m.holder(old)
		if err != nil {
			return nil, nil, err
		}
		if mine.Acquired.Before(holder.Expires) {
			return nil, nil, &state.LockedError{Store: m.Describe(), Holder: *holder, Now: mine.Acquired}
		}
		lease := old.DeepCopy()
		m.fill(lease, mine)
		transitions := int32(1)
		if old.Spec.LeaseTransitions != nil {
			transitions += *old.Spec.LeaseTransitions
		}
		lease.Spec.LeaseTransitions = &transitions
		lease, err = m.leases.Update(ctx, lease, metav1.UpdateOptions{FieldManager: fieldManager})
		if apierrors.IsConflict(err) || apierrors.IsNotFound(err) {
			continue // renewed, released, or another was faster
		}
		if err != nil {
			return nil, nil, m.cannot(ctx, "lock", "update", leaseAccess, err)
		}
		return lease, holder, nil
	}
}

// fill writes who holds a lease into it.
func (m *medium) fill(lease *coordinationv1.Lease, info state.LockInfo) {
	if lease.Annotations == nil {
		lease.Annotations = map[string]string{}
	}
	lease.Annotations[resource.AnnotationOwner] = m.owner
	lease.Annotations[annotationLock] = info.ID
	lease.Annotations[annotationOperation] = info.Operation
	seconds := int32(min(math.Ceil(info.Expires.Sub(info.Renewed).Seconds()), math.MaxInt32))
	acquired, renewed := metav1.NewMicroTime(info.Acquired), metav1.NewMicroTime(info.Renewed)
	lease.Spec.HolderIdentity = &info.Owner
	lease.Spec.LeaseDurationSeconds = &seconds
	lease.Spec.AcquireTime, lease.Spec.RenewTime = &acquired, &renewed
}

// holder reads what fill wrote.
func (m *medium) holder(lease *coordinationv1.Lease) (*state.LockInfo, error) {
	info := &state.LockInfo{ID: lease.Annotations[annotationLock], Operation: lease.Annotations[annotationOperation]}
	spec := lease.Spec
	if info.ID == "" || spec.HolderIdentity == nil || spec.LeaseDurationSeconds == nil || spec.AcquireTime == nil || spec.RenewTime == nil {
		return nil, fmt.Errorf("the lease %s in the namespace %s of %s cannot be understood: it is none that gwctl wrote; if nothing else uses it, remove it: kubectl delete lease %s -n %s",
			m.leaseName, m.namespace, m.cluster.Name, m.leaseName, m.namespace)
	}
	info.Owner = *spec.HolderIdentity
	info.Acquired, info.Renewed = spec.AcquireTime.UTC(), spec.RenewTime.UTC()
	info.Expires = info.Renewed.Add(time.Duration(*spec.LeaseDurationSeconds) * time.Second)
	return info, nil
}

// present returns the Lease and who holds it, nil where nobody does.
func (m *medium) present(ctx context.Context, do string) (*coordinationv1.Lease, *state.LockInfo, error) {
	lease, err := m.leases.Get(ctx, m.leaseName, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return nil, nil, nil
	case err != nil:
		return nil, nil, m.cannot(ctx, do, "get", leaseAccess, err)
	}
	holder, err := m.holder(lease)
	return lease, holder, err
}

// Unlock removes the Lease first: until then its holder would renew the fence.
func (m *medium) Unlock(ctx context.Context, id string) error {
	for {
		lease, holder, err := m.present(ctx, "unlock")
		if err != nil {
			return err
		}
		if holder == nil || holder.ID != id {
			return &state.UnlockError{Store: m.Describe(), ID: id, Holder: holder}
		}
		err = m.leases.Delete(ctx, m.leaseName, only(lease))
		if apierrors.IsConflict(err) || apierrors.IsNotFound(err) {
			continue // renewed or released meanwhile
		}
		if err != nil {
			return m.cannot(ctx, "unlock", "delete", leaseAccess, err)
		}
		return m.liftFence(ctx, id)
	}
}
