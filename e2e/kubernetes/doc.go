// Package kubernetes tests gwctl on a cluster the way that people use it: the
// real binary applies a configuration to a real API server, the real Envoy
// Gateway takes it, and what its real Envoy answers to requests is what counts.
package kubernetes
