package translate

import (
	"net/http"

	envoygateway "github.com/envoyproxy/gateway/api/v1alpha1"
)

// refusal is what Envoy answers to a request that is over a limit.
type refusal struct {
	status      uint32 // 0: 429
	body        string // in Envoy's format, with % before what it puts in; "": Envoy's own
	contentType string // "": text/plain
}

// takeRefusal reads how requests are refused. The schema's list can say more, of
// other answers and of those that backends give: limits need no more than this.
func (p *trafficPolicy) takeRefusal(d *decoding, path string, in []*envoygateway.ResponseOverride) {
	for i, o := range in {
		path := index(path, i)
		switch {
		case o == nil:
			continue
		case i > 0:
			d.problem(path, "there is one answer to requests that are over a limit: remove all but the first")
			continue
		case o.Response == nil || o.Redirect != nil:
			d.problem(path, "a request that is over a limit is answered, and not redirected: give it response instead of redirect")
			continue
		}
		if value(o.Source, "") != envoygateway.ResponseOverrideSourceLocal {
			d.problem(path+".source", "the xDS server changes no answers of backends: make source Local")
		}
		if !onlyRefusals(&o.Match) {
			d.problem(path+".match", "the xDS server changes no answers but refusals of rate limits: make statusCodes the single value %d", http.StatusTooManyRequests)
		}
		p.refusal = decodeRefusal(d, path+".response", o.Response)
	}
}

func onlyRefusals(m *envoygateway.CustomResponseMatch) bool {
	if len(m.ResponseHeaders) > 0 || len(m.StatusCodes) != 1 {
		return false
	}
	code := m.StatusCodes[0]
	return value(code.Type, envoygateway.StatusCodeValueTypeValue) == envoygateway.StatusCodeValueTypeValue &&
		value(code.Value, 0) == http.StatusTooManyRequests && code.Range == nil
}

func decodeRefusal(d *decoding, path string, in *envoygateway.CustomResponse) *refusal {
	r := &refusal{contentType: value(in.ContentType, "")}
	if !printable(r.contentType) {
		d.problem(path+".contentType", "%q has control characters", r.contentType)
	}
	if in.StatusCode != nil {
		if *in.StatusCode < 400 || *in.StatusCode > 599 {
			d.problem(path+".statusCode", "%d is no refusal: allowed is 400 to 599", *in.StatusCode)
		}
		r.status = uint32(*in.StatusCode)
	}
	if b := in.Body; b != nil {
		if b.ValueRef != nil || value(b.Type, envoygateway.ResponseValueTypeInline) != envoygateway.ResponseValueTypeInline {
			d.problem(path+".body", "the xDS server has no texts but those in policies: make type Inline")
		}
		r.body = value(b.Inline, "")
	}
	if in.Header != nil {
		d.unsupported(path + ".header")
	}
	return r
}
