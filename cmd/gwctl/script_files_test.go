package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

func damageCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: damage FILE cut|OFFSET")
	}
	path := ts.MkAbs(args[0])
	data, err := os.ReadFile(path)
	ts.Check(err)
	if args[1] == "cut" {
		data = data[:len(data)/2]
	} else {
		offset, err := strconv.Atoi(args[1])
		ts.Check(err)
		data[offset]++
	}
	ts.Check(os.WriteFile(path, data, 0o600))
}

func largeCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: large FILE SIZE")
	}
	size, err := strconv.Atoi(args[1])
	ts.Check(err)
	path := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(filepath.Dir(path), 0o777))
	ts.Check(os.WriteFile(path, []byte(strings.Repeat("# A comment line of no interest.\n", size/33+1)[:size]), 0o600))
}

func secretCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: secret TEXT [EXCEPT-FILE]...")
	}
	for _, stream := range []string{"stdout", "stderr"} {
		if strings.Contains(ts.ReadFile(stream), args[0]) {
			ts.Fatalf("%q is on %s", args[0], stream)
		}
	}
	except := map[string]bool{}
	for _, name := range args[1:] {
		except[ts.MkAbs(name)] = true
	}
	ts.Check(filepath.WalkDir(ts.Getenv("WORK"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || except[path] {
			return err
		}
		data, err := os.ReadFile(path)
		if err == nil && strings.Contains(string(data), args[0]) {
			err = fmt.Errorf("%q is in %s", args[0], path)
		}
		return err
	}))
}
