package kubernetes_test

import (
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// webhook makes the API server ask a server of the test's own about routes in
// the world's namespace, and that one refuses them all. It is asked for dry
// runs as well. Its configuration ends with the control plane, and holds in no
// other namespace.
func (w *world) webhook(message string) {
	w.t.Helper()
	server := httptest.NewTLSServer(http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		var review map[string]any
		if err := json.NewDecoder(in.Body).Decode(&review); err != nil {
			http.Error(out, err.Error(), http.StatusBadRequest)
			return
		}
		request, _ := review["request"].(map[string]any)
		review["response"] = map[string]any{"uid": request["uid"], "allowed": false, "status": map[string]any{"message": message}}
		delete(review, "request")
		out.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(out).Encode(review)
	}))
	w.t.Cleanup(server.Close)
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	w.plane.Create(w.t, fmt.Sprintf(`
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: %[1]s}
webhooks:
- name: routes.example.com
  clientConfig: {url: %[2]q, caBundle: %[3]s}
  rules:
  - {apiGroups: [gateway.networking.k8s.io], apiVersions: ["*"], operations: [CREATE, UPDATE], resources: [httproutes]}
  namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: %[4]s}}
  sideEffects: None
  admissionReviewVersions: [v1]
`, "refuse-"+w.namespace, server.URL, base64.StdEncoding.EncodeToString(authority), w.namespace))
}

// TestWebhookRefusesInItsOwnWords waits until the API server has heard of the
// webhook: it reads such configurations in its own time.
func TestWebhookRefusesInItsOwnWords(t *testing.T) {
	w := newWorld(t)
	w.webhook("routes want a ticket number")
	for t.Context().Err() == nil {
		plan, diags, err := w.plan(w.provider(), shop)
		if err == nil && !diags.HasErrors() && plan != nil {
			continue
		}
		if !strings.Contains(err.Error(), `admission webhook "routes.example.com" denied the request: routes want a ticket number`) {
			t.Fatalf("%v, %v", diags, err)
		}
		break
	}
	if left := w.plane.List(t, "gateways", w.namespace, ""); len(left) > 0 {
		t.Error("a plan has made something")
	}
}
