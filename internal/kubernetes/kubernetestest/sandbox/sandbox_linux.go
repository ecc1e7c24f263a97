// Package sandbox runs the tests of a package in a network and a mount
// namespace of their own, without anybody's help: programs that insist on fixed
// ports and paths find them free, and leave nothing behind.
package sandbox

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// Address is one of the sandbox's addresses that are not loopback ones. All of
// 10.99.0.0/24 is local, and there is no other network.
const Address = "10.99.0.1"

// variable tells the inner process that it is one, and where its root goes.
const variable = "GWCTL_TEST_SANDBOX"

// Main runs the tests of a package in a sandbox with some empty folders
// at fixed paths:
//
//	func TestMain(m *testing.M) { sandbox.Main(m, "/certs") }
func Main(m interface{ Run() int }, folders ...string) { os.Exit(Run(m, folders...)) }

// Run is Main for packages that do something around it, which is done twice:
// first outside, where it returns the exit code of the tests, and then inside.
func Run(m interface{ Run() int }, folders ...string) int {
	root := os.Getenv(variable)
	if root == "" {
		code, err := again()
		if err != nil {
			fmt.Fprintln(os.Stderr, "sandbox:", err)
			return 1
		}
		return code
	}
	if err := errors.Join(os.Unsetenv(variable), enter(root, folders), network()); err != nil {
		fmt.Fprintln(os.Stderr, "sandbox:", err)
		return 1
	}
	return m.Run()
}

// again runs this program once more, in new namespaces, and returns its exit
// code.
func again() (int, error) {
	root, err := os.MkdirTemp("", "sandbox-")
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.Remove(root) }() // what was in it was in the sandbox
	// The kernel ends the child when the thread that made it ends.
	runtime.LockOSThread()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGQUIT)

	cmd, err := start(root, os.Geteuid() != 0)
	if errors.Is(err, syscall.EPERM) && os.Geteuid() == 0 {
		cmd, err = start(root, true) // a root who may not make namespaces may make a user
	}
	if err != nil {
		return 0, fmt.Errorf("namespaces of its own cannot be made here: %w", err)
	}
	go func() {
		for s := range signals {
			_ = cmd.Process.Signal(s) // an error says that it has ended
		}
	}()
	var exit *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &exit) {
		return 0, err
	}
	if code := cmd.ProcessState.ExitCode(); code >= 0 {
		return code, nil
	}
	return 0, fmt.Errorf("the tests ended: %s", cmd.ProcessState)
}

func start(root string, asUser bool) (*exec.Cmd, error) {
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Args[0] = os.Args[0]
	cmd.Env = append(os.Environ(), variable+"="+root)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	if asUser {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	return cmd, cmd.Start()
}

// enter makes a root that shows what the old one shows and has the folders
// besides, and goes there.
func enter(root string, folders []string) error {
	dir, err := os.Getwd()
	if err != nil {
		return err
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("part with the mounts of others: %w", err)
	}
	if err := unix.Mount("tmpfs", root, "tmpfs", unix.MS_NOSUID, "mode=0755"); err != nil {
		return fmt.Errorf("mount a new root: %w", err)
	}
	for _, folder := range folders {
		if err := os.MkdirAll(filepath.Join(root, folder), 0o755); err != nil {
			return err
		}
	}
	entries, err := os.ReadDir("/")
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := show(filepath.Join("/", e.Name()), filepath.Join(root, e.Name()), e.Type()); err != nil {
			return fmt.Errorf("show /%s in the new root: %w", e.Name(), err)
		}
	}
	if err := unix.Chroot(root); err != nil {
		return err
	}
	return os.Chdir(dir)
}

// show makes a folder or link of the old root appear in the new one.
func show(path, as string, typ os.FileMode) error {
	switch typ {
	case os.ModeDir:
		if err := os.Mkdir(as, 0o755); errors.Is(err, os.ErrExist) {
			return nil // one of the sandbox's own folders
		} else if err != nil {
			return err
		}
		return unix.Mount(path, as, "", unix.MS_BIND|unix.MS_REC, "")
	case os.ModeSymlink:
		target, err := os.Readlink(path)
		if err != nil {
			return err
		}
		return os.Symlink(target, as)
	}
	return nil // files in the root are nobody's
}

// network brings the loopback device up and gives it more addresses.
func network() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	up, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	up.SetUint16(unix.IFF_UP)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, up); err != nil {
		return fmt.Errorf("bring the loopback device up: %w", err)
	}
	// On the loopback device a network's addresses are all local.
	return errors.Join(set(fd, unix.SIOCSIFADDR, Address), set(fd, unix.SIOCSIFNETMASK, "255.255.255.0"))
}

// set gives the loopback device's alias an address or a mask.
func set(fd int, request uint, address string) error {
	alias, err := unix.NewIfreq("lo:1")
	if err != nil {
		return err
	}
	if err := alias.SetInet4Addr(net.ParseIP(address).To4()); err != nil {
		return err
	}
	if err := unix.IoctlIfreq(fd, request, alias); err != nil {
		return fmt.Errorf("give the loopback device %s: %w", address, err)
	}
	return nil
}
