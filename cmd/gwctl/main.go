// Command gwctl describes traffic in HCL, plans what a change does to it, and
// makes it so on an xDS server that drives Envoy.
package main

import (
	"context"
	"os"
)

// version is set at link time.
var version = "0.1.0-dev"

func main() {
	collectLater()
	os.Exit(run(context.Background(), os.Args[1:], terminal{
		In:  os.Stdin,
		Out: os.Stdout,
		Err: os.Stderr,
		Env: os.Environ(),
	}))
}
