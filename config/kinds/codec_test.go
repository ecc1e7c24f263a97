package kinds

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"

	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/resource"
	runtime "k8s.io/apimachinery/pkg/runtime/schema"
)

func TestPathsOfIgnoreChanges(t *testing.T) {
	for path, want := range map[string]bool{
		"hostnames":                              true,
		"labels.team":                            true,
		"rule":                                   true,
		"rule.api":                               true,
		"rule.api.forward":                       true,
		"rule.api.forward.backend.orders":        true,
		"rule.api.forward.backend.orders.weight": true,
		`rule.api.forward.backend.a["x.y"].weight`:        true,
		"rule.api.forward.infra/orders:80.weight":         true,
		"rule.api.forward.module.v1.backend.a":            true,
		`rule.api.forward.module.v["1"].backend.a.weight`: true,
		"rule.api.forward.gateway.a":                      false,
		"rule.api.match.headers.x-env":                    true,
		"rule.api.request_headers.set.x-via":              true,
		"rule.v1.2.timeouts.request":                      true,
		"attach.gateway":                                  true,
		"hostname":                                        false,
		"hostnames.x":                                     false,
		"rule.api.weight":                                 false,
		"rule.api.forward.backend.orders.wait":            false,
		"":                                                false,
		"rule.":                                           false,
		"labels.":                                         false,
	} {
		if got := (Codec{}).HasPath("http_route", path); got != want {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
	if !(Codec{}).HasPath("manifest", "object.spec") || (Codec{}).HasPath("manifest", "spec") {
		t.Error("the paths of a manifest are those of its object")
	}
	if (Codec{}).HasPath("teapot", "name") {
		t.Error("a kind from nowhere has paths")
	}
}

func TestWordsAreOfTheKind(t *testing.T) {
	o := &resource.Object{Object: map[string]any{"apiVersion": "v1", "kind": "Service"}}
	if _, err := (Codec{}).Words(resource.Address{Kind: "backend", Name: "a"}, o, nil); err == nil {
		t.Error("a Service was read as a backend")
	}
	if got, err := (Codec{}).Default(o); err != nil || !reflect.DeepEqual(got, o) || got == o {
		t.Errorf("a type without a schema became %v, %v", got, err)
	}
}

// TestWrongTypesAreErrors gives every argument values of every type.
func TestWrongTypesAreErrors(t *testing.T) {
	values := []any{true, 1.5, "x", "", int64(-1), []any{}, []any{int64(1)}, []any{nil}, map[string]any{}, map[string]any{"a": nil}, map[string]any{"a": []any{}}, resource.Ref{}, struct{}{}, nil}
	for _, k := range All() {
		eachArgument(k.Schema, func(nest func(*resource.Block) *resource.Block, a schema.Attr) {
			for _, value := range values {
				b := nest(&resource.Block{Attrs: []resource.Attr{{Name: a.Name, Value: value}}})
				b.Type, b.Label = k.Name, "a"
				o, err := Codec{}.Encode(resource.Address{Kind: k.Name, Name: "a"}, b)
				if (o == nil) == (err == nil) {
					t.Errorf("%s of %s as %v: %v, %v", a.Name, k.Name, value, o, err)
				}
				k.Refer(b, resource.Address{Kind: k.Name, Name: "a"}, Scope{})
			}
		})
	}
}

// eachArgument visits the arguments of a body and of the blocks in it. Nest
// puts a block with the argument where it belongs.
func eachArgument(body schema.Body, visit func(nest func(*resource.Block) *resource.Block, a schema.Attr)) {
	for _, a := range body.Attrs {
		visit(func(b *resource.Block) *resource.Block { return b }, a)
	}
	for _, n := range body.Blocks {
		eachArgument(n.Body, func(nest func(*resource.Block) *resource.Block, a schema.Attr) {
			visit(func(b *resource.Block) *resource.Block {
				inner := nest(b)
				inner.Type, inner.Label = n.Type, "a"
				return &resource.Block{Blocks: []*resource.Block{inner}}
			}, a)
		})
	}
}

// FuzzWords reads any JSON as an object of each kind: whatever a target holds
// can be shown, the same each time, and nothing of spec is lost on the way.
func FuzzWords(f *testing.F) {
	for _, seed := range []string{
		`{"spec":{"parentRefs":[{"name":"a","sectionName":"b"}],"rules":[{"matches":[{"path":{"value":"/"},"method":"GET"},{"method":"HEAD"}],"filters":[{"type":"URLRewrite","urlRewrite":{"path":{"type":"ReplaceFullPath","replaceFullPath":"/"}}}],"backendRefs":[{"name":"a","port":80,"weight":2},{"name":"a","port":80}]}]}}`,
		`{"spec":{"gatewayClassName":"a","listeners":[{"name":"a","port":80,"protocol":"HTTPS","tls":{},"allowedRoutes":{"namespaces":{"from":"Selector"}}}]}}`,
		`{"spec":{"controllerName":"a/b","description":"c","parametersRef":{"group":"","kind":"ConfigMap","name":"d","namespace":"e","more":1}}}`,
		`{"spec":{"endpoints":[{"ip":{"address":"1.2.3.4","port":80}},{"fqdn":{"hostname":"a","port":80}}]}}`,
		`{"spec":{"listeners":[{"name":"a","port":443,"protocol":"HTTPS","tls":{"mode":"Terminate","certificateRefs":[{"name":"b","namespace":"c"},{"kind":1}]}}]}}`,
		`{"spec":{"targetRefs":[{"group":"","kind":"Service","name":"a","sectionName":"b"}],"validation":{"hostname":"a.b","caCertificateRefs":[{"group":"","kind":"ConfigMap","name":"c"}],"subjectAltNames":[{"type":"URI","uri":"a://b"},{"type":"Hostname","hostname":"c"}]},"options":{"a/b":"c"}}}`,
		`{"spec":{"targetRefs":[{}],"validation":{"wellKnownCACertificates":"System","subjectAltNames":[{"type":"URI","hostname":"c"}]},"options":{"a":1}}}`,
		`{"metadata":{"annotations":{"tls.gwctl.dev/cert-file":"a","tls.gwctl.dev/key-file":"b","tls.gwctl.dev/ca-file":"c"}},"data":{"tls.key":"secret"}}`,
		`{"spec":{"rules":[{"filters":[{"type":"ExternalAuth","externalAuth":{"protocol":"GRPC","backendRef":{"name":"a","port":1},"grpc":{"path":"/a","allowedHeaders":["b"]},"forwardBody":{"maxSize":1}}}]}]}}`,
		`{"spec":{"tls":{"backend":{"clientCertificateRef":{"name":"a","kind":"Secret"}},"frontend":{"default":{"validation":{"caCertificateRefs":[{"name":"b","kind":"ConfigMap","group":""}],"mode":"AllowInsecureFallback"}},"perPort":[{"port":443,"tls":{}},{"port":444,"tls":{"validation":1}},{"tls":{"more":1}}]}}}}`,
		`{"spec":{"allowedListeners":{"namespaces":{"from":"Selector","selector":{"matchExpressions":[{"key":"a","operator":"In","values":["b"]},{"key":1}]}}},"infrastructure":{"labels":{"a":"b"},"annotations":{"a":1},"parametersRef":{"kind":"ConfigMap","group":"","name":"c"}}}}`,
		`{"spec":{"parentRefs":[{"kind":"ListenerSet","name":"a","port":80}],"rules":[{"matches":[{"method":{"service":"a.B","method":"C"}},{"method":{"type":"Exact","service":"a.B","method":"D"}},{"method":{"type":"RegularExpression","service":"a","method":"b"}},{"method":{"type":1}},{}],"backendRefs":[{"name":"a","port":80}]}]}}`,
		`{"spec":{"parentRef":{"name":"a","namespace":"b"},"from":[{"group":"","kind":"Service","namespace":"a"},{"kind":1}],"to":[{"group":"a","kind":"Service"},{"kind":"Secret","name":"b"}]}}`,
		`{"metadata":{"name":1,"labels":{"a":1}},"spec":{"rules":{"a":1},"hostnames":[1],"parentRefs":[[]]}}`,
		`{"spec":{"rules":[null,{"name":"a","matches":[null],"timeouts":[],"filters":{"type":1}}]}}`,
		`{"metadata":{"annotations":{"gwctl.dev/rate-limits":"global rate_limit.a b\nlocal rate_limit.c d"}},"spec":{"targetRefs":[{"group":"gateway.networking.k8s.io","kind":"HTTPRoute","name":"a","sectionName":"b"}],"mergeType":"StrategicMerge","rateLimit":{"global":{"rules":[{"clientSelectors":[{"headers":[{"name":":path","type":"RegularExpression","value":"/a([/?].*)?","invert":true},{"name":":method","value":"GET|","invert":true},{"name":"b","type":"Distinct"}],"methods":[{"value":"GET"}],"path":{"value":"/"},"sourceCIDR":{"value":"::/0","type":"Distinct"},"queryParams":[{"name":"a"}]}],"limit":{"requests":1,"unit":"Hour"}},{"limit":{}},null]},"local":{"rules":[{"limit":{"requests":1,"unit":"Second"}}]}},"responseOverride":[{"match":{"statusCodes":[{"value":429}]},"source":"Local","response":{"statusCode":503,"body":{"inline":"%"}}}]}}`,
		`{"spec":{"rateLimit":{"type":"Global","global":{"rules":7},"local":[]},"responseOverride":[{"response":7}]}}`,
		`{"spec":{"targetRefs":[{"group":"gateway.networking.k8s.io","kind":"Gateway","name":"a"}],"clientIPDetection":{"xForwardedFor":{"numTrustedHops":2,"trustedCIDRs":["10.0.0.0/8"]}}}}`,
		`{"metadata":{"annotations":{"gwctl.dev/canary":"{\"routes\":[{\"kind\":\"HTTPRoute\",\"name\":\"a\"}],\"steps\":[{\"name\":\"b\",\"weight\":-5}]}"}}}`,
		`{"metadata":{"annotations":{"gwctl.dev/canary":"[]"}}}`,
		`{"spec":[]}`, `{}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, k := range All() {
			o, again := decodeObject(text, k), decodeObject(text, k)
			if o == nil {
				return
			}
			b, err := k.Decode(o, nil)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(o, again) {
				t.Error("the object was changed")
			}
			if twice, _ := k.Decode(o, nil); !reflect.DeepEqual(b, twice) {
				t.Error("the second reading differs")
			}
			spec, _ := o.Object["spec"].(map[string]any)
			if want := names(k, spec); !slices.Equal(want, readBack(k, b, want)) {
				t.Errorf("of %v, block %+v has only %v", want, b, readBack(k, b, want))
			}
			_, _ = Codec{}.Encode(resource.Address{Kind: k.Name, Name: "a"}, b)
			Codec{}.Traffic(resource.Address{Kind: k.Name, Name: "a"}, resource.IDOf(o), b, func(resource.ID) (*resource.Object, bool) { return o, true })
			Codec{}.Claims(b)
		}
	})
}

func decodeObject(text []byte, k *Kind) *resource.Object {
	o := &resource.Object{}
	if json.Unmarshal(text, &o.Object) != nil || o.Object == nil {
		return nil
	}
	gvk := k.Object
	if k.makesAny() {
		gvk = runtime.GroupVersionKind{Group: "example.com", Version: "v1", Kind: "Widget"}
	}
	o.SetGroupVersionKind(gvk)
	return o
}

// names returns the fields of a spec that hold anything.
func names(k *Kind, spec map[string]any) []string {
	if k.Named || k == canary {
		return nil // Secrets and ConfigMaps have none
	}
	var out []string
	for key, v := range spec {
		if holdsNothing(v) {
			continue
		}
		if k.Name == "backend" && key == "type" && v == "Endpoints" {
			continue // the default
		}
		out = append(out, key)
	}
	slices.Sort(out)
	return out
}

func holdsNothing(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		for _, e := range v {
			if !holdsNothing(e) {
				return false
			}
		}
		return true
	}
	return false
}

// readBack returns those names that a block says anything of.
func readBack(k *Kind, b *resource.Block, names []string) []string {
	said := map[string]bool{}
	if a := b.Attr("other"); a != nil {
		for key := range a.Value.(map[string]any) {
			said[key] = true
		}
	}
	if object, ok := valueOf(b, "object").(map[string]any); ok {
		spec, _ := object["spec"].(map[string]any)
		for key := range spec {
			said[key] = true
		}
	}
	for field, words := range map[string][]string{
		"gatewayClassName": {"class"}, "hostnames": {"hostnames"}, "endpoints": {"endpoints", "dns"}, "addresses": {"addresses"}, "controllerName": {"controller"}, "description": {"description"}, "parametersRef": {"parameters"}, "parentRefs": {"gateway", "listener_set"}, "parentRef": {"gateway"}, "tls": {"client_certificate"}, "targetRefs": {"target", "targets"}, "mergeType": {"merge"}, "validation": {"hostname", "certificate_authorities", "system_cas", "subject_alt_names"}, "options": {"options"},
	} {
		for _, word := range words {
			said[field] = said[field] || b.Attr(word) != nil
		}
	}
	for typ, field := range map[string]string{
		"listener": "listeners", "rule": "rules", "refusal": "responseOverride", "attach": "parentRefs",
		"infrastructure": "infrastructure", "allowed_listeners": "allowedListeners", "client_validation": "tls", "from": "from", "to": "to",
	} {
		said[field] = said[field] || len(b.BlocksOf(typ)) > 0
	}
	said["rateLimit"] = said["rateLimit"] || said["rules"]
	said["clientIPDetection"] = said["clientIPDetection"] || b.Attr("trusted_hops") != nil || b.Attr("trusted_cidrs") != nil
	var out []string
	for _, name := range names {
		if said[name] {
			out = append(out, name)
		}
	}
	return out
}
