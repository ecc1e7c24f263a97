package main

import (
	"context"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"

	"github.com/gwctl/gwctl/internal/diag"
	cluster "github.com/gwctl/gwctl/internal/kubernetes"
	"github.com/gwctl/gwctl/planner"
	"github.com/gwctl/gwctl/providers"
	"github.com/gwctl/gwctl/providers/xds"
	"github.com/gwctl/gwctl/state"
)

// explainError turns an error that is about no plan into diagnostics. Those
// that users are likely to meet get a headline.
func explainError(err error) hcl.Diagnostics {
	diags := diag.FromError(err)
	for i, d := range diags {
		cause := diag.Cause(d)
		title := titleOf(cause)
		switch {
		case title == "":
			continue
		case title == interrupted:
			cause = errInterrupted
		}
		diags[i] = &hcl.Diagnostic{Severity: hcl.DiagError, Summary: title, Detail: sentence(cause.Error()), Extra: cause}
	}
	return diags
}

const interrupted = "Interrupted"

// titleOf is the headline of an error; "" for those that are short enough to
// be their own.
func titleOf(err error) string {
	switch {
	case is[*usageError](err):
		return "Wrong command line"
	case is[*xds.UnknownVerdictError](err):
		return "The verdict is not known"
	case errors.Is(err, providers.ErrInterrupted):
		return "Interrupted before all was done"
	case errors.Is(err, errInterrupted), errors.Is(err, context.Canceled):
		return interrupted
	case is[*providers.UnreachableError](err):
		return "The target cannot be reached"
	case is[*cluster.UnreachableError](err), is[*cluster.CertificateError](err), is[*cluster.BusyError](err):
		return "The cluster cannot be reached"
	case is[*cluster.UnauthorizedError](err), is[*cluster.CredentialsError](err):
		return "The cluster does not know who asks"
	case is[*cluster.ForbiddenError](err):
		return "The account may not do this"
	case is[*cluster.MissingKindError](err):
		return "The cluster lacks a kind"
	case is[*cluster.ContextError](err), is[*cluster.KubeconfigError](err), errors.Is(err, cluster.ErrNoCluster):
		return "No cluster"
	case is[*state.LockedError](err):
		return "The state is locked"
	case is[*state.FencedError](err):
		return "The lock was lost"
	case is[*state.UnlockError](err):
		return "The state was not unlocked"
	case is[*state.FormatError](err):
		return "The state cannot be read"
	case is[*state.VersionError](err):
		return "The state is newer than this gwctl"
	case is[*state.OwnerError](err):
		return "The state is another owner's"
	case is[*state.LineageError](err), is[*state.SerialError](err):
		return "The state cannot be replaced"
	case is[*planner.CorruptPlanError](err), is[*planner.NewerPlanError](err):
		return "The plan cannot be read"
	}
	return ""
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// sentence makes an error's text of one line stand alone. A file's name at its
// beginning stays as it is.
func sentence(text string) string {
	if text == "" || strings.Contains(text, "\n") {
		return text
	}
	first, _, _ := strings.Cut(text, " ")
	if strings.IndexFunc(first, func(r rune) bool { return !unicode.IsLower(r) }) < 0 {
		r, size := utf8.DecodeRuneInString(text)
		text = string(unicode.ToUpper(r)) + text[size:]
	}
	if !strings.HasSuffix(text, ".") && !strings.HasSuffix(text, "?") {
		text += "."
	}
	return text
}
