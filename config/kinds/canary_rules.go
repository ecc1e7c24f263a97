package kinds

import (
	"fmt"
	"slices"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/internal/split"
	"github.com/hashicorp/hcl/v2"
)

// divided are the routes whose requests canaries divide, with what is said of
// that on their objects.
type divided map[resource.Address][]split.Pair

// divide fills the candidates of canaries into the rules of their routes. A
// route's block becomes another one, so that whoever reads it sees what is
// served: where two forwards stand now, one was written.
func divide(rs []*resource.Resource, scopes map[string]Scope) (divided, hcl.Diagnostics) {
	var canaries []*resource.Resource
	for _, r := range rs {
		if r.Address.Kind == canary.Name && r.Block != nil {
			canaries = append(canaries, r)
		}
	}
	if len(canaries) == 0 {
		return nil, nil
	}
	routes := map[resource.Address]*resource.Resource{}
	for _, r := range rs {
		if slices.Contains(canariedRoutes, r.Address.Kind) && r.Block != nil {
			routes[r.Address] = r
		}
	}
	d := &division{scopes: scopes, divided: divided{}, by: map[*resource.Block]*resource.Resource{}}
	for _, c := range canaries {
		d.add(c, routes)
	}
	return d.divided, d.diags
}

type division struct {
	scopes  map[string]Scope
	divided divided
	by      map[*resource.Block]*resource.Resource // the canary of a forward that was filled in
	diags   hcl.Diagnostics
}

func (d *division) errorf(at hcl.Range, summary, detail string, args ...any) {
	d.diags = append(d.diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: fmt.Sprintf(detail, args...), Subject: at.Ptr()})
}

// add fills in one canary. What is wrong with its own arguments is reported where
// they are encoded.
func (d *division) add(c *resource.Resource, routes map[resource.Address]*resource.Resource) {
	stable, candidate := argument(c.Block, "stable"), argument(c.Block, "candidate")
	list := argument(c.Block, "routes")
	if stable == nil || candidate == nil || list == nil {
		return
	}
	from, isRef := stable.Value.(resource.Ref)
	to, areRefs := candidate.Value.(resource.Ref)
	named, isList := list.Value.([]any)
	if !isRef || !areRefs || !isList {
		return
	}
	home := d.namespaceOf(c)
	pair := split.Pair{Stable: backendOf(from, home), Candidate: backendOf(to, home)}
	if pair.Stable == pair.Candidate {
		return
	}
	seen := map[resource.Address]bool{}
	for i, v := range named {
		ref, _ := v.(resource.Ref)
		at := fromIndex(list, i).at
		r := routes[ref.Address]
		if seen[ref.Address] {
			continue // named twice
		}
		seen[ref.Address] = !ref.Address.IsZero()
		switch {
		case r == nil && !ref.Address.IsZero():
			continue // what is wrong with its block is said there
		case r == nil:
			d.errorf(at, "Route of another configuration", "routes names %s, which is no http_route or grpc_route of this configuration. Its rules belong to whoever writes them: a canary stands beside its routes.", ref)
			continue
		}
		if d.fill(r, c, pair.Stable) == 0 {
			d.errorf(at, "Route without the stable backend", "No rule of %s forwards to %s. Name the backend that its rules forward to.", ref, from)
			continue
		}
		d.divided[r.Address] = append(d.divided[r.Address], pair)
		if a := to.Address; !a.IsZero() && !slices.Contains(r.DependsOn, a) {
			r.DependsOn = append(slices.Clone(r.DependsOn), a)
			slices.SortFunc(r.DependsOn, resource.Address.Compare)
		}
	}
}

// fill divides the rules of a route that forward to stable, and returns how many
// do.
func (d *division) fill(r, c *resource.Resource, stable split.Backend) int {
	candidate := argument(c.Block, "candidate")
	home := d.namespaceOf(r)
	block := *r.Block
	block.Blocks = slices.Clone(block.Blocks)
	found := 0
	for i, rule := range block.Blocks {
		if rule.Type != "rule" {
			continue
		}
		forwards := rule.BlocksOf("forward")
		at := slices.IndexFunc(forwards, func(f *resource.Block) bool {
			ref, ok := valueOf(f, "to").(resource.Ref)
			return ok && backendOf(ref, home) == stable
		})
		if at < 0 {
			continue
		}
		found++
		forward := forwards[at]
		if other := d.by[forward]; other != nil {
			d.errorf(c.Block.Range, "Two canaries on one rule", "%s of %s is divided by %s (%s) already. A rule has one canary at a time.", title(rule), r.Address, other.Address, place(other.Block.Range))
			continue
		}
		if weight := argument(forward, "weight"); weight != nil {
			d.errorf(weight.Range, "Weight of a canary's backend", "%s (%s) says how many requests %s gets, step by step. Remove weight.", c.Address, place(c.Block.Range), valueOf(forward, "to"))
			continue
		}
		if len(forwards) > 1 {
			other := forwards[1-min(at, 1)]
			d.errorf(other.Range, "Forward beside a canary", "%s (%s) divides all requests of %s between %s and %s. Remove this forward, or put it into a rule of its own.", c.Address, place(c.Block.Range), title(rule), valueOf(forward, "to"), candidate.Value)
			continue
		}
		first, second := forwardOf(forward, candidate, 0, c), forwardOf(forward, argument(forward, "to"), split.Whole, c)
		d.by[first], d.by[second] = c, c
		copied := *rule
		j := slices.Index(rule.Blocks, forward)
		copied.Blocks = slices.Concat(rule.Blocks[:j], []*resource.Block{first, second}, rule.Blocks[j+1:])
		block.Blocks[i] = &copied
	}
	r.Block = &block
	return found
}

// forwardOf copies a forward for one backend of a canary.
func forwardOf(forward *resource.Block, backend *resource.Attr, weight int64, c *resource.Resource) *resource.Block {
	ref := backend.Value.(resource.Ref)
	b := *forward
	b.Key = ref.String()
	b.Attrs = []resource.Attr{{Name: "to", Value: ref, Range: backend.Range}, {Name: "weight", Value: weight, Range: c.Block.Range}}
	for _, a := range forward.Attrs {
		if a.Name != "to" {
			b.Attrs = append(b.Attrs, a)
		}
	}
	return &b
}

func (d *division) namespaceOf(r *resource.Resource) string {
	return namespaceOf(r.Block, d.scopes[r.Provider])
}

// backendOf says in full what a reference from a namespace leads to.
func backendOf(ref resource.Ref, namespace string) split.Backend {
	b := split.Backend{ID: ref.ID, Port: ref.Port}
	if b.Kind == "" || ref.Address.IsZero() && ref.Port != 0 && b.GroupKind() == backendObject.GroupKind() {
		b.Group, b.Kind = backendObject.Group, backendObject.Kind
		if ref.Port != 0 { // of the two, only a Service takes a port
			b.Group, b.Kind = service.Group, service.Kind
		}
	}
	if b.Namespace == "" {
		b.Namespace = namespace
	}
	return b
}
