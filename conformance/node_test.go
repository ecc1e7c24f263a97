//go:build linux

package conformance

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/gwctl/gwctl/internal/kubernetes/kubernetestest"
)

const deployment = `
apiVersion: v1
kind: Secret
metadata: {name: keys, namespace: NAMESPACE}
stringData: {crt: a certificate}
---
apiVersion: v1
kind: Service
metadata: {name: orders, namespace: NAMESPACE}
spec: {selector: {app: orders}, ports: [{name: web, port: 8080, targetPort: 3000}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: orders, namespace: NAMESPACE}
spec:
  replicas: 2
  selector: {matchLabels: {app: orders}}
  template:
    metadata: {labels: {app: orders}}
    spec:
      containers:
      - name: orders
        image: registry.k8s.io/gateway-api/echo-basic:v1
        volumeMounts: [{name: keys, mountPath: /etc/keys}]
        env:
        - {name: POD_NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
        - {name: SERVICE_NAME, value: /etc/keys/crt}
      volumes: [{name: keys, secret: {secretName: keys}}]
`

// TestPodsAnswerAndTheirLogsAreRead holds the stand-in for a kubelet to what the
// suite expects of one.
func TestPodsAnswerAndTheirLogsAreRead(t *testing.T) {
	plane := kubernetestest.Start(t, kubernetestest.Options{CRDs: kubernetestest.CRDs{Channel: kubernetestest.NoCRDs}})
	startNode(t, plane.Config())
	client, err := kubernetes.NewForConfig(plane.Config())
	if err != nil {
		t.Fatal(err)
	}
	namespace := plane.Namespace(t)
	begin := metav1.Now()
	plane.Apply(t, "test", strings.ReplaceAll(deployment, "NAMESPACE", namespace))

	var endpoints []discoveryv1.Endpoint
	await(t, func(ctx context.Context) bool {
		slices, err := client.DiscoveryV1().EndpointSlices(namespace).List(ctx, metav1.ListOptions{LabelSelector: discoveryv1.LabelServiceName + "=orders"})
		if err != nil || len(slices.Items) != 1 {
			return false
		}
		endpoints = slices.Items[0].Endpoints
		return len(endpoints) == 2
	})
	for _, e := range endpoints {
		pod := e.TargetRef.Name
		body := get(t, "http://"+net.JoinHostPort(e.Addresses[0], "3000")+"/hello-"+pod)
		if !strings.Contains(body, `"pod": "`+pod+`"`) || !strings.Contains(body, "/keys/crt") || strings.Contains(body, "/etc/keys") {
			t.Errorf("Pod %s answers %s", pod, body)
		}
		for since, want := range map[metav1.Time]bool{begin: true, metav1.NewTime(time.Now().Add(time.Hour)): false} {
			log, err := client.CoreV1().Pods(namespace).GetLogs(pod, &corev1.PodLogOptions{Container: "orders", SinceTime: &since}).DoRaw(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(log, []byte("/hello-"+pod)) != want {
				t.Errorf("the log of Pod %s since %v is %q", pod, since, log)
			}
		}
	}

	plane.Delete(t, "deployments", namespace, "orders")
	await(t, func(ctx context.Context) bool {
		pods, err := client.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{})
		slice, sliceErr := client.DiscoveryV1().EndpointSlices(namespace).Get(ctx, "orders-pods", metav1.GetOptions{})
		return err == nil && sliceErr == nil && len(pods.Items) == 0 && len(slice.Endpoints) == 0
	})
}

func await(t *testing.T, ask func(context.Context) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for !ask(ctx) {
		select {
		case <-ctx.Done():
			t.Fatal(ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func get(t *testing.T, url string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
