package load

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Answer is what came back for one request.
type Answer struct {
	Request string // its name
	Status  int
	Backend string // who answered; "" when the gateway did itself
	Header  http.Header
	Body    []byte // its beginning; valid during the call
}

// Rule says whether an answer may be given. It is called by several goroutines
// at a time, and its error texts are few: failures are counted by them.
type Rule func(Answer) error

// OK wants the status 200 from any backend.
func OK(a Answer) error {
	if a.Status == http.StatusOK && a.Backend != "" {
		return nil
	}
	if a.Backend != "" {
		return fmt.Errorf("%s: status %d from %s", a.Request, a.Status, a.Backend)
	}
	return fmt.Errorf("%s: status %d from the gateway: %s", a.Request, a.Status, firstLine(a.Body))
}

// From wants the status 200 from one of the named backends.
func From(backends ...string) Rule {
	return func(a Answer) error {
		if err := OK(a); err != nil {
			return err
		}
		if !slices.Contains(backends, a.Backend) {
			return fmt.Errorf("%s: answered by %s, allowed: %s", a.Request, a.Backend, strings.Join(backends, ", "))
		}
		return nil
	}
}

// ByRequest has a rule for each request by its name; others are not allowed.
func ByRequest(rules map[string]Rule) Rule {
	return func(a Answer) error {
		if rule, ok := rules[a.Request]; ok {
			return rule(a)
		}
		return fmt.Errorf("%s: no rule allows an answer", a.Request)
	}
}

// Either wants what one of the rules wants, as while one configuration
// replaces another.
func Either(rules ...Rule) Rule {
	return func(a Answer) error {
		var first error
		for _, rule := range rules {
			err := rule(a)
			if err == nil {
				return nil
			}
			if first == nil {
				first = err
			}
		}
		return first
	}
}

func firstLine(b []byte) string {
	line, _, _ := strings.Cut(string(b[:min(len(b), 120)]), "\n")
	return strings.TrimSpace(line)
}
