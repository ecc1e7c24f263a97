// Package e2e tests gwctl the way that people use it: a configuration is
// written to a folder, the real binary plans and applies it, a real xDS server
// takes it, and what a real Envoy answers to requests is what counts.
package e2e
