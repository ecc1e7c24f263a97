package server

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"strconv"

	"github.com/gwctl/gwctl/providers/xds/api"
	"github.com/gwctl/gwctl/providers/xds/fleet"
	"github.com/gwctl/gwctl/providers/xds/rollout"
	"github.com/gwctl/gwctl/providers/xds/translate"
)

// errNoRateLimit says why a server does not start: the routes that it would
// serve with the next transaction would lose their limits without a word.
var errNoRateLimit = errors.New("what was applied has global rate limits, and Envoys would not know who counts them: start the server with -ratelimit HOST:PORT, as before")

// checkRateLimit says why Envoys could not reach the service at an address.
func checkRateLimit(address string) error {
	if address == "" {
		return nil
	}
	host, port, err := net.SplitHostPort(address)
	if n, portErr := strconv.ParseUint(port, 10, 16); err != nil || portErr != nil || host == "" || n == 0 {
		return fmt.Errorf("-ratelimit is the HOST:PORT where Envoys reach the rate limit service, not %q", address)
	}
	return nil
}

func (o Options) newTranslator() *translate.Translator {
	t := translate.NewTranslator()
	t.Limiter = o.RateLimit
	return t
}

// limitersSnapshot is what limiters are served. It is there without limits, too:
// a limiter that starts waits for an answer.
func limitersSnapshot(limits map[string]*translate.Resource) *translate.Snapshot {
	return &translate.Snapshot{
		Gateway:   fleet.Limiters,
		Resources: map[translate.Type]map[string]*translate.Resource{translate.RateLimit: limits},
	}
}

// snapshotsOf returns what Envoys and limiters are to be served.
func snapshotsOf(result *translate.Result) map[string]*translate.Snapshot {
	all := maps.Clone(result.Gateways)
	all[fleet.Limiters] = limitersSnapshot(result.Limits)
	return all
}

// limits are those in force.
func (c *committed) limits() map[string]*translate.Resource {
	return c.snapshots[fleet.Limiters].Of(translate.RateLimit)
}

// noLimiter says why limits are not taken.
const noLimiter = "No limiter is connected that could count by these rate limits: requests would not be limited, or be refused, as each limit says for that case. " +
	"Nothing was changed. Start the rate limit service, or apply with -wait-for none."

// wantsLimiter reports whether a change is one that a limiter must take: it
// brings limits, and there was a limiter, or there is an Envoy that would ask
// for one. To take limits away nobody is needed.
func wantsLimiter(change rollout.Change, standings map[string]fleet.Standing) bool {
	brings := false
	for name, limit := range change.To.Of(translate.RateLimit) {
		was := change.From.Of(translate.RateLimit)[name]
		brings = brings || was == nil || was.Version != limit.Version
	}
	if !brings {
		return false
	}
	for name, st := range standings {
		if name == fleet.Limiters && st.EverConnected || name != fleet.Limiters && st.Connected > 0 {
			return true
		}
	}
	return false
}

// limitersOf counts the limiters that took a change, nil where they had none to
// take.
func limitersOf(o *rollout.Outcome) *api.Limiters {
	for _, g := range o.Gateways {
		if g.Gateway == fleet.Limiters {
			return &api.Limiters{Acked: g.Acked, Connected: g.Connected, ElapsedMS: g.Elapsed.Milliseconds()}
		}
	}
	return nil
}
