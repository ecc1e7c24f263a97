package kinds

import (
	"strings"

	"github.com/gwctl/gwctl/internal/resource"
	runtime "k8s.io/apimachinery/pkg/runtime/schema"
)

// material is what TLS needs and gwctl never reads: files of an xDS server, for
// which the block makes an object that names them, or an object of a cluster,
// which the block names.
type material struct {
	block   string
	object  runtime.GroupVersionKind
	named   string // the argument that names an object of a cluster
	files   []fileArgument
	fields  map[string]any // of the object, besides the names of files
	example string         // how files are named
	create  string         // how the object of a cluster comes to be
}

// fileArgument is an argument that names a file, and the annotation that it
// becomes.
type fileArgument struct{ arg, annotation string }

func (m *material) refer(b *resource.Block, a resource.Address, in Scope) resource.Ref {
	ref := resource.Ref{Address: a, ID: identify(m.object.GroupKind(), b, a, in)}
	if named := argument(b, m.named); named != nil {
		ref.ID.Name, _ = named.Value.(string)
	}
	return ref
}

func (m *material) encode(b *resource.Block, f *Fragment) {
	named, files := argument(b, m.named), m.given(b)
	switch {
	case named == nil && files == nil:
		f.Errorf(b.Range, m.title()+" from nowhere", "Say where it is: %s, which are read on the xDS server's machine, or %s = \"NAME\", a %s of a Kubernetes cluster.", m.example, m.named, m.object.Kind)
	case named != nil && files != nil:
		f.Errorf(files.Range, m.title()+" from two places", "%s is a %s of a Kubernetes cluster, and %s is read on an xDS server. Keep one of them.", m.named, m.object.Kind, files.Name)
	case named != nil && f.Scope.Provider == "xds":
		f.Errorf(named.Range, m.object.Kind+" on an xDS server", "An xDS server has no cluster to ask for a %s. Name what it reads on its own machine: %s.", m.object.Kind, m.example)
	case files != nil && f.Scope.Provider == "kubernetes":
		f.Errorf(files.Range, "File on Kubernetes", "%s is read on an xDS server; a cluster has a %s instead. Make one (%s), and name it: %s = \"NAME\".", files.Name, m.object.Kind, m.create, m.named)
	}
	if named != nil {
		m.encodeNamed(b, f)
		return
	}
	for field, value := range m.fields {
		f.Root().Set(field, value, within(b))
	}
	annotations := f.Root().Map("metadata", within(b)).Map("annotations", within(b))
	for _, file := range m.files {
		path, a := f.text(b, file.arg)
		switch {
		case a == nil && files != nil && argument(b, file.arg) == nil:
			f.Errorf(b.Range, "Missing file", "%s is missing: a %s is %s.", file.arg, m.block, m.example)
		case a == nil:
		case path == "":
			f.Errorf(a.Range, "No file", "%s must name a file on the xDS server's machine.", file.arg)
		default:
			annotations.Entry(file.annotation, path, from(a))
		}
	}
	if given, a := f.textEntries(b, "annotations"); a != nil {
		for _, e := range given {
			if strings.HasPrefix(e.key, resource.FilePrefix) {
				f.Errorf(fromKey(a, e.key).at, "Reserved key", "%q in annotations names a file, which is said with %s.", e.key, m.example)
			}
		}
	}
}

// encodeNamed checks a block that makes no object.
func (m *material) encodeNamed(b *resource.Block, f *Fragment) {
	f.MakesNothing()
	if name, a := f.text(b, m.named); a != nil && name == "" {
		f.Errorf(a.Range, "No "+m.object.Kind, "%s must name a Kubernetes %s.", m.named, m.object.Kind)
	}
	for _, arg := range []string{"name", "labels", "annotations"} {
		if a := argument(b, arg); a != nil {
			f.Errorf(a.Range, "Argument without effect", "A %s that is a %s makes no object, so %s says nothing. Remove it.", m.block, m.object.Kind, arg)
		}
	}
}

// given returns the first argument of a block that names a file.
func (m *material) given(b *resource.Block) *resource.Attr {
	for _, file := range m.files {
		if a := argument(b, file.arg); a != nil {
			return a
		}
	}
	return nil
}

// title starts a headline.
func (m *material) title() string {
	return strings.ToUpper(m.block[:1]) + strings.ReplaceAll(m.block[1:], "_", " ")
}

// decode shows which files or which object it is, and nothing that they hold.
func (m *material) decode(o *resource.Object, names Names) (*resource.Block, error) {
	if !resource.NamesFiles(o) {
		b := &resource.Block{Type: m.block, Label: labelOf(o, names)}
		set(b, m.named, o.GetName())
		if ns := o.GetNamespace(); ns != "" {
			set(b, "namespace", ns)
		}
		return b, nil
	}
	b := decodeMetadata(o, m.block, names)
	annotations := o.GetAnnotations()
	for _, file := range m.files {
		if path := annotations[file.annotation]; path != "" {
			set(b, file.arg, path)
		}
		delete(annotations, file.annotation)
	}
	plain := o.DeepCopy()
	plain.SetAnnotations(annotations)
	decodeLabels(plain, b)
	return b, nil
}
