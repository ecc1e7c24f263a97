package kubernetes

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
	"github.com/gwctl/gwctl/providers"
)

const (
	// settled is how long a controller's refusal has to stand before it is
	// believed: what an object refers to may be on its way through the
	// controller as well.
	settled = 10 * time.Second
	// remind is how often people are told what is waited for.
	remind = 10 * time.Second
)

// wait returns when controllers have taken every written object at its
// generation, with a word for the summary, or says which they have not taken and
// why.
func (a *application) wait(ctx context.Context, timeout time.Duration) (string, error) {
	w := &waiting{a: a, pending: map[resource.ID]*change{}, unmet: map[resource.ID][]unmet{}, since: map[resource.ID]time.Time{}}
	places := map[place]bool{}
	for _, c := range a.changes {
		if c.made == nil || isRelease(c.ObjectChange) || c.Action == planner.Delete {
			continue
		}
		if missing := unmetOf(c.made); len(missing) > 0 && a.isLookedAt(c) {
			w.pending[c.ID], w.unmet[c.ID] = c, missing
			places[place{c.After.GroupVersionKind(), c.ID.Namespace}] = true
		}
	}
	if len(places) == 0 {
		return "", nil
	}
	total := len(w.pending)
	a.reporter.phase("conditions", fmt.Sprintf("Waiting for controllers to take %s...", count(total, "object", "objects")))
	stop := w.remind(ctx)
	defer stop()
	g, watching := errgroup.WithContext(ctx)
	for at := range places {
		m, err := a.p.cluster.Mapping(ctx, at.gvk)
		if err != nil {
			return "", err
		}
		g.Go(func() error { return w.follow(watching, m, at.namespace) })
	}
	if err := g.Wait(); err != nil {
		return "", w.refusal(ctx, err, timeout)
	}
	return fmt.Sprintf(", %d of them taken by their controllers", total), nil
}

// isLookedAt reports whether a controller will say anything of an object: Envoy
// Gateway looks at no Backend before something sends to it, which a policy for
// its TLS does not, and at no policy without its target, which is surely there
// where the configuration has it.
func (a *application) isLookedAt(c *change) bool {
	switch c.ID.GroupKind() {
	case backendKind:
		return a.relies(func(user *planner.ResourceChange) bool {
			if slices.ContainsFunc(user.Objects, func(id resource.ID) bool { return id.GroupKind() == tlsPolicyKind }) {
				return false
			}
			return user.After != nil && slices.ContainsFunc(user.DependsOn, func(on resource.Address) bool { return slices.Contains(c.Addresses, on) })
		})
	case trafficPolicyKind, clientPolicyKind:
		return len(listAt(c.made, "status", "ancestors")) > 0 || a.relies(func(policy *planner.ResourceChange) bool {
			return slices.Contains(c.Addresses, policy.Address) && slices.ContainsFunc(policy.DependsOn, func(on resource.Address) bool {
				return slices.ContainsFunc(a.plan.Changes, func(target planner.ResourceChange) bool { return target.Address == on && target.After != nil })
			})
		})
	}
	return true
}

func (a *application) relies(how func(*planner.ResourceChange) bool) bool {
	for i := range a.plan.Changes {
		if how(&a.plan.Changes[i]) {
			return true
		}
	}
	return false
}

// waiting is what controllers have not said yet.
type waiting struct {
	a *application

	mu      sync.Mutex
	pending map[resource.ID]*change
	unmet   map[resource.ID][]unmet
	since   map[resource.ID]time.Time // a refusal stands
}

// errRefused ends a wait that is of no use.
var errRefused = errors.New("a controller refuses it")

// follow lists and watches the owner's objects of one type until none of them
// is pending. A watch that ends is begun again.
func (w *waiting) follow(ctx context.Context, m *meta.RESTMapping, namespace string) error {
	p := w.a.p
	client := p.client(m, namespace)
	selector := resource.LabelOwner + "=" + planner.OwnerLabel(w.a.plan.Owner.Name)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		list, err := client.List(ctx, metav1.ListOptions{LabelSelector: selector})
		if err != nil {
			if err := p.rest(ctx, err, "list", m, namespace); err != nil {
				return err
			}
			continue
		}
		listed := make(map[resource.ID]bool, len(list.Items))
		for i := range list.Items {
			listed[resource.IDOf(&list.Items[i])] = true
			w.see(&list.Items[i])
		}
		for _, id := range w.of(m, namespace) {
			if !listed[id] {
				return w.gone(id)
			}
		}
		if len(w.of(m, namespace)) == 0 {
			return nil
		}
		stream, err := client.Watch(ctx, metav1.ListOptions{LabelSelector: selector, ResourceVersion: list.GetResourceVersion(), AllowWatchBookmarks: true})
		if err != nil {
			if err := p.rest(ctx, err, "watch", m, namespace); err != nil {
				return err
			}
			continue
		}
		err = w.drain(ctx, stream, tick.C, m, namespace)
		stream.Stop()
		if err != nil || len(w.of(m, namespace)) == 0 {
			return err
		}
	}
}

// rest waits a moment before a list or watch is asked for again, or returns why
// that would be of no use.
func (p *Provider) rest(ctx context.Context, err error, verb string, m *meta.RESTMapping, namespace string) error {
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case isTransient(err) || verb == "watch" && apierrors.IsResourceExpired(err):
		return sleep(ctx, time.Second)
	}
	return p.explain(ctx, err, verb, m, namespace, "")
}

// drain follows one watch until it ends, or nothing is pending any more.
func (w *waiting) drain(ctx context.Context, stream watch.Interface, tick <-chan time.Time, m *meta.RESTMapping, namespace string) error {
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick:
			if w.refused() {
				return errRefused
			}
		case e, ok := <-stream.ResultChan():
			if !ok || e.Type == watch.Error {
				return nil
			}
			if o, isObject := e.Object.(*resource.Object); isObject && e.Type != watch.Bookmark {
				if e.Type == watch.Deleted {
					if err := w.gone(resource.IDOf(o)); err != nil {
						return err
					}
					continue
				}
				w.see(o)
				if len(w.of(m, namespace)) == 0 {
					return nil
				}
			}
		}
	}
}

// see takes a new state of an object into account.
func (w *waiting) see(o *resource.Object) {
	id := resource.IDOf(o)
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.pending[id]
	if c == nil || o.GetGeneration() < c.made.GetGeneration() {
		return
	}
	missing := unmetOf(o)
	if len(missing) == 0 {
		delete(w.pending, id)
		delete(w.unmet, id)
		w.a.reporter.taken(c)
		return
	}
	w.unmet[id] = missing
	if !slices.ContainsFunc(missing, unmet.final) {
		delete(w.since, id)
	} else if w.since[id].IsZero() {
		w.since[id] = time.Now()
	}
}

// gone says that an object is deleted while it is waited for.
func (w *waiting) gone(id resource.ID) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.pending[id] == nil {
		return nil
	}
	return refusedAs(id, "", "it was deleted while gwctl waited for it")
}

// of returns the objects of a type and namespace that are pending.
func (w *waiting) of(m *meta.RESTMapping, namespace string) []resource.ID {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []resource.ID
	for id := range w.pending {
		if id.GroupKind() == m.GroupVersionKind.GroupKind() && id.Namespace == namespace {
			out = append(out, id)
		}
	}
	return out
}

// refused reports whether a refusal has stood long enough.
func (w *waiting) refused() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, since := range w.since {
		if time.Since(since) >= settled {
			return true
		}
	}
	return false
}

// refusal is why a wait ended: what controllers say of each object that they
// have not taken.
func (w *waiting) refusal(ctx context.Context, err error, timeout time.Duration) error {
	if cause := context.Cause(ctx); errors.Is(cause, providers.ErrInterrupted) {
		return fmt.Errorf("%w while waiting for controllers", cause)
	}
	if !errors.Is(err, errRefused) && !errors.Is(err, errTimeout) && context.Cause(ctx) != errTimeout {
		return err
	}
	if errors.Is(err, errRefused) {
		timeout = settled
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	refused := &providers.RefusedError{}
	ids := make([]resource.ID, 0, len(w.unmet))
	for id := range w.unmet {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, resource.ID.Compare)
	for _, id := range ids {
		for _, u := range essential(w.unmet[id]) {
			if errors.Is(err, errRefused) && u.status == "" {
				continue // nobody has refused that
			}
			refused.Refusals = append(refused.Refusals, providers.Refusal{
				By: "the controller", What: id.String(), Text: u.String(), Silent: u.status != "False",
				After: timeout, Fields: u.fields(id),
			})
		}
	}
	return refused
}

// essential leaves out what only follows: a listener is not programmed where it
// is not accepted, and nothing is said of it where nobody looks at its gateway.
func essential(all []unmet) []unmet {
	var out []unmet
	for _, u := range all {
		if u.typ == "Programmed" && slices.ContainsFunc(all, func(o unmet) bool { return o.typ == "Accepted" }) ||
			u.status == "" && slices.ContainsFunc(all, func(o unmet) bool { return o.status != "" }) {
			continue
		}
		out = append(out, u)
	}
	return out
}

// remind says from time to time what is waited for.
func (w *waiting) remind(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for began := time.Now(); ; {
			if sleep(ctx, remind) != nil {
				return
			}
			w.mu.Lock()
			for id, c := range w.pending {
				var texts []string
				for _, u := range essential(w.unmet[id]) {
					texts = append(texts, u.String())
				}
				w.a.reporter.still(c, fmt.Sprintf("Still waiting... [%s elapsed] %s", time.Since(began).Round(time.Second), strings.Join(texts, "; ")))
			}
			w.mu.Unlock()
		}
	}()
	return func() { cancel(); <-done }
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}
