//go:build !linux

// Package sandbox runs the tests of a package in namespaces of their own, which
// only Linux has.
package sandbox

import (
	"fmt"
	"os"
)

// Address is one of the sandbox's addresses that are not loopback ones.
const Address = "10.99.0.1"

// Main says that there is no sandbox here.
func Main(m interface{ Run() int }, folders ...string) { os.Exit(Run(m, folders...)) }

// Run says that there is no sandbox here.
func Run(interface{ Run() int }, ...string) int {
	fmt.Fprintln(os.Stderr, "sandbox: these tests run on Linux only")
	return 1
}
