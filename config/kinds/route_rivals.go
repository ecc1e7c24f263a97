package kinds

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gwctl/gwctl/internal/hostname"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/hashicorp/hcl/v2"
)

// rival is a route at a listener.
type rival struct {
	r    *resource.Resource
	host string // what the listener leaves of a host of the route
}

// rivals are the routes of one kind at a listener.
type rivals struct {
	all   []rival
	wild  []rival          // of them, those with a wildcard or without a host
	exact map[string]rival // the others, the first of each host
}

// meets returns the first that is for a host of h as well.
func (rs *rivals) meets(h string) (rival, bool) {
	among := rs.all
	if hostname.Exact(h) {
		if r, ok := rs.exact[h]; ok {
			return r, true
		}
		among = rs.wild
	}
	i := slices.IndexFunc(among, func(r rival) bool {
		_, meet := hostname.Intersect(r.host, h)
		return meet
	})
	if i < 0 {
		return rival{}, false
	}
	return among[i], true
}

// checkRivals warns of hosts that an http_route and a grpc_route both want of
// one listener: by the Gateway API it takes one of the two (GRPCRoute,
// spec.hostnames).
func checkRivals(rs []*resource.Resource, siblings Siblings) hcl.Diagnostics {
	calls, listeners := rivalsAt(rs, grpcRoute, siblings)
	if len(calls) == 0 {
		return nil
	}
	requests, _ := rivalsAt(rs, httpRoute, siblings)
	var diags hcl.Diagnostics
	for _, l := range listeners {
		told := map[*resource.Resource]bool{}
		for _, call := range calls[l].all {
			if requests[l] == nil || told[call.r] {
				continue
			}
			request, ok := requests[l].meets(call.host)
			if !ok {
				continue
			}
			told[call.r] = true
			host, _ := hostname.Intersect(call.host, request.host)
			diags = append(diags, &hcl.Diagnostic{
				Severity: hcl.DiagWarning,
				Summary:  "Calls and requests for one host",
				Detail: fmt.Sprintf("%s and %s (%s) are both for %s at %s (%s). The Gateway API has a listener take one of them for a host: the older one, else the one that is first by namespace and name. Give them different hosts, or listeners of their own.",
					call.r.Address, request.r.Address, place(request.r.Block.Range), anyHost(host), title(l), place(l.Range)),
				Subject: call.r.Block.Range.Ptr(),
			})
		}
	}
	return diags
}

func anyHost(h string) string {
	if h == "" {
		return "any host"
	}
	return h
}

// rivalsAt returns the routes of a kind by the listeners of the same
// configuration, and these in order.
func rivalsAt(rs []*resource.Resource, kind *Kind, siblings Siblings) (at map[*resource.Block]*rivals, listeners []*resource.Block) {
	at = map[*resource.Block]*rivals{}
	add := func(l *resource.Block, r rival) {
		if at[l] == nil {
			at[l] = &rivals{exact: map[string]rival{}}
			listeners = append(listeners, l)
		}
		of := at[l]
		of.all = append(of.all, r)
		if !hostname.Exact(r.host) {
			of.wild = append(of.wild, r)
		} else if _, known := of.exact[r.host]; !known {
			of.exact[r.host] = r
		}
	}
	for _, r := range rs {
		if r.Address.Kind != kind.Name || r.Block == nil {
			continue
		}
		own := stringsOf(r.Block.Attr("hostnames"))
		if len(own) == 0 {
			own = []string{""}
		}
		for _, reference := range parentsOf(r.Block) {
			target := siblingOf(parentOf(reference), siblings)
			if target == nil {
				continue
			}
			for _, l := range meantBy(reference, target) {
				if !takesKind(l, kind.Object.Kind) {
					continue
				}
				for _, h := range own {
					if host, ok := hostname.Intersect(hostnameOf(l), strings.ToLower(h)); ok {
						add(l, rival{r, host})
					}
				}
			}
		}
	}
	return at, listeners
}

// siblingOf returns the block that an argument refers to, nil where it is none
// of this configuration.
func siblingOf(a *resource.Attr, siblings Siblings) *resource.Block {
	if a == nil {
		return nil
	}
	ref, ok := a.Value.(resource.Ref)
	if !ok || ref.Address.IsZero() {
		return nil
	}
	b, _ := siblings(ref.Address)
	return b
}

// meantBy returns the listeners that a parent reference means.
func meantBy(reference, target *resource.Block) []*resource.Block {
	name, named := valueOf(reference, "listener").(string)
	port, byPort := whole(valueOf(reference, "port"))
	return slices.DeleteFunc(target.BlocksOf("listener"), func(l *resource.Block) bool {
		have, known := whole(valueOf(l, "port"))
		return named && l.Label != name || byPort && known && have != port
	})
}
