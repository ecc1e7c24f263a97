// Package generate turns objects that others wrote into blocks: HCL that makes
// the same objects, and says of each which live one it takes over.
package generate

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/gwctl/gwctl/config/kinds"
	"github.com/gwctl/gwctl/internal/crd"
	"github.com/gwctl/gwctl/internal/hcltext"
	"github.com/gwctl/gwctl/internal/resource"
	runtime "k8s.io/apimachinery/pkg/runtime/schema"
)

// Source is an object and where it comes from.
type Source struct {
	Object *resource.Object
	// Place finds the place of a field, "" for the object's own.
	Place func(field string) Place
}

// Place is a line of a YAML file, or a target, which has no lines.
type Place struct {
	File string
	Line int
}

// Options say what the blocks stand among.
type Options struct {
	Scope    kinds.Scope // of the provider block that will apply them
	Provider string      // what the blocks have to say about it; "" where it is clear
	// Known finds the block of the configuration that makes an object already.
	Known func(resource.ID) (resource.Address, bool)
	// Taken are the addresses of the configuration's blocks.
	Taken func(resource.Address) bool
	// Import says that the objects are live, or will be before the blocks are
	// applied.
	Import bool
}

// Result is what was generated.
type Result struct {
	Text   string // HCL
	Blocks []resource.Address
	Notes  []Note    // of what is not as it was, or may not be as expected
	Errors []Problem // where there are any, there is no text
}

// Note is for whoever reads the blocks.
type Note struct {
	Object  resource.ID
	Summary string
	Text    string
	At      Place
}

// Problem is why an object becomes no block.
type Problem struct {
	Object  resource.ID
	Summary string
	Text    string
	At      Place
	Secret  bool // the lines there are not to be shown
}

// generator is one run.
type generator struct {
	opts  Options
	out   Result
	items []*item
	byID  map[resource.ID]*item
	taken map[resource.Address]bool
}

// item is an object on its way to a block.
type item struct {
	source  Source
	object  *resource.Object // as HCL makes it: cleaned and of the version that gwctl writes
	id      resource.ID
	kind    *kinds.Kind
	address resource.Address
	why     string // it is a manifest, though gwctl has its kind
}

// Blocks generates blocks of objects, sorted as people read them: what others
// refer to comes first.
func Blocks(ctx context.Context, sources []Source, opts Options) (*Result, error) {
	g := &generator{opts: opts, byID: map[resource.ID]*item{}, taken: map[resource.Address]bool{}}
	for _, s := range sources {
		g.take(s)
	}
	if err := g.validate(ctx); err != nil {
		return nil, err
	}
	if len(g.out.Errors) > 0 {
		return &g.out, nil
	}
	slices.SortStableFunc(g.items, func(a, b *item) int {
		if c := rank(a) - rank(b); c != 0 {
			return c
		}
		return a.id.Compare(b.id)
	})
	for _, it := range g.items {
		g.name(it)
	}
	for _, it := range g.items {
		g.settle(it)
	}
	var text strings.Builder
	for i, it := range g.items {
		if i > 0 {
			text.WriteString("\n")
		}
		g.write(&text, it)
	}
	if len(g.out.Errors) == 0 {
		g.out.Text = text.String()
	}
	return &g.out, nil
}

// order is that of the kinds in a file: what is referred to comes first.
var order = []string{"gateway_class", "certificate", "certificate_authority", "reference_grant", "gateway", "listener_set", "backend", "http_route", "grpc_route", "tls_route", "tcp_route", "udp_route", "rate_limit", "client_traffic_policy"}

func rank(it *item) int {
	if i := slices.Index(order, it.kind.Name); i >= 0 {
		return i
	}
	return len(order)
}

// take looks at an object: whether it is one for a block, and of which kind.
func (g *generator) take(s Source) {
	it := &item{source: s, object: clean(s.Object)}
	it.id = resource.IDOf(it.object)
	if why, ok := g.refuse(it); ok {
		why.Object, why.At = it.id, s.Place("")
		g.out.Errors = append(g.out.Errors, why)
		return
	}
	it.kind = g.kindOf(it.object)
	if g.onServer() && (it.kind == manifest() || it.kind.Name == "gateway_class") {
		g.note(it, "Object left out", "%s becomes no block: an xDS server has no use for a %s.", it.id, it.id.Kind)
		return
	}
	g.upgrade(it)
	if it.id.Namespace == "" && !kinds.IsClusterScoped(it.id.GroupKind()) {
		it.id.Namespace = g.opts.Scope.Namespace
		it.object.SetNamespace(it.id.Namespace)
	}
	if first := g.byID[it.id]; first != nil {
		at := first.source.Place("")
		g.problem(it, "Object given twice", "%s is given at %s already. Keep one of the two.", it.id, at)
		return
	}
	if g.opts.Known != nil {
		if a, ok := g.opts.Known(it.id); ok {
			g.problem(it, "Object that a block makes already", "%s makes %s already. Leave it out.", a, it.id)
			return
		}
	}
	if tracker, ok := resource.TrackerOf(s.Object); ok {
		g.note(it, "Object that others apply", "%s is %s's (%s). Take it out of there before gwctl applies the block: it changes nothing that others apply.", it.id, tracker.Tool, tracker.What)
	}
	g.byID[it.id] = it
	g.items = append(g.items, it)
}

// String is for the middle of a sentence.
func (p Place) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s line %d", p.File, p.Line)
}

func (g *generator) problem(it *item, summary, format string, args ...any) {
	g.out.Errors = append(g.out.Errors, Problem{
		Object: it.id, Summary: summary, Text: fmt.Sprintf(format, args...), At: it.source.Place(""),
	})
}

func (g *generator) note(it *item, summary, format string, args ...any) {
	g.out.Notes = append(g.out.Notes, Note{Object: it.id, Summary: summary, Text: fmt.Sprintf(format, args...), At: it.source.Place("")})
}

// refuse says why an object is none for a block.
func (g *generator) refuse(it *item) (Problem, bool) {
	gk := it.id.GroupKind()
	switch {
	case gk == runtime.GroupKind{Kind: "Secret"} && !g.namesFiles(it.source.Object):
		return Problem{
			Summary: "Secret",
			Text:    fmt.Sprintf("%s holds values that would stand in the configuration, in plans and in the state, where everybody reads them. Leave it where it is, and refer to it: data \"secret\" \"x\" { name = %q }.", it.id, it.id.Name),
			Secret:  true,
		}, true
	case len(it.source.Object.GetOwnerReferences()) > 0:
		owner := it.source.Object.GetOwnerReferences()[0]
		return Problem{
			Summary: "Object that another one makes",
			Text:    fmt.Sprintf("%s belongs to %s %s, whose controller makes it and would undo what others write. Generate a block of that one.", it.id, owner.Kind, owner.Name),
		}, true
	}
	return Problem{}, false
}

// kindOf returns the kind of block that makes an object.
func (g *generator) kindOf(o *resource.Object) *kinds.Kind {
	gk := o.GroupVersionKind().GroupKind()
	for _, k := range kinds.All() {
		if k.Object.Kind != "" && k.Object.GroupKind() == gk && (!k.Named || g.namesFiles(o)) && (k.Fits == nil || k.Fits(o)) {
			return k
		}
	}
	return manifest()
}

// namesFiles reports whether an object is one of an xDS server that names files,
// and so holds nothing that is secret.
func (g *generator) namesFiles(o *resource.Object) bool {
	return g.onServer() && resource.NamesFiles(o) && o.Object["data"] == nil && o.Object["stringData"] == nil
}

func manifest() *kinds.Kind {
	k, _ := kinds.ByName("manifest")
	return k
}

// upgrade gives an object the version that gwctl knows of its type.
func (g *generator) upgrade(it *item) {
	have := it.object.GroupVersionKind()
	want := have
	switch {
	case !it.kind.Object.Empty():
		want = it.kind.Object
	case !crd.Known(have):
		if v1 := have.GroupKind().WithVersion("v1"); crd.Known(v1) {
			want = v1
		}
	}
	if want != have {
		it.object.SetAPIVersion(want.GroupVersion().String())
		g.note(it, "Older version", "%s is of %s, and becomes one of %s, the version that is served.", it.id, have.GroupVersion(), want.GroupVersion())
	}
}

// validate asks the schemas what they think of the objects.
func (g *generator) validate(ctx context.Context) error {
	var known []*resource.Object
	var items []*item
	for _, it := range g.items {
		if crd.Known(it.object.GroupVersionKind()) {
			known, items = append(known, it.object), append(items, it)
		}
	}
	found, err := crd.Validate(ctx, known...)
	if err != nil {
		return err
	}
	for i, problems := range found {
		for _, p := range problems {
			g.out.Errors = append(g.out.Errors, Problem{
				Object: items[i].id, Summary: "Invalid " + items[i].id.Kind,
				Text: strings.TrimSuffix(p.Error(), ".") + ".",
				At:   items[i].source.Place(p.Field),
			})
		}
	}
	return nil
}

// write writes a block, and the one that takes its object over.
func (g *generator) write(text *strings.Builder, it *item) {
	b := g.block(it)
	if it.why != "" {
		fmt.Fprintf(text, "# A manifest, since %s.\n", it.why)
	}
	if g.opts.Provider != "" {
		b.Attrs = slices.Insert(b.Attrs, 0, resource.Attr{Name: "provider", Value: hcltext.Raw(g.opts.Provider)})
	}
	text.WriteString(hcltext.Block(b))
	g.out.Blocks = append(g.out.Blocks, it.address)
	if !g.opts.Import {
		return
	}
	id := it.id.Name
	if it.id.Namespace != "" {
		id = it.id.Namespace + "/" + id
	}
	text.WriteString("\n" + hcltext.Block(&resource.Block{Type: "import", Attrs: []resource.Attr{
		{Name: "to", Value: hcltext.Raw(it.address.String())}, {Name: "id", Value: id},
	}}))
}
