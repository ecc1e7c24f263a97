package providers

import (
	"context"
	"fmt"
	"time"

	"github.com/gwctl/gwctl/internal/resource"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Inspector is a target whose objects can be looked at, whoever owns them.
// Objects come with their status in the Gateway API's form.
type Inspector interface {
	// Namespace is where objects are looked for when nobody says where.
	Namespace() string
	// List returns the selected objects, sorted by identity. That this account
	// may not list them is an error and never an empty answer; a type that the
	// target does not have is an *UnservedError.
	List(ctx context.Context, s Selection) ([]*resource.Object, error)
	// Look returns those of ids that exist.
	Look(ctx context.Context, ids []resource.ID) (*Looked, error)
	// Events returns what the target noted of an object, the latest last.
	Events(ctx context.Context, o *resource.Object) ([]Occurrence, error)
}

// Selection says which objects of a type to list.
type Selection struct {
	Type      schema.GroupKind
	Namespace string          // "" is all of them
	Labels    labels.Selector // nil is all
}

// Takes reports whether an object of the type is selected.
func (s Selection) Takes(o *resource.Object) bool {
	return (s.Namespace == "" || o.GetNamespace() == "" || o.GetNamespace() == s.Namespace) &&
		(s.Labels == nil || s.Labels.Matches(labels.Set(o.GetLabels())))
}

// Looked is the answer to a look at named objects.
type Looked struct {
	Objects    []*resource.Object
	Unreadable map[resource.ID]error // this account may not read them
}

// Occurrence is something that happened to an object.
type Occurrence struct {
	Time    time.Time // the last time
	Count   int       // how often
	Warning bool
	Reason  string // one word
	Message string // in the words of who noted it
	By      string // who noted it
}

// UnservedError says that a target does not know a type of object.
type UnservedError struct {
	Target string
	Type   schema.GroupKind
	Err    error // what is missing, where that is known
}

func (e *UnservedError) Error() string {
	if e.Err != nil {
		return e.Err.Error()
	}
	return fmt.Sprintf("%s does not serve %s of %s", e.Target, e.Type.Kind, e.Type.Group)
}

func (e *UnservedError) Unwrap() error { return e.Err }
