//go:build linux

package conformance

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/go-logr/logr"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
	"sigs.k8s.io/gateway-api/apis/v1alpha2"
	"sigs.k8s.io/gateway-api/apis/v1alpha3"
	xv1alpha1 "sigs.k8s.io/gateway-api/apisx/v1alpha1"
	official "sigs.k8s.io/gateway-api/conformance"
	confv1 "sigs.k8s.io/gateway-api/conformance/apis/v1"
	"sigs.k8s.io/gateway-api/conformance/utils/config"
	"sigs.k8s.io/gateway-api/conformance/utils/flags"
	"sigs.k8s.io/gateway-api/conformance/utils/suite"
	"sigs.k8s.io/yaml"

	"github.com/gwctl/gwctl/conformance/controller"
	"github.com/gwctl/gwctl/conformance/node"
	"github.com/gwctl/gwctl/internal/kubernetes/kubernetestest"
	"github.com/gwctl/gwctl/internal/kubernetes/kubernetestest/sandbox"
)

// className is the GatewayClass of all Gateways in the suite.
const className = "gwctl"

// Addresses that the suite gives to Gateways by itself: one that the sandbox
// has and no other Gateway gets, and one of nobody's.
const (
	usableAddress   = "10.99.0.251"
	unusableAddress = "192.0.2.1"
)

func TestMain(m *testing.M) {
	if err := prepareParts(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	sandbox.Main(m)
}

// TestConformance runs the suite. The flags of the suite, such as -run-test and
// -report-output, work as they do elsewhere; beside a report the page about it
// is written.
func TestConformance(t *testing.T) {
	opts := prepare(t)
	if opts.RunTest == "" {
		opts.SkipTests = append(opts.SkipTests, exceptionNames()...)
	}
	t.Run("suite", func(t *testing.T) { official.RunConformanceWithOptions(t, opts) })
	if opts.ReportOutputPath == "" {
		return
	}
	written, err := os.ReadFile(opts.ReportOutputPath)
	if err != nil {
		t.Fatal(err)
	}
	var report confv1.ConformanceReport
	if err := yaml.Unmarshal(written, &report); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(filepath.Dir(opts.ReportOutputPath), "README.md"), document(&report), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestExceptionsStillFail runs each exception by itself, in another process of
// this program. One that passes is none any more.
func TestExceptionsStillFail(t *testing.T) {
	for _, name := range exceptionNames() {
		t.Run(name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), "/proc/self/exe", "-test.short", "-test.run", "^TestConformance$", "-run-test", name)
			out, err := cmd.CombinedOutput()
			switch {
			case err == nil:
				t.Error("it passes: remove it from the exceptions")
			case !strings.Contains(string(out), "--- FAIL: TestConformance/suite/"+name):
				t.Errorf("it did not come to the test itself: %v\n%s", err, out)
			}
		})
	}
}

// prepare runs a cluster with an implementation, and returns what the suite
// needs to know of it.
func prepare(t *testing.T) suite.ConformanceOptions {
	t.Helper()
	log.SetLogger(logr.Discard())
	// The CRDs that come with gwctl's other tests may be older than the suite.
	plane := kubernetestest.Start(t, kubernetestest.Options{CRDs: kubernetestest.CRDs{Channel: kubernetestest.NoCRDs}})
	crds := envtest.CRDInstallOptions{Paths: []string{os.Getenv(crdsVariable)}, ErrorIfPathMissing: true}
	if _, err := envtest.InstallCRDs(plane.Config(), crds); err != nil {
		t.Fatal(err)
	}
	opts, err := options(plane.Config())
	if err != nil {
		t.Fatal(err)
	}
	start(t, plane.Config()) // now that all kinds are known to client-go's scheme, which all share
	return opts
}

// start runs what the suite expects of a cluster and of an implementation.
func start(t *testing.T, config *rest.Config) {
	t.Helper()
	startNode(t, config)
	c, err := controller.Start(t.Context(), controller.Options{
		Config: config, Addresses: addresses(10, 250), Features: names(supported), Material: t.TempDir(), Log: logf,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Stop)
}

func startNode(t *testing.T, config *rest.Config) {
	t.Helper()
	n, err := node.Start(t.Context(), node.Options{Config: config, Address: sandbox.Address, Log: logf, Programs: map[string]string{
		"/echo-basic:": os.Getenv(echoVariable), "/coredns:": os.Getenv(whoamiVariable),
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.Stop)
}

// logf is for what goes on beside the tests.
func logf(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

// addresses are those of the sandbox that Gateways get.
func addresses(first, last int) []string {
	var out []string
	for i := first; i <= last; i++ {
		out = append(out, fmt.Sprintf("10.99.0.%d", i))
	}
	return out
}

func options(cfg *rest.Config) (suite.ConformanceOptions, error) {
	ip := gatewayv1.IPAddressType
	o := suite.ConformanceOptions{
		ConfigurableOptions: suite.ConfigurableOptions{
			GatewayClassName: className, Mode: flags.DefaultMode,
			CleanupTestResources:     true,
			TimeoutConfig:            config.DefaultTimeoutConfig(),
			SupportedFeatures:        tested(),
			UsableNetworkAddresses:   []gatewayv1.GatewaySpecAddress{{Type: &ip, Value: usableAddress}},
			UnusableNetworkAddresses: []gatewayv1.GatewaySpecAddress{{Type: &ip, Value: unusableAddress}},
			Implementation: confv1.Implementation{
				Organization: "gwctl", Project: "gwctl", URL: "https://github.com/gwctl/gwctl", Version: "dev",
				Contact: []string{"https://github.com/gwctl/gwctl/issues"},
			},
			ConformanceProfiles: profileNames(),
		},
		RestConfig: cfg, ManifestFS: []fs.FS{&official.Manifests},
	}
	flags.ApplyAll(&o.ConfigurableOptions)
	if testing.Short() { // for development: what fails is known sooner
		o.TimeoutConfig = patience(5 * time.Second)
	}

	var err error
	if o.Client, err = client.New(cfg, o.ClientOptions); err != nil {
		return o, err
	}
	scheme := o.Client.Scheme()
	if err := errors.Join(gatewayv1.Install(scheme), v1alpha2.Install(scheme), v1alpha3.Install(scheme),
		xv1alpha1.Install(scheme), apiextensionsv1.AddToScheme(scheme)); err != nil {
		return o, err
	}
	if o.Clientset, err = kubernetes.NewForConfig(cfg); err != nil {
		return o, err
	}
	class := &gatewayv1.GatewayClass{
		ObjectMeta: metav1.ObjectMeta{Name: className},
		Spec:       gatewayv1.GatewayClassSpec{ControllerName: controller.Name},
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return o, o.Client.Create(ctx, class)
}

// patience is for all that the suite waits for.
func patience(most time.Duration) config.TimeoutConfig {
	c := config.DefaultTimeoutConfig()
	for _, d := range []*time.Duration{
		&c.CreateTimeout, &c.DeleteTimeout, &c.GetTimeout, &c.GatewayMustHaveAddress, &c.GatewayMustHaveCondition,
		&c.GatewayStatusMustHaveListeners, &c.GatewayListenersMustHaveConditions, &c.GWCMustBeAccepted,
		&c.HTTPRouteMustNotHaveParents, &c.HTTPRouteMustHaveCondition, &c.RouteMustHaveParents,
		&c.MaxTimeToConsistency, &c.LatestObservedGenerationSet, &c.DefaultTestTimeout,
	} {
		*d = min(*d, most)
	}
	return c
}
