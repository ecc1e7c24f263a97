package process

import (
	"os/exec"
	"syscall"
)

// endWithParent makes the kernel end the child when its parent dies.
func endWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
