package translate

import (
	"time"

	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// retry says when a request is sent again. A connection that fails or breaks,
// and a backend that does not answer in time, always count.
type retry struct {
	codes    []uint32
	attempts uint32         // after the first one; 0: Envoy's own
	backoff  *time.Duration // nil: Envoy's own
}

func decodeRetry(d *decoding, path string, in *gatewayv1.HTTPRouteRetry) *retry {
	r := &retry{backoff: decodeDuration(d, path+".backoff", in.Backoff)}
	for i, code := range in.Codes {
		if code < 400 || code > 599 {
			d.problem(index(path+".codes", i), "%d is no code to retry for: allowed is 400 to 599", code)
			continue
		}
		r.codes = append(r.codes, uint32(code))
	}
	if in.Attempts != nil {
		if *in.Attempts < 1 || *in.Attempts > maxAttempts {
			d.problem(path+".attempts", "%d is no number of attempts: allowed is 1 to %d", *in.Attempts, maxAttempts)
			return r
		}
		r.attempts = uint32(*in.Attempts)
	}
	return r
}

// maxAttempts is what an object can hold.
const maxAttempts = 1<<31 - 1
