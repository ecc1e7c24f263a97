package routing

import "net/http"

// GRPCStatus returns the status of gRPC that a call ends with where the gateway
// answers it with one of HTTP (gRPC, HTTP to gRPC Status Code Mapping).
func GRPCStatus(status int) (code int, name string) {
	switch status {
	case http.StatusBadRequest:
		return 13, "INTERNAL"
	case http.StatusUnauthorized:
		return 16, "UNAUTHENTICATED"
	case http.StatusForbidden:
		return 7, "PERMISSION_DENIED"
	case http.StatusNotFound:
		return 12, "UNIMPLEMENTED"
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return 14, "UNAVAILABLE"
	}
	return 2, "UNKNOWN"
}
