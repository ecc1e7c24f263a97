package process_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gwctl/gwctl/internal/process"
)

const parentVariable = "GWCTL_TEST_PROCESS_PARENT"

// TestMain is, in a child of TestEndsWithItsParent, a parent that waits to be
// killed.
func TestMain(m *testing.M) {
	if os.Getenv(parentVariable) == "" {
		os.Exit(m.Run())
	}
	p, err := process.Start("/bin/sleep", []string{"3600"}, nil, "")
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(p.PID())
	<-p.Done()
}

func TestTellsWhyItEnded(t *testing.T) {
	p, err := process.Start("/bin/sh", []string{"-c", "echo $WORD >&2; exit 3"}, []string{"WORD=no port is free"}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	<-p.Done()
	if err := p.Err(); !strings.Contains(err.Error(), "exit status 3") || !strings.Contains(err.Error(), "no port is free") {
		t.Errorf("it says: %v", err)
	}
	if _, err := process.Start("/nowhere/program", nil, nil, ""); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a program that is not there: %v", err)
	}
}

func TestEndsWhenItIsToldTo(t *testing.T) {
	p, err := process.Start("/bin/sleep", []string{"3600"}, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Pause(); err != nil {
		t.Error(err)
	}
	if err := p.Resume(); err != nil {
		t.Error(err)
	}
	p.Kill()
	p.Kill()
	if err := syscall.Kill(p.PID(), 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("it is still there: %v", err)
	}
}

func TestEndsWithItsParent(t *testing.T) {
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), parentVariable+"=1")
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	line, _ := bufio.NewReader(out).ReadString('\n')
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(line, err)
	}
	_ = parent.Process.Kill()
	_ = parent.Wait() // says that it was killed
	for deadline := time.Now().Add(time.Minute); ; {
		if state, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err != nil || strings.Contains(string(state), ") Z ") {
			return // gone, or only not yet waited for by its new parent
		}
		if time.Now().After(deadline) {
			t.Fatal("it outlives its parent")
		}
		time.Sleep(time.Millisecond)
	}
}
