package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/gwctl/gwctl/config"
	"github.com/gwctl/gwctl/config/kinds"
	"github.com/gwctl/gwctl/internal/crd"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/internal/topology"
	"github.com/gwctl/gwctl/providers/xds/translate"
)

// untranslatable says what xDS servers would refuse of a configuration. It does
// what they do, so that nothing else has to know what they can: the objects of
// each server are translated, as they would be if there were no others. What
// they refer to may be there, so that only what is wrong with the objects
// themselves counts.
func untranslatable(ctx context.Context, cfg *config.Config, cache *crd.Cache) hcl.Diagnostics {
	servers := map[string][]*resource.Object{}
	for _, r := range cfg.Resources {
		if typ, _, _ := strings.Cut(r.Provider, "."); typ == "xds" {
			servers[r.Provider] = append(servers[r.Provider], r.Objects...)
		}
	}
	var found []kinds.Finding
	for _, objects := range servers {
		found = append(found, translated(ctx, resource.Unique(objects), cache)...)
	}
	return kinds.Explain(cfg.Resources, found)
}

// translatedAtOnce bounds the memory that a translation takes.
const translatedAtOnce = 1000

// translated says what is wrong with the objects of one server. Most are leaves:
// those that nothing was wrong with before are left out, and the others
// translated some at a time, beside all that are none. Nothing is wrong with another
// object because of a leaf, other than that references to it lead somewhere.
func translated(ctx context.Context, objects []*resource.Object, cache *crd.Cache) []kinds.Finding {
	passed, pass := cache.Passed(ctx, translationCheck(), objects)
	byID := make(map[resource.ID]int, len(objects))
	policies := policed(objects)
	isLeaf := func(o *resource.Object) bool {
		kind := o.GetKind()
		return strings.HasSuffix(kind, "Route") || kind == "BackendTrafficPolicy" || kind == "Backend" && !policies[resource.IDOf(o)]
	}
	var leaves, others []translate.Object
	for i, o := range objects {
		byID[resource.IDOf(o)] = i
		switch {
		case !isLeaf(o):
			others = append(others, translate.Object{Object: o})
		case !passed[i]:
			leaves = append(leaves, translate.Object{Object: o})
		}
	}
	problems := map[translate.Problem]bool{}
	translator := translate.NewTranslator() // knows the others from the first time on
	translator.Limiter = "limiter:8081"     // whether a server knows one, it says when it sees the plan
	for n := 0; n == 0 || n < len(leaves); n += translatedAtOnce {
		some := leaves[n:min(n+translatedAtOnce, len(leaves))]
		for _, p := range translator.Translate(slices.Concat(others, some)).Problems {
			problems[p] = true
		}
	}
	var found []kinds.Finding
	for p := range problems {
		if i, ok := byID[p.ID]; ok {
			passed[i] = true // and so is not noted
			found = append(found, kinds.Finding{Object: objects[i], Path: p.Path, Severity: hcl.DiagError, Summary: "Impossible on an xDS server", Text: p.Message})
		}
	}
	for i, o := range objects {
		if isLeaf(o) && !passed[i] {
			pass(i)
		}
	}
	slices.SortFunc(found, func(a, b kinds.Finding) int {
		return cmp.Or(resource.IDOf(a.Object).Compare(resource.IDOf(b.Object)), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Text, b.Text))
	})
	return found
}

// policed are the Backends that policies say something of: which of its ports
// one means is for the two together to tell.
func policed(objects []*resource.Object) map[resource.ID]bool {
	out := map[resource.ID]bool{}
	for _, o := range objects {
		if resource.IDOf(o).GroupKind() == topology.BackendTLS {
			for _, target := range topology.Targets(o) {
				out[target.To] = true
			}
		}
	}
	return out
}

// translationCheck names the check that this very program makes: another build
// may translate more, or less.
func translationCheck() string {
	name := "translate " + version
	if path, err := os.Executable(); err == nil {
		if info, err := os.Stat(path); err == nil {
			name += fmt.Sprintf(" %d %d", info.Size(), info.ModTime().UnixNano())
		}
	}
	return name
}

// elsewhere returns those of later errors that are at other places than earlier
// ones: what follows from something that has been said is left out.
func elsewhere(earlier, later hcl.Diagnostics) hcl.Diagnostics {
	return slices.DeleteFunc(later, func(d *hcl.Diagnostic) bool {
		return d.Subject != nil && slices.ContainsFunc(earlier, func(e *hcl.Diagnostic) bool {
			return e.Severity == hcl.DiagError && e.Subject != nil && *e.Subject == *d.Subject
		})
	})
}
