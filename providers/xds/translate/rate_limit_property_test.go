package translate_test

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	ratelimitv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/ratelimit/v3"
	rlsv3 "github.com/envoyproxy/go-control-plane/ratelimit/config/ratelimit/v3"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers/xds/translate"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"
)

// TestTranslatorKnowsWhichLimitsHold edits policies above routes that are all
// attached: what a Translator remembers of routes is not what others held for
// them, and the limiter is told of all that it will be asked.
func TestTranslatorKnowsWhichLimitsHold(t *testing.T) {
	data, err := os.ReadFile("testdata/rate_limits_world.yaml")
	if err != nil {
		t.Fatal(err)
	}
	world := parse(t, data)
	counted := 0
	rapid.Check(t, func(t *rapid.T) {
		d := draw{t}
		fresh := func() *translate.Translator {
			translator := translate.NewTranslator()
			translator.Limiter = "10.0.0.1:8081"
			return translator
		}
		warm, objects := fresh(), store{}
		for _, o := range world {
			objects[resource.IDOf(o.Object)] = o
		}
		for range rapid.IntRange(1, 6).Draw(t, "edits") {
			p := &resource.Object{Object: map[string]any{
				"apiVersion": "gateway.envoyproxy.io/v1alpha1", "kind": "BackendTrafficPolicy",
				"metadata": map[string]any{"name": d.of("policy", "a", "b", "c"), "namespace": "default"}, "spec": anyTrafficPolicy(d),
			}}
			if d.odds("remove", 4) {
				delete(objects, resource.IDOf(p))
			} else {
				objects[resource.IDOf(p)] = translate.Object{Object: p, Created: time.Unix(int64(rapid.IntRange(0, 2).Draw(t, "created")), 0)}
			}
			list := objects.list()
			got := warm.Translate(rapid.Permutation(list).Draw(t, "order"))
			if want := fresh().Translate(list); !reflect.DeepEqual(allOf(got), allOf(want)) {
				t.Fatalf("got %s\nwant %s", shown(got), shown(want))
			}
			for _, s := range got.Gateways {
				n, err := checkCounted(s, got.Limits)
				if err != nil {
					t.Fatal(err)
				}
				counted += n
			}
		}
	})
	if counted == 0 {
		t.Error("no limit held for any route")
	}
}

// anyTrafficPolicy draws limits for what is often there.
func anyTrafficPolicy(d draw) map[string]any {
	spec := map[string]any{"targetRefs": d.list("targets", 2, 4, func() any {
		t := map[string]any{
			"group": "gateway.networking.k8s.io", "kind": d.of("target kind", "HTTPRoute", "Gateway", "GRPCRoute", "ListenerSet"), "name": d.of("target", "a", "b"),
		}
		d.maybe(t, "sectionName", nil, nil, nil, "l", "a", "b")
		if d.rarely("bad target") {
			t["kind"] = "UDPRoute"
		}
		return t
	})}
	d.maybe(spec, "mergeType", nil, "StrategicMerge")
	limits := map[string]any{}
	for _, scope := range []string{"local", "global"} {
		if d.odds(scope, 2) {
			limits[scope] = map[string]any{"rules": d.list(scope+" rules", 1, 2, func() any { return anyLimit(d, scope) })}
		}
	}
	spec["rateLimit"] = limits
	if d.odds("refuses", 3) {
		spec["responseOverride"] = []any{map[string]any{
			"match": map[string]any{"statusCodes": []any{map[string]any{"type": "Value", "value": int64(429)}}}, "source": "Local",
			"response": map[string]any{"statusCode": int64(503)},
		}}
	}
	if d.rarely("more") {
		spec["circuitBreaker"] = map[string]any{}
	}
	return spec
}

func anyLimit(d draw, scope string) any {
	out := map[string]any{"limit": map[string]any{
		"requests": rapid.SampledFrom([]int64{1, 100, 4294967295}).Draw(d.T, "requests"),
		"unit":     d.of("unit", "Second", "Minute", "Month", "Year"),
	}}
	d.maybe(out, "clientSelectors", nil,
		[]any{map[string]any{"headers": []any{map[string]any{"name": "x-a", "type": "Distinct"}}}},
		[]any{map[string]any{"headers": []any{map[string]any{"name": "x-a", "value": "b", "invert": true}}}},
		[]any{map[string]any{"methods": []any{map[string]any{"value": "GET"}, map[string]any{"value": "PUT", "invert": true}}}},
		[]any{map[string]any{"path": map[string]any{"type": "RegularExpression", "value": "/a|/b"}, "queryParams": []any{map[string]any{"name": "q", "value": "v"}}}},
		[]any{map[string]any{"queryParams": []any{map[string]any{"name": "q", "type": "Distinct"}}}},
		[]any{map[string]any{"sourceCIDR": map[string]any{"type": "Distinct", "value": "::/0"}}},
	)
	if scope == "global" && d.odds("shared", 2) {
		out["shared"] = true
	}
	if d.rarely("bad limit") {
		out["limit"] = map[string]any{"requests": int64(0), "unit": "Second"}
	}
	return out
}

// checkCounted finds limits that an Envoy would ask of a limiter that knows
// nothing of them, or that its listener has no filter for. It returns how often
// one is asked.
func checkCounted(s *translate.Snapshot, limits map[string]*translate.Resource) (int, error) {
	known, n := false, 0
	for _, r := range s.Resources[translate.Listener] {
		known = known || len(r.Clusters) > 0
	}
	for _, r := range s.Resources[translate.Route] {
		var table routev3.RouteConfiguration
		if err := proto.Unmarshal(r.Body, &table); err != nil {
			return 0, err
		}
		for _, h := range table.VirtualHosts {
			for _, route := range h.Routes {
				for filter, config := range route.TypedPerFilterConfig {
					if !strings.HasPrefix(filter, "envoy.filters.http.ratelimit") {
						continue
					}
					var asked ratelimitv3.RateLimitPerRoute
					if err := config.UnmarshalTo(&asked); err != nil {
						return 0, err
					}
					if !known {
						return 0, fmt.Errorf("%s asks a limiter, and no listener knows one", route.Name)
					}
					if err := checkKnown(&asked, limits[asked.Domain]); err != nil {
						return 0, fmt.Errorf("%s: %w", route.Name, err)
					}
					n++
				}
			}
		}
	}
	return n, nil
}

func checkKnown(asked *ratelimitv3.RateLimitPerRoute, told *translate.Resource) error {
	if told == nil {
		return fmt.Errorf("the limiter has no domain %s", asked.Domain)
	}
	var config rlsv3.RateLimitConfig
	if err := proto.Unmarshal(told.Body, &config); err != nil {
		return err
	}
	for _, limit := range asked.RateLimits {
		known := config.Descriptors
		var last *rlsv3.RateLimitDescriptor
		for _, action := range limit.Actions {
			key := keyOf(action)
			last = nil
			for _, d := range known {
				if d.Key == key {
					last, known = d, d.Descriptors
					break
				}
			}
			if last == nil {
				return fmt.Errorf("the limiter does not know %q in %s", key, asked.Domain)
			}
		}
		if last.GetRateLimit().GetRequestsPerUnit() == 0 || last.RateLimit.Unit == rlsv3.RateLimitUnit_UNKNOWN {
			return fmt.Errorf("the limiter has no limit for %v", limit.Actions)
		}
	}
	return nil
}

func keyOf(a *routev3.RateLimit_Action) string {
	switch {
	case a.GetGenericKey() != nil:
		return a.GetGenericKey().DescriptorKey
	case a.GetHeaderValueMatch() != nil:
		return a.GetHeaderValueMatch().DescriptorKey
	case a.GetRequestHeaders() != nil:
		return a.GetRequestHeaders().DescriptorKey
	case a.GetQueryParameters() != nil:
		return a.GetQueryParameters().DescriptorKey
	case a.GetQueryParameterValueMatch() != nil:
		return a.GetQueryParameterValueMatch().DescriptorKey
	}
	return a.GetRemoteAddressMatch().GetDescriptorKey()
}
