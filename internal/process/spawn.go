package process

import (
	"os/exec"
	"runtime"
)

// Spawn starts a command that ends with this process, where the operating system
// can promise that. When it has ended, ended is called with what Wait says; not
// where it could not be started, which is the error returned.
func Spawn(cmd *exec.Cmd, ended func(error)) error {
	endWithParent(cmd)
	started := make(chan error)
	go func() {
		// The kernel ends a child when the thread that made it ends, so this
		// thread has to stay as long as the child.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			ended(cmd.Wait())
		}
	}()
	return <-started
}
