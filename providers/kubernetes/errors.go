package kubernetes

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cluster "github.com/gwctl/gwctl/internal/kubernetes"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
	"github.com/gwctl/gwctl/providers"
)

const causeConflict = metav1.CauseTypeFieldManagerConflict

// apiServer is who refuses what is not a controller's to refuse.
const apiServer = "the API server"

func asStatus(err error) (*apierrors.StatusError, bool) {
	return errors.AsType[*apierrors.StatusError](err)
}

// needs are the verbs that gwctl uses of what it manages.
var needs = []string{"get", "list", "watch", "create", "patch", "delete"}

// explain says what to do about the error of a request.
func (p *Provider) explain(ctx context.Context, err error, verb string, m *meta.RESTMapping, namespace, name string) error {
	if err == nil {
		return nil
	}
	return p.cluster.Explain(ctx, err, cluster.Access{
		Verb: verb, Resource: m.Resource.GroupResource(), Namespace: namespace, Name: name, Needs: needs,
	})
}

func isMissing(err error) bool {
	_, ok := errors.AsType[*cluster.MissingKindError](err)
	return ok
}

// refusal is what the API server has against an object, with the fields that
// it means. Other errors are explained.
func (p *Provider) refusal(ctx context.Context, m *meta.RESTMapping, id resource.ID, verb string, err error) error {
	explained := p.explain(ctx, err, verb, m, id.Namespace, id.Name)
	status, ok := asStatus(explained)
	if !ok || ctx.Err() != nil || explained != err {
		return explained // it says more, or is no answer at all
	}
	fields := badFields(status.ErrStatus.Message)
	switch {
	case len(fields) > 0:
	case apierrors.IsInvalid(err), apierrors.IsBadRequest(err), apierrors.IsRequestEntityTooLargeError(err),
		apierrors.IsForbidden(err), apierrors.IsNotFound(err), apierrors.IsMethodNotSupported(err):
	default:
		return fmt.Errorf("%s: %w", id, err)
	}
	refused := &providers.RefusedError{Restored: true}
	if details := status.ErrStatus.Details; details != nil && apierrors.IsInvalid(err) {
		for _, c := range details.Causes {
			refused.Refusals = append(refused.Refusals, refusalOf(id, c.Field, c.Message))
		}
	}
	if len(refused.Refusals) == 0 {
		text := status.ErrStatus.Message
		if len(fields) == 0 {
			refused.Refusals = append(refused.Refusals, refusalOf(id, "", text))
		}
		for _, f := range fields {
			problem := f.problem
			if problem == unknownField {
				problem += p.channel(ctx, id)
			}
			refused.Refusals = append(refused.Refusals, refusalOf(id, f.field, problem))
		}
	}
	return refused
}

// channel says what definitions the cluster has, where a field of the Gateway
// API is missing in them.
func (p *Provider) channel(ctx context.Context, id resource.ID) string {
	if id.Group != groupGateway {
		return ""
	}
	bundle, err := p.cluster.GatewayAPI(ctx)
	if err != nil || bundle.Version == "" {
		return ""
	}
	return fmt.Sprintf(" (the cluster has the Gateway API %s, %s channel; gwctl is made for %s, experimental fields included)", bundle.Version, bundle.Channel, cluster.GatewayAPIVersion)
}

func refusalOf(id resource.ID, field, text string) providers.Refusal {
	what := id.String()
	if field != "" {
		what += " " + field
	}
	return providers.Refusal{By: apiServer, What: what, Text: text, Fields: []providers.Field{{ID: id, Path: field}}}
}

func refusedAs(id resource.ID, field, text string) error {
	return &providers.RefusedError{Restored: true, Refusals: []providers.Refusal{refusalOf(id, field, text)}}
}

// mistyped is a field that the cluster does not know, or knows otherwise.
type mistyped struct{ field, problem string }

// badField finds the paths in what strict decoding and server-side apply say of
// such fields. They give them nowhere else, and the latter with the status 500.
var badField = regexp.MustCompile(`unknown field "([^"]+)"|(\.[A-Za-z]\S*): (field not declared in schema|expected .*)`)

func badFields(text string) []mistyped {
	var out []mistyped
	for _, found := range badField.FindAllStringSubmatch(text, -1) {
		problem := found[3]
		if !strings.HasPrefix(problem, "expected ") {
			problem = unknownField
		}
		out = append(out, mistyped{strings.TrimPrefix(found[1]+found[2], "."), problem})
	}
	return out
}

const unknownField = "unknown field"

// gather makes one error of those of many objects: what was refused together,
// with what that leaves.
func gather(errs []error, detail string) error {
	refused := &providers.RefusedError{Restored: true, Detail: detail}
	var others []error
	for _, err := range errs {
		if r, ok := errors.AsType[*providers.RefusedError](err); ok {
			refused.Refusals = append(refused.Refusals, r.Refusals...)
			continue
		}
		if err != nil {
			others = append(others, err)
		}
	}
	if len(refused.Refusals) > 0 {
		others = append([]error{refused}, others...)
	}
	return joined(others)
}

// joined says once what many requests have met.
func joined(errs []error) error {
	var out []error
	said := map[string]bool{}
	for _, err := range errs {
		if !said[err.Error()] {
			said[err.Error()] = true
			out = append(out, err)
		}
	}
	return errors.Join(out...)
}

// isRelease reports whether a change takes gwctl's marks off an object that
// stays live.
func isRelease(oc *planner.ObjectChange) bool {
	return oc.Action == planner.Update && oc.After != nil && !isOwned(oc.After)
}
