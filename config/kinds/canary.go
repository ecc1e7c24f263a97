package kinds

import (
	"encoding/json"
	"math"

	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/internal/split"
	"github.com/zclconf/go-cty/cty"
	runtime "k8s.io/apimachinery/pkg/runtime/schema"
)

// canaryObject is where a canary is remembered: a ConfigMap without data, on
// which an annotation has what the block says.
var canaryObject = runtime.GroupVersionKind{Version: "v1", Kind: "ConfigMap"}

// canariedRoutes are the blocks whose requests a canary can divide.
var canariedRoutes = []string{"http_route", "grpc_route"}

var canary = &Kind{
	Name: "canary",
	Doc: "A candidate that is to take the place of a stable backend, step by step. The rules of `routes` that forward to `stable` forward to both, and the weights are not the " +
		"configuration's: at first stable gets all requests, and a plan leaves weights as they are live until the block names another candidate. Such a forward has no `weight`, and is the only one of its rule.",
	Example: `
backend "checkout_v1" { endpoints = ["10.0.2.1:8080"] }
backend "checkout_v2" { endpoints = ["10.0.2.2:8080"] }

http_route "checkout" {
  gateway   = gateway.public
  listener  = "http"
  hostnames = ["checkout.example.com"]
  rule "all" {
    forward { to = backend.checkout_v1 } # no weight: the canary has it
  }
}

canary "checkout" {
  routes    = [http_route.checkout]
  stable    = backend.checkout_v1
  candidate = backend.checkout_v2
  step "first" {
    weight = 5
    hold   = "5m"
  }
  step "half" {
    weight   = 50
    hold     = "10m"
    approval = true
  }
}`,
	Object: canaryObject,
	Schema: schema.Body{
		Attrs: withMetadata(
			schema.Attr{Name: "routes", Type: schema.Refs, Refs: canariedRoutes, Required: true, Doc: "The routes whose requests are divided, of this configuration and of the same provider: `[http_route.orders]`."},
			schema.Attr{Name: "stable", Type: schema.Ref, Refs: []string{"backend"}, Required: true, Doc: "The backend that the rules forward to."},
			schema.Attr{Name: "candidate", Type: schema.Ref, Refs: []string{"backend"}, Required: true, Doc: "The backend that is to take its place."},
			schema.Attr{Name: "min_ready", Type: cty.Number, Default: "1", Doc: "How many endpoints of the candidate have to be ready before it gets more requests."},
		),
		Blocks: []schema.Block{{
			Type: "step", Label: "name", Min: 1, Max: 64,
			Doc: "A stage of the way. After the last one the candidate gets all requests.",
			Body: schema.Body{Attrs: []schema.Attr{
				{Name: "weight", Type: cty.Number, Required: true, Doc: "Percent of the requests that the candidate gets, in steps of 0.0001: no less than in the step before."},
				{Name: "hold", Type: cty.String, Default: `"0s"`, Doc: "How long the step lasts at least, as a duration such as `5m`."},
				{Name: "approval", Type: cty.Bool, Default: "false", Doc: "Whether somebody has to approve the step before it begins."},
			}},
		}},
	},
	Identity: []string{"name", "namespace"},
	Refer:    referTo(called(canaryObject.GroupKind())),
	Encode:   encodeCanary,
	Decode:   decodeCanary,
	Fits:     func(o *resource.Object) bool { return o.GetAnnotations()[resource.AnnotationCanary] != "" },
}

// canaryDoc is what the annotation has: the block, but for names and defaults.
type canaryDoc struct {
	Routes    []resource.ID `json:"routes"`
	Stable    split.Backend `json:"stable"`
	Candidate split.Backend `json:"candidate"`
	MinReady  int64         `json:"min_ready"`
	Steps     []canaryStep  `json:"steps"`
}

type canaryStep struct {
	Name     string `json:"name"`
	Weight   int64  `json:"weight"` // in parts of split.Whole
	Hold     string `json:"hold,omitempty"`
	Approval bool   `json:"approval,omitempty"`
}

// defaultMinReady is min_ready where a canary does not say it.
const defaultMinReady = 1

func encodeCanary(b *resource.Block, f *Fragment) {
	doc := canaryDoc{MinReady: defaultMinReady}
	routes, a := f.refs(b, "routes", "http_route", httpRoute.Object.GroupKind())
	if a != nil && len(routes) == 0 {
		f.Errorf(a.Range, "Canary without a route", "routes names nothing. Name the routes whose requests are divided: [http_route.NAME].")
	}
	for _, r := range routes {
		doc.Routes = append(doc.Routes, r.ID)
	}
	stable, _ := f.ref(b, "stable", "backend", backendObject.GroupKind())
	candidate, at := f.ref(b, "candidate", "backend", backendObject.GroupKind())
	doc.Stable, doc.Candidate = backendOf(stable, f.ID.Namespace), backendOf(candidate, f.ID.Namespace)
	if at != nil && doc.Stable == doc.Candidate {
		f.Errorf(at.Range, "Candidate for its own place", "stable and candidate are both %s. Name the backend that is to take its place.", candidate)
	}
	if n, a := f.number(b, "min_ready"); a != nil {
		if doc.MinReady = n; n < 0 {
			f.Errorf(a.Range, "Invalid number", "min_ready is %d; it is 0 or more.", n)
		}
	}
	steps := b.BlocksOf("step")
	checkLabels(f, steps)
	before := int64(0)
	for _, n := range steps {
		step, ok := encodeCanaryStep(n, f)
		if ok && step.Weight < before {
			f.Errorf(argument(n, "weight").Range, "Step back", "weight is %v%%, and the step before has %v%%. Steps give the candidate no less than before; to go back, abort the canary.", percentOf(step.Weight), percentOf(before))
		}
		before = max(before, step.Weight)
		doc.Steps = append(doc.Steps, step)
	}
	text, err := json.Marshal(doc)
	if err != nil { // it has text and numbers alone
		f.Errorf(b.Range, "Canary that cannot be written", "%s.", err)
		return
	}
	f.annotate(resource.AnnotationCanary, string(text), within(b))
}

// encodeCanaryStep also reports whether the weight is one.
func encodeCanaryStep(b *resource.Block, f *Fragment) (step canaryStep, ok bool) {
	step.Name = b.Label
	if a := argument(b, "weight"); a != nil {
		step.Weight, ok = partsOf(a.Value)
		if !ok {
			f.Errorf(a.Range, "Invalid weight", "weight is %v; it is percent of the requests, 0 to 100, with at most four digits behind the point.", a.Value)
		}
	}
	if hold, d, a := f.duration(b, "hold"); a != nil && d > 0 {
		step.Hold = hold
	}
	step.Approval, _ = f.flag(b, "approval")
	return step, ok
}

// partsOf turns percent into parts of split.Whole.
func partsOf(v any) (int64, bool) {
	var percent float64
	switch v := v.(type) {
	case int64:
		percent = float64(v)
	case float64:
		percent = v
	default:
		return 0, false
	}
	parts := percent * split.Whole / 100
	rounded := math.Round(parts)
	if !(percent >= 0 && percent <= 100) || math.Abs(parts-rounded) > 1e-6 {
		return 0, false
	}
	return int64(rounded), true
}

// percentOf turns parts of split.Whole into percent, as a value of an argument.
func percentOf(parts int64) any {
	const onePercent = split.Whole / 100
	if parts%onePercent == 0 {
		return parts / onePercent
	}
	return float64(parts) / onePercent
}

func decodeCanary(o *resource.Object, names Names) (*resource.Block, error) {
	b := decodeMetadata(o, "canary", names)
	var doc canaryDoc
	if err := json.Unmarshal([]byte(o.GetAnnotations()[resource.AnnotationCanary]), &doc); err != nil {
		decodeLabels(o, b)
		return b, nil // somebody else wrote it: it says nothing of a canary
	}
	refer := func(id resource.ID, port int64) resource.Ref {
		a, _ := names.find(id)
		return resource.Ref{Address: a, ID: id, Port: port}
	}
	var routes []any
	for _, id := range doc.Routes {
		routes = append(routes, refer(id, 0))
	}
	set(b, "routes", routes)
	set(b, "stable", refer(doc.Stable.ID, doc.Stable.Port))
	set(b, "candidate", refer(doc.Candidate.ID, doc.Candidate.Port))
	if doc.MinReady != defaultMinReady {
		set(b, "min_ready", doc.MinReady)
	}
	for _, step := range doc.Steps {
		n := &resource.Block{Type: "step", Label: step.Name}
		set(n, "weight", percentOf(step.Weight))
		if step.Hold != "" {
			set(n, "hold", step.Hold)
		}
		if step.Approval {
			set(n, "approval", true)
		}
		b.Blocks = append(b.Blocks, n)
	}
	decodeLabels(o, b)
	return b, nil
}
