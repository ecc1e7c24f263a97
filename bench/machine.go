package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"

	"github.com/gwctl/gwctl/internal/envoy"
)

// machine says where the figures are from. What cannot be found out is left
// out.
func machine(ctx context.Context, gwctl, tofu string) string {
	parts := []string{fmt.Sprintf("%d cores", runtime.NumCPU())}
	if name := fieldOf("/proc/cpuinfo", "model name"); name != "" {
		parts = append(parts, name)
	}
	if total := fieldOf("/proc/meminfo", "MemTotal"); total != "" {
		parts = append(parts, total+" of memory")
	}
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		parts = append(parts, "load "+strings.Fields(string(load))[0])
	}
	parts = append(parts, runtime.GOOS+"/"+runtime.GOARCH, runtime.Version(), "Envoy "+envoy.Version)
	for _, binary := range []string{gwctl, tofu} {
		if s, err := measure(ctx, ".", binary, "version"); err == nil {
			line, _, _ := strings.Cut(s.stdout, "\n")
			parts = append(parts, line)
		}
	}
	return strings.Join(parts, "; ")
}

// fieldOf returns the first value of a name in a file of names and values.
func fieldOf(file, name string) string {
	f, err := os.Open(file)
	if err != nil {
		return ""
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if key, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
