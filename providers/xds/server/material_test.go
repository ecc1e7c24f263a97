package server

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gwctl/gwctl/internal/certificate/certificatetest"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers/xds/api"
)

func annotated(o *resource.Object, annotations map[string]string) *resource.Object {
	all := o.GetAnnotations()
	if all == nil {
		all = map[string]string{}
	}
	for name, value := range annotations {
		all[name] = value
	}
	o.SetAnnotations(all)
	return o
}

// certificate names NAME.crt and NAME.key in a folder.
func certificate(owner api.Owner, dir, name string) *resource.Object {
	o := object(owner, fmt.Sprintf("{apiVersion: v1, kind: Secret, metadata: {name: %s, namespace: default}, type: kubernetes.io/tls}", name))
	return annotated(o, map[string]string{
		resource.AnnotationCertFile: filepath.Join(dir, name+".crt"),
		resource.AnnotationKeyFile:  filepath.Join(dir, name+".key"),
	})
}

func authorities(owner api.Owner, file string) *resource.Object {
	o := object(owner, "{apiVersion: v1, kind: ConfigMap, metadata: {name: corp, namespace: default}}")
	return annotated(o, map[string]string{resource.AnnotationCAFile: file})
}

func httpsGateway(owner api.Owner, certificate string) *resource.Object {
	return object(owner, fmt.Sprintf(`
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: public, namespace: default}
spec:
  gatewayClassName: gwctl
  listeners:
  - {name: https, port: 8443, protocol: HTTPS, tls: {certificateRefs: [{name: %s}]}, allowedRoutes: {namespaces: {from: Same}}}
`, certificate))
}

// files asks about the files of an object, and returns the problem with them.
func (i *instance) files(t testing.TB, o *resource.Object) *api.Problem {
	t.Helper()
	body, err := json.Marshal(api.Files{Objects: []*resource.Object{o}})
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.Post(i.admin+api.PathFiles, api.TypeJSON, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusOK {
		return nil
	}
	var p api.Problem
	if err := json.NewDecoder(response.Body).Decode(&p); err != nil || p.Status != response.StatusCode {
		t.Fatalf("%s: %+v, %v", response.Status, p, err)
	}
	return &p
}

func TestFilesThatCannotBeUsedAreRefused(t *testing.T) {
	s := start(t, t.TempDir())
	dir := t.TempDir()
	authority := certificatetest.NewAuthority(t)
	now := time.Now()
	good, other := authority.Issue(t, "shop.example.com"), authority.Issue(t, "shop.example.com")
	certificatetest.Pair{Certificate: good.Certificate, Key: other.Key}.Write(t, dir, "mismatched")
	certificatetest.Pair{Certificate: []byte("Hello world\n"), Key: good.Key}.Write(t, dir, "no-pem")
	authority.IssueFor(t, now.Add(-2*time.Hour), now.Add(-time.Hour), "shop.example.com").Write(t, dir, "expired")

	const cert, key = "metadata.annotations[tls.gwctl.dev/cert-file]", "metadata.annotations[tls.gwctl.dev/key-file]"
	for _, test := range []struct {
		name, path, text string
		write            *resource.Object
	}{
		{"a missing file", cert, "gone.crt: there is no such file", certificate(shop, dir, "gone")},
		{"another one's key", key, "mismatched.key: it does not belong to the certificate", certificate(shop, dir, "mismatched")},
		{"no PEM", cert, "no-pem.crt: the file has no certificate in PEM form", certificate(shop, dir, "no-pem")},
		{"an expired certificate", cert, "expired.crt: it expired at ", certificate(shop, dir, "expired")},
		{"a missing authority", "metadata.annotations[tls.gwctl.dev/ca-file]", "ca.crt: there is no such file", authorities(shop, filepath.Join(dir, "ca.crt"))},
		{
			"keys in the object itself", "data", "holds no keys",
			object(shop, "{apiVersion: v1, kind: Secret, metadata: {name: shop, namespace: default}, data: {tls.key: c2VjcmV0}}"),
		},
		{
			"keys in the object in plain text", "stringData", "holds no keys",
			object(shop, "{apiVersion: v1, kind: Secret, metadata: {name: shop, namespace: default}, stringData: {tls.key: secret}}"),
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := s.post(t, transaction(shop, append(basic(shop), create(test.write))...))
			if a.status != http.StatusUnprocessableEntity || a.problem == nil || len(a.problem.Fields) == 0 {
				t.Fatalf("got %s", a)
			}
			at := a.problem.Fields[0]
			if diff := cmp.Diff(api.Field{ID: resource.IDOf(test.write), Path: test.path}, at.Field); diff != "" {
				t.Error(diff)
			}
			if !strings.Contains(at.Message, test.text) || strings.Contains(a.String(), "c2VjcmV0") {
				t.Errorf("message: %s", at.Message)
			}
			if strings.HasPrefix(test.path, "metadata.") { // it can be asked beforehand
				if diff := cmp.Diff(at, s.files(t, test.write).Fields[0]); diff != "" {
					t.Error(diff)
				}
			}
			var list api.ObjectList
			s.get(t, "/v1/objects?owner=shop", http.StatusOK, &list)
			if len(list.Objects) != 0 {
				t.Errorf("something was applied: %s", names(list.Objects))
			}
		})
	}
}

// TestKeysStayInTheirFiles looks for them everywhere else.
func TestKeysStayInTheirFiles(t *testing.T) {
	data, dir := t.TempDir(), t.TempDir()
	pair := certificatetest.NewAuthority(t).Issue(t, "shop.example.com")
	pair.Write(t, dir, "shop")
	s := start(t, data)
	if p := s.files(t, certificate(shop, dir, "shop")); p != nil {
		t.Errorf("the files are refused: %v", p)
	}
	tx := transaction(shop, create(httpsGateway(shop, "shop")), create(certificate(shop, dir, "shop")))
	said := []byte(s.post(t, tx).String())
	for _, path := range []string{
		"/v1/objects?owner=shop&conditions=true", "/v1/status", "/v1/revisions?owner=shop",
		"/v1/transactions/" + tx.ID + "?owner=shop",
	} {
		response, err := http.Get(s.admin + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s, %v", path, response.Status, err)
		}
		said = append(said, body...)
	}
	s.close(t)
	stored, err := os.ReadFile(filepath.Join(data, "gwctl.db"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(said, []byte("shop.key")) || !bytes.Contains(stored, []byte("shop.key")) {
		t.Error("the name of the file is nowhere: this test looks in the wrong places")
	}
	line := bytes.Split(pair.Key, []byte("\n"))[1]
	raw, err := base64.StdEncoding.DecodeString(string(line))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"an answer": said, "the store": stored} {
		for _, form := range [][]byte{line, raw, []byte(base64.StdEncoding.EncodeToString(pair.Key)[:64])} {
			if bytes.Contains(content, form) {
				t.Errorf("%s has the key", name)
			}
		}
	}
}

func TestServerStartsWithoutFilesThatAreGone(t *testing.T) {
	data, dir := t.TempDir(), t.TempDir()
	authority := certificatetest.NewAuthority(t)
	authority.Issue(t, "shop.example.com").Write(t, dir, "shop")
	s := start(t, data)
	s.commit(t, transaction(shop, create(httpsGateway(shop, "shop")), create(certificate(shop, dir, "shop"))))
	s.close(t)
	if err := os.Remove(filepath.Join(dir, "shop.key")); err != nil {
		t.Fatal(err)
	}
	s = start(t, data)
	var status api.Status
	s.get(t, "/v1/status", http.StatusOK, &status)
	if len(status.Certificates) != 1 || !strings.Contains(status.Certificates[0].Problem, "shop.key: there is no such file") {
		t.Errorf("status: %+v", status.Certificates)
	}
	// What has nothing to do with it goes on.
	s.commit(t, transaction(blog, create(gateway(blog, "blog", 8080))))
	// Nobody else is to wait for the certificate.
	second := httpsGateway(blog, "shop")
	second.SetName("second")
	a := s.post(t, transaction(blog, create(second)))
	if a.problem == nil || len(a.problem.Fields) != 1 || a.problem.Fields[0].ID.Name != "shop" || a.problem.Fields[0].Path != "metadata.annotations" {
		t.Errorf("got %s", a)
	}
	// And it is found again by itself.
	authority.Issue(t, "shop.example.com").Write(t, dir, "shop")
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		status = api.Status{}
		if s.get(t, "/v1/status", http.StatusOK, &status); status.Certificates[0].Problem == "" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("status: %+v", status.Certificates)
		}
	}
	s.commit(t, transaction(blog, create(second)))
}
