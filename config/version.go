package config

import (
	"regexp"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"golang.org/x/mod/semver"
)

// constraint is one part of required_version.
var constraint = regexp.MustCompile(`^(=|!=|>|>=|<|<=|~>)?\s*v?(\d+(?:\.\d+){0,2}(?:-[0-9A-Za-z.-]+)?)$`)

// checkVersion reports a constraint that this gwctl does not meet.
func (l *loader) checkVersion(a *hclsyntax.Attribute) {
	text, ok := literalText(l, a)
	if !ok {
		return
	}
	for part := range strings.SplitSeq(text, ",") {
		match := constraint.FindStringSubmatch(strings.TrimSpace(part))
		if match == nil || !semver.IsValid("v"+match[2]) {
			l.errorf(a.Expr.Range(), "Invalid version", "%q is no constraint on a version. Write, for example, \">= 0.1, < 1\"; operators are =, !=, >, >=, <, <= and ~>.", strings.TrimSpace(part))
			return
		}
		version := "v" + strings.TrimPrefix(l.opts.Version, "v")
		if semver.IsValid(version) && !meets(version, match[1], match[2]) {
			l.errorf(a.Expr.Range(), "Another version of gwctl is needed", "The configuration wants gwctl %s, and this is %s.", text, strings.TrimPrefix(version, "v"))
			return
		}
	}
}

// meets reports whether a version meets one constraint. A version on its way to
// a release counts as that release, where the constraint names none such.
func meets(version, operator, limit string) bool {
	if semver.Prerelease("v"+limit) == "" {
		version = strings.TrimSuffix(version, semver.Build(version))
		version = strings.TrimSuffix(version, semver.Prerelease(version))
	}
	order := semver.Compare(version, "v"+limit)
	switch operator {
	case "!=":
		return order != 0
	case ">":
		return order > 0
	case ">=":
		return order >= 0
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case "~>":
		// The last part may grow: ~> 1.2 is 1.x from 1.2 on, ~> 1.2.3 is 1.2.x.
		same := semver.Major
		if strings.Count(limit, ".") > 1 {
			same = semver.MajorMinor
		}
		return order >= 0 && same(version) == same("v"+limit)
	}
	return order == 0
}
