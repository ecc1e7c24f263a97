package kubernetes

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"sync"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	kjson "k8s.io/apimachinery/pkg/util/json"
)

const (
	// PageSize is how many objects one answer has at most.
	PageSize = 500

	pagesAtOnce = 2 // that are read while the next one is on its way
)

// List visits the objects of a type that a selector finds, one after the other,
// in one namespace or, with "", in all. While one page is read the next one is
// on its way. A list that took so long that the API server has forgotten how it
// began begins anew: some objects are visited twice then.
//
// The dynamic client's own list reads each object twice, and no page while it
// waits for the next one.
func (c *Cluster) List(ctx context.Context, m *meta.RESTMapping, namespace, selector string, visit func(*unstructured.Unstructured)) error {
	reading, ctx := errgroup.WithContext(ctx)
	reading.SetLimit(pagesAtOnce)
	var visiting sync.Mutex
	from := ""
	for {
		p, err := c.page(ctx, m, namespace, selector, from)
		if from != "" && (apierrors.IsResourceExpired(err) || apierrors.IsGone(err)) {
			from = ""
			continue
		}
		if err != nil {
			if readErr := reading.Wait(); readErr != nil {
				return readErr
			}
			return err
		}
		reading.Go(func() error {
			return p.read(m, func(o *unstructured.Unstructured) {
				visiting.Lock()
				defer visiting.Unlock()
				visit(o)
			})
		})
		if from = p.Metadata.Continue; from == "" {
			return reading.Wait()
		}
	}
}

// page is one answer, its objects not read yet.
type page struct {
	Metadata metav1.ListMeta   `json:"metadata"`
	Items    []json.RawMessage `json:"items"`
}

// page asks for the page that begins where another one ended.
func (c *Cluster) page(ctx context.Context, m *meta.RESTMapping, namespace, selector, from string) (*page, error) {
	root := "apis"
	if m.Resource.Group == "" {
		root = "api"
	}
	request := c.rest.Get().AbsPath(root, m.Resource.Group, m.Resource.Version).
		NamespaceIfScoped(namespace, namespace != "").Suffix(m.Resource.Resource).
		Param("limit", strconv.Itoa(PageSize))
	if selector != "" {
		request.Param("labelSelector", selector)
	}
	if from != "" {
		request.Param("continue", from)
	}
	answer := request.Do(ctx)
	if err := answer.Error(); err != nil {
		return nil, err
	}
	body, err := answer.Raw()
	if err != nil {
		return nil, err
	}
	p := &page{}
	if err := json.Unmarshal(body, p); err != nil {
		return nil, fmt.Errorf("the API server's list of %s cannot be read: %w", m.Resource.GroupResource(), err)
	}
	return p, nil
}

// read visits the objects. Those of types that Kubernetes itself brings do not
// say of which type they are, since the list does.
func (p *page) read(m *meta.RESTMapping, visit func(*unstructured.Unstructured)) error {
	for _, item := range p.Items {
		o := &unstructured.Unstructured{}
		if err := kjson.Unmarshal(item, &o.Object); err != nil {
			return fmt.Errorf("an object in the API server's list of %s cannot be read: %w", m.Resource.GroupResource(), err)
		}
		if o.GetKind() == "" {
			o.SetGroupVersionKind(m.GroupVersionKind)
		}
		visit(o)
	}
	return nil
}
