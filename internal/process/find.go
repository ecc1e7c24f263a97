package process

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Named returns the absolute path of the program that an environment variable
// names, "" where it is not set.
func Named(variable string) (string, error) {
	name := os.Getenv(variable)
	if name == "" {
		return "", nil
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("the variable %s names no program that can be run: %w", variable, err)
	}
	return filepath.Abs(path)
}

// Tool returns the path of a program below the folder .tools of the working
// directory or the nearest one above it, "" where there is none. The folder is
// where `make` puts what it fetches.
func Tool(elem ...string) (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	elem = append([]string{"", ".tools"}, elem...)
	for {
		elem[0] = dir
		if path, err := exec.LookPath(filepath.Join(elem...)); err == nil {
			return path, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", nil
		}
		dir = parent
	}
}
