package kubernetes_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/gwctl/gwctl/internal/kubernetes"
)

// TestKubeconfigsMeanWhatKubectlTakesThemFor reads testdata/connect.txtar: a
// case is options, one KEY=VALUE a line, and what comes of them. $DIR is the
// folder with all its files, the home of who runs gwctl.
func TestKubeconfigsMeanWhatKubectlTakesThemFor(t *testing.T) {
	archive, err := txtar.ParseFile(filepath.Join("testdata", "connect.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	t.Setenv("HOME", dir)
	t.Setenv("KUBECONFIG", "")
	t.Chdir(dir)
	for _, f := range archive.Files {
		if name, ok := strings.CutPrefix(f.Name, "file "); ok {
			path := filepath.Join(dir, name)
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, f.Data, 0o600)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, f := range archive.Files {
		name, ok := strings.CutPrefix(f.Name, "case ")
		if !ok {
			continue
		}
		t.Run(name, func(t *testing.T) {
			options, want, _ := strings.Cut(string(f.Data), "=>\n")
			c, err := kubernetes.Connect(parseOptions(t, strings.ReplaceAll(options, "$DIR", dir)))
			got := ""
			if err != nil {
				got = "error: " + err.Error() + "\n"
			} else {
				got = describe(c)
				c.Close()
			}
			if got = strings.ReplaceAll(got, dir, "$DIR"); got != want {
				t.Errorf("got\n%swant\n%s", got, want)
			}
		})
	}
}

func parseOptions(t *testing.T, text string) kubernetes.Options {
	t.Helper()
	var o kubernetes.Options
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		switch key {
		case "KUBECONFIG":
			o.Environ = append(o.Environ, key+"="+value)
		case "kubeconfig":
			o.Kubeconfig = value
		case "context":
			o.Context = value
		case "server":
			o.Server = value
		case "token":
			o.Token = value
		case "ca":
			o.CA = value
		case "as":
			o.As = value
		case "as_groups":
			o.AsGroups = strings.Split(value, ",")
		case "":
		default:
			t.Fatalf("there is no option %q", key)
		}
	}
	return o
}

// describe says of a cluster what the options decide.
func describe(c *kubernetes.Cluster) string {
	var b strings.Builder
	say := func(what, text string) {
		if text != "" {
			b.WriteString(what + " " + text + "\n")
		}
	}
	say("cluster", c.Where.String())
	say("name", c.Name)
	say("namespace", c.Namespace)
	say("certificate", c.Config.CertFile)
	say("authorities", c.Config.CAFile)
	say("token file", c.Config.BearerTokenFile)
	say("token", strings.TrimSpace(c.Config.BearerToken))
	say("acts as", strings.Join(append([]string{c.Config.Impersonate.UserName}, c.Config.Impersonate.Groups...), " "))
	if plugin := c.Config.ExecProvider; plugin != nil {
		say("plugin", plugin.Command)
	}
	if c.Config.QPS >= 0 {
		say("limit", "of the client's own")
	}
	return b.String()
}

func TestWithoutKubeconfigThereIsNoCluster(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	t.Setenv("KUBECONFIG", "")
	if _, err := kubernetes.Connect(kubernetes.Options{}); !errors.Is(err, kubernetes.ErrNoCluster) {
		t.Errorf("error %v, want that there is none", err)
	}
}
