package manifest

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/gwctl/gwctl/internal/resource"
)

// mark is the first line of the files that gwctl may overwrite and remove.
const mark = "# Rendered by gwctl: change the configuration instead."

// index is the file that lists the others, for kustomize, Argo CD and Flux.
const index = "kustomization.yaml"

// Made is an object with the blocks that make it.
type Made struct {
	Object *resource.Object
	By     []resource.Address
}

// File is one object as it stands in a folder.
type File struct {
	Path string // from the folder, with slashes
	ID   resource.ID
	By   []resource.Address
	Text []byte
}

// Render writes each object as a file of its own, NAMESPACE/KIND-NAME.yaml, so
// that a review sees which object of which namespace changes, and the folder of
// a namespace may have an owner of its own. They are sorted: what belongs to no
// namespace comes first.
func Render(made []Made) ([]File, error) {
	files := make([]File, 0, len(made))
	at := make(map[string]resource.ID, len(made))
	for _, m := range made {
		yaml, err := Encode(m.Object)
		if err != nil {
			return nil, err
		}
		f := File{ID: resource.IDOf(m.Object), By: m.By}
		f.Path = pathOf(f.ID)
		if other, taken := at[f.Path]; taken {
			return nil, fmt.Errorf("%s of %s and of %s would both be %s: rename one of them", f.ID, other.Group, f.ID.Group, f.Path)
		}
		at[f.Path] = f.ID
		f.Text = append([]byte(mark+"\n# "+join(m.By)+"\n"), yaml...)
		files = append(files, f)
	}
	slices.SortFunc(files, func(a, b File) int {
		return cmp.Or(strings.Compare(a.ID.Namespace, b.ID.Namespace), strings.Compare(a.Path, b.Path))
	})
	return files, nil
}

func join(addresses []resource.Address) string {
	texts := make([]string, len(addresses))
	for i, a := range addresses {
		texts[i] = a.String()
	}
	return strings.Join(texts, ", ")
}

// ordinary are the groups whose kinds go without it in names of files.
var ordinary = []string{"", "apps", "gateway.networking.k8s.io", "gateway.envoyproxy.io"}

// longestName is what file systems take, with the ending.
const longestName = 255 - len(".yaml")

// pathOf names the file of an object. A namespace has no dot, and a kind no
// hyphen, so that no two objects of the ordinary groups have one path, and none
// has that of the index.
func pathOf(id resource.ID) string {
	name := strings.ToLower(id.Kind)
	if !slices.Contains(ordinary, id.Group) {
		name += "." + id.Group
	}
	name += "-" + id.Name
	if len(name) > longestName {
		sum := sha256.Sum256([]byte(name))
		name = fmt.Sprintf("%s-%x", name[:longestName-9], sum[:4])
	}
	return path.Join(id.Namespace, name+".yaml")
}

// Stream writes the objects of files as one multi-document YAML.
func Stream(files []File) []byte {
	var out bytes.Buffer
	for i, f := range files {
		if i > 0 {
			out.WriteString("---\n")
		}
		out.Write(bytes.TrimPrefix(f.Text, []byte(mark+"\n")))
	}
	return out.Bytes()
}

// indexOf is the file that lists the others.
func indexOf(files []File) []byte {
	var out bytes.Buffer
	out.WriteString(mark + "\napiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n")
	if len(files) == 0 {
		out.WriteString("resources: []\n")
		return out.Bytes()
	}
	out.WriteString("resources:\n")
	for _, f := range files {
		out.WriteString("- " + f.Path + "\n")
	}
	return out.Bytes()
}
