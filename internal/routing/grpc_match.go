package routing

import (
	"strings"

	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// grpcMatch is a match of a GRPCRoute.
type grpcMatch gatewayv1.GRPCRouteMatch

// IsGRPC reports whether the request is a call of gRPC, as its content type says
// (gRPC over HTTP/2, Requests).
func (r *Request) IsGRPC() bool {
	typ := r.Header.Get("Content-Type")
	return typ == "application/grpc" || strings.HasPrefix(typ, "application/grpc+")
}

// call returns the service and the method that a call is for.
func (r *Request) call() (service, method string) {
	service, method, _ = strings.Cut(strings.TrimPrefix(r.Path, "/"), "/")
	return service, method
}

// names are what the service and the method must be; one without a value may be
// anything.
func (m *grpcMatch) names() (service, method condition) {
	if m.Method == nil {
		return service, method
	}
	regex := isRegex(m.Method.Type)
	return condition{"service", value(m.Method.Service, ""), regex}, condition{"method", value(m.Method.Method, ""), regex}
}

func (m *grpcMatch) mismatch(e *expressions, r *Request) (Reason, string) {
	if !r.IsGRPC() {
		return NotGRPC, "it is for calls of gRPC, whose content-type is application/grpc"
	}
	service, method := m.names()
	ofService, ofMethod := r.call()
	if service.value != "" && !e.equal(service, ofService) {
		return OtherService, "its service is " + nameText(service)
	}
	if method.value != "" && !e.equal(method, ofMethod) {
		return OtherMethod, "its method is " + nameText(method)
	}
	return headerMismatch(e, m.headers(), r.Header)
}

func (m *grpcMatch) covers(other match) bool {
	a, ok := other.(*grpcMatch)
	if !ok {
		return false
	}
	service, method := m.names()
	ofService, ofMethod := a.names()
	return coversName(service, ofService) && coversName(method, ofMethod) && impliesAll(a.headers(), m.headers())
}

func coversName(c, other condition) bool {
	var e expressions
	return c.value == "" || c == other || other.value != "" && !other.regex && e.equal(c, other.value)
}

// meets passes over headers, since one may be sent with several values.
func (m *grpcMatch) meets(other match) bool {
	service, method := m.names()
	ofService, ofMethod := other.(*grpcMatch).names()
	return (service.value == "" || service.meets(ofService)) && (method.value == "" || method.meets(ofMethod))
}

// field is the service and the method: of those that cover them, shorter ones
// come later.
func (m *grpcMatch) field() string { return m.callText() }

func (m *grpcMatch) callText() string {
	service, method := m.names()
	return "grpc " + nameText(service) + "/" + nameText(method)
}

func (m *grpcMatch) String() string {
	text := m.callText()
	var conditions []string
	for _, h := range m.headers() {
		conditions = append(conditions, h.String())
	}
	if conditions != nil {
		text += " [" + strings.Join(conditions, " ") + "]"
	}
	return text
}

func nameText(c condition) string {
	switch {
	case c.value == "":
		return "*"
	case c.regex:
		return "~" + c.value
	}
	return c.value
}

func (m *grpcMatch) headers() []condition {
	var all []condition
	for _, h := range m.Headers {
		all = append(all, condition{strings.ToLower(string(h.Name)), h.Value, isRegex(h.Type)})
	}
	return firstOfName(all)
}
