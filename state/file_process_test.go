package state

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Roles that the test binary plays as a process of its own.
const (
	roleHold     = "hold"     // takes the lock and keeps it until killed
	roleCount    = "count"    // adds 1 to the serial, ten times
	roleWrite    = "write"    // writes one serial after the other until killed
	roleNobody   = "nobody"   // without the rights of root: reads, then writes
	roleFullDisk = "fulldisk" // writes where no file may get larger than 1 kB
)

func startRole(t *testing.T, role, path string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe)
	cmd.Env = append(os.Environ(), "GWCTL_STATE_TEST_ROLE="+role, "GWCTL_STATE_TEST_PATH="+path)
	cmd.Stderr = os.Stderr
	return cmd
}

// runRole returns what the process says.
func runRole(t *testing.T, role, path string) string {
	t.Helper()
	out, err := startRole(t, role, path).Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", role, err, out)
	}
	return string(out)
}

func playRole(role string) int {
	ctx := context.Background()
	store := File(os.Getenv("GWCTL_STATE_TEST_PATH"), Options{Owner: "shop", Gwctl: "0.1.0"})
	var err error
	switch role {
	case roleHold:
		err = playHold(ctx, store)
	case roleCount:
		err = playCount(ctx, store)
	case roleWrite:
		err = playWrite(ctx, store)
	case roleNobody:
		err = playNobody(ctx, store)
	case roleFullDisk:
		err = playFullDisk(ctx, store)
	default:
		err = fmt.Errorf("no role %q", role)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func playHold(ctx context.Context, store Store) error {
	lease, err := store.Lock(ctx, "apply", 0)
	if err != nil {
		return err
	}
	fmt.Println(lease.Info().ID)
	_, err = io.Copy(io.Discard, os.Stdin) // until the parent is gone
	return err
}

func playCount(ctx context.Context, store Store) error {
	for range 10 {
		if err := addOne(ctx, store); err != nil {
			return err
		}
	}
	return nil
}

func addOne(ctx context.Context, store Store) error {
	lease, err := store.Lock(ctx, "count", longWait)
	if err != nil {
		return err
	}
	s, err := store.Read(ctx)
	if err != nil {
		return errors.Join(err, lease.Release(ctx))
	}
	s.Serial++
	return errors.Join(lease.Write(ctx, s), lease.Release(ctx))
}

func playWrite(ctx context.Context, store Store) error {
	lease, err := store.Lock(ctx, "apply", 0)
	if err != nil {
		return err
	}
	s, err := store.Read(ctx)
	if err != nil {
		return err
	}
	s.Targets["xds"] = strings.Repeat("x", 1<<18)
	for {
		s.Serial++
		if err := lease.Write(ctx, s); err != nil {
			return err
		}
		fmt.Println(s.Serial)
	}
}

func playNobody(ctx context.Context, store Store) error {
	if os.Geteuid() == 0 {
		if err := errors.Join(syscall.Setgid(65534), syscall.Setuid(65534)); err != nil {
			return err
		}
	}
	_, err := store.Read(ctx)
	fmt.Printf("read: %v: %v\n", errors.Is(err, os.ErrPermission), err)
	_, err = store.Lock(ctx, "apply", 0)
	fmt.Printf("lock: %v: %v\n", errors.Is(err, os.ErrPermission), err)
	return nil
}

func playFullDisk(ctx context.Context, store Store) error {
	lease, err := store.Lock(ctx, "apply", 0)
	if err != nil {
		return err
	}
	s, err := store.Read(ctx)
	if err != nil {
		return err
	}
	s.Serial++
	s.Targets["xds"] = strings.Repeat("x", 1<<16)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 1 << 10, Max: 1 << 10}); err != nil {
		return err
	}
	fmt.Println(lease.Write(ctx, s))
	return lease.Release(ctx)
}

func TestProcessesCountWithoutLosingOne(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gwctl.state.json")
	write(t, File(path, Options{Owner: "shop"}), stateOf(t))
	var running []*exec.Cmd
	for range 3 {
		cmd := startRole(t, roleCount, path)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		running = append(running, cmd)
	}
	for _, cmd := range running {
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
	if s := read(t, File(path, Options{})); s.Serial != 31 {
		t.Errorf("3 processes added 10 each to 1: %d", s.Serial)
	}
	wantFiles(t, filepath.Dir(path), "gwctl.state.json", "gwctl.state.json.backup")
}

func TestLockOfAKilledProcessIsTakenOverWhenItExpires(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gwctl.state.json")
	cmd := startRole(t, roleHold, path)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	id := strings.TrimSpace(line)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed: an error it is

	clock := newClock()
	store := File(path, Options{Now: clock.now})
	_, err = store.Lock(t.Context(), "plan", 0)
	locked, ok := errors.AsType[*LockedError](err)
	if !ok || locked.Holder.ID != id || !strings.Contains(locked.Holder.Owner, "(pid "+strconv.Itoa(cmd.Process.Pid)+")") {
		t.Fatalf("error %v, want a LockedError that names the killed process", err)
	}
	clock.advance(locked.Holder.Expires.Sub(clock.now()))
	lease := lock(t, store, "plan")
	if from := lease.Info().TakenFrom; from == nil || from.ID != id || from.Operation != "apply" {
		t.Errorf("taken from %+v, want the killed process's lease", from)
	}
}

func TestKilledWhileWritingLosesNothingThatWasWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gwctl.state.json")
	write(t, File(path, Options{Owner: "shop"}), stateOf(t))
	clock := newClock()
	store := File(path, Options{Owner: "shop", Now: clock.now})
	for range 5 {
		cmd := startRole(t, roleWrite, path)
		stdout, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(stdout)
		var last uint64
		for n := 0; lines.Scan(); n++ {
			if last, err = strconv.ParseUint(lines.Text(), 10, 64); err != nil {
				t.Fatal(err)
			}
			if n == 5 {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = cmd.Wait() // killed: an error it is
		if got := read(t, store).Serial; got < last || got > last+1 {
			t.Fatalf("%d was written last, and %d is there", last, got)
		}
		if _, err := File(path+".backup", Options{}).Read(t.Context()); err != nil {
			t.Fatalf("the backup: %v", err)
		}
		clock.advance(time.Hour)
		lease := lock(t, store, "next")
		next := read(t, store)
		next.Serial++
		if err := errors.Join(lease.Write(t.Context(), next), lease.Release(t.Context())); err != nil {
			t.Fatal(err)
		}
		wantFiles(t, filepath.Dir(path), "gwctl.state.json", "gwctl.state.json.backup")
	}
}

func TestWithoutPermissionNothingIsReadOrLocked(t *testing.T) {
	dir := openFolder(t)
	path := filepath.Join(dir, "gwctl.state.json")
	write(t, File(path, Options{Owner: "shop"}), stateOf(t))
	for _, p := range []string{path, dir} {
		if err := os.Chmod(p, 0o555&^modeOf(p)); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { _ = os.Chmod(dir, 0o755) }) // so that it can be removed
	said := runRole(t, roleNobody, path)
	for _, want := range []string{"read: true: cannot read the state", "lock: true: cannot lock the state", "run it as the user"} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %q:\n%s", want, said)
		}
	}
}

// modeOf takes all rights from the file and leaves a folder readable.
func modeOf(path string) os.FileMode {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return 0
	}
	return 0o777
}

// openFolder is a new folder that other users can reach.
func openFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestFullDiskLeavesTheStateAsItWas(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gwctl.state.json")
	store := File(path, Options{Owner: "shop"})
	write(t, store, stateOf(t, "backend.a"))
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if said := runRole(t, roleFullDisk, path); !strings.Contains(said, "cannot write the state") {
		t.Errorf("writing on a full disk said %q", said)
	}
	after, err := os.ReadFile(path)
	if err != nil || string(after) != string(before) {
		t.Errorf("the state became (%v)\n%s", err, after)
	}
	wantFiles(t, filepath.Dir(path), "gwctl.state.json", "gwctl.state.json.backup")
}
