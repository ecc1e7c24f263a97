package main

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/gwctl/gwctl/config"
	"github.com/gwctl/gwctl/config/kinds"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/internal/routing"
)

// warnShadowed tells of rules that never get a request, whatever else there is.
func warnShadowed(cfg *config.Config) hcl.Diagnostics {
	return shadowed(cfg, false, func(s routing.Shadow, by string) kinds.Finding {
		return kinds.Finding{
			Summary: "Rule that never answers",
			Text:    fmt.Sprintf("it gets no request, since for all that it matches %s comes first: %s", by, s.Detail),
		}
	})
}

// warnClashing tells of rules of two routes for the same requests. Which one
// gets them is known where the routes' age is: the plan says so.
func warnClashing(cfg *config.Config) hcl.Diagnostics {
	return shadowed(cfg, true, func(_ routing.Shadow, by string) kinds.Finding {
		return kinds.Finding{
			Summary: "Two routes for the same requests",
			Text:    fmt.Sprintf("it gets no request unless its route is the older one: %s matches the same, and the first by name comes first where none is older. gwctl plan says which one it is", by),
		}
	})
}

// shadowed explains the rules that come too late, either those where the age of
// routes decides or the others. by names the rule that comes first, with its
// line.
func shadowed(cfg *config.Config, age bool, explained func(s routing.Shadow, by string) kinds.Finding) hcl.Diagnostics {
	objects := map[string][]*resource.Object{} // by provider
	makers := map[string]map[resource.ID]*resource.Resource{}
	for _, r := range cfg.Resources {
		if makers[r.Provider] == nil {
			makers[r.Provider] = map[resource.ID]*resource.Resource{}
		}
		for _, o := range r.Objects {
			makers[r.Provider][resource.IDOf(o)] = r
		}
		objects[r.Provider] = append(objects[r.Provider], r.Objects...)
	}
	var found []kinds.Finding
	for _, provider := range slices.Sorted(maps.Keys(objects)) {
		world, _ := routing.Read(resource.Unique(objects[provider])) // what is wrong with an object, its schema says
		world.Partial = true
		for _, s := range world.Shadowed() {
			if byAge := s.Reason == routing.Younger || s.Reason == routing.LaterName; byAge != age {
				continue
			}
			f := explained(s, ruleOf(makers[provider][s.Won.Route], s.Won))
			f.Object, f.Path, f.Severity = objectOf(makers[provider][s.Lost.Route], s.Lost.Route), fmt.Sprintf("spec.rules[%d]", s.Lost.Rule), hcl.DiagWarning
			found = append(found, f)
		}
	}
	return kinds.Explain(cfg.Resources, found)
}

// ruleOf names a rule, and the line that it is written on.
func ruleOf(maker *resource.Resource, m routing.Match) string {
	text := fmt.Sprintf("rule %d of %s", m.Rule+1, maker.Address)
	if m.RuleName != "" {
		text = fmt.Sprintf("rule %q of %s", m.RuleName, maker.Address)
	}
	if at, ok := kinds.Sources(maker, objectOf(maker, m.Route)).Find(fmt.Sprintf("spec.rules[%d]", m.Rule)); ok && at.Filename != "" {
		text += fmt.Sprintf(" (%s line %d)", at.Filename, at.Start.Line)
	}
	return text
}

func objectOf(maker *resource.Resource, id resource.ID) *resource.Object {
	for _, o := range maker.Objects {
		if resource.IDOf(o) == id {
			return o
		}
	}
	return nil
}
