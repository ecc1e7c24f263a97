package translate

import (
	"time"

	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// retryPolicy bounds each attempt by the timeout of backend requests.
func retryPolicy(r *retry, each *time.Duration) *routev3.RetryPolicy {
	out := &routev3.RetryPolicy{RetryOn: "connect-failure,refused-stream,reset"}
	if len(r.codes) > 0 {
		out.RetryOn += ",retriable-status-codes"
		out.RetriableStatusCodes = r.codes
	}
	if r.attempts > 0 {
		out.NumRetries = wrapperspb.UInt32(r.attempts)
	}
	if each != nil && *each > 0 {
		out.PerTryTimeout = durationpb.New(*each)
	}
	if r.backoff != nil && *r.backoff > 0 {
		out.RetryBackOff = &routev3.RetryPolicy_RetryBackOff{BaseInterval: durationpb.New(*r.backoff)}
	}
	return out
}
