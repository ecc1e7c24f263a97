package manifest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

const several = `# Two documents, the second of which is a list.
apiVersion: v1
kind: ConfigMap
metadata:
  name: a
data: &data
  on: "yes"
  port: "010"
---
---
apiVersion: v1
kind: List
items:
- apiVersion: gateway.networking.k8s.io/v1
  kind: HTTPRoute
  metadata: {name: r, namespace: shop}
  spec:
    rules:
    - matches:
      - path:
          value: /a
- apiVersion: v1
  kind: ConfigMap
  metadata:
    name: b
  data:
    <<: *nothing
`

func TestObjectsAreFoundWithTheirLines(t *testing.T) {
	docs, err := Decode("x.yaml", []byte(strings.Replace(several, "    <<: *nothing\n", "    key: value\n", 1)))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range docs {
		got = append(got, d.Object.GetKind()+" "+d.Object.GetName())
	}
	if d := cmp.Diff([]string{"ConfigMap a", "HTTPRoute r", "ConfigMap b"}, got); d != "" {
		t.Fatal(d)
	}
	if docs[0].Line != 2 || docs[1].Line != 14 || docs[2].Line != 22 {
		t.Errorf("they begin at %d, %d and %d", docs[0].Line, docs[1].Line, docs[2].Line)
	}
	for path, want := range map[string]int{
		"spec.rules[0].matches[0].path.value": 21,
		"spec.rules[0].matches[0].path.type":  20,
		"spec.rules[7]":                       18,
		"metadata.labels[a/b]":                16,
		"":                                    14,
		"status":                              14,
	} {
		if line := docs[1].LineOf(path); line != want {
			t.Errorf("%q is at line %d, and not at %d", path, line, want)
		}
	}
}

func TestWhatIsNoObjectIsSaidWithItsLine(t *testing.T) {
	tests := map[string]string{
		"a: [":                            "line 1: This is no YAML",
		"a: 1\na: 2\napiVersion: v1":      `line 2: The key "a" stands in this map twice.`,
		"- a":                             "line 1: This is no Kubernetes object: it is no map",
		"---\n\nkind: X":                  "line 3: This is no Kubernetes object: it has no apiVersion.",
		"apiVersion: v1\nkind: 1":         "it has no kind",
		"apiVersion: v1\nkind: ConfigMap": "line 1: This ConfigMap has no name",
		"apiVersion: v1\nkind: X\nmetadata:\n  name: 7":                      "metadata.name must be a string",
		"apiVersion: v1\nkind: X\nmetadata:\n  name: a\nspec:\n  {a: b}: c":  "line 6: A key must be a string.",
		"apiVersion: v1\nkind: X\nmetadata:\n  name: a\nspec: .nan":          "line 5: .nan is no number that an object can have.",
		"apiVersion: v1\nkind: X\nmetadata:\n  name: a\nspec: !!binary eA==": "line 5: A value tagged !!binary",
		"apiVersion: v1\nkind: X\nmetadata:\n  name: a\nspec:\n  <<: 1":      "line 6: What << merges must be a map.",
		"apiVersion: v1\nkind: List\nitems:\n- kind: X\n- 7":                 "line 5: This is no Kubernetes object",
		"a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: [*f,*f,*f,*f,*f,*f,*f,*f,*f,*f]": "too large once its aliases are written out",
	}
	for text, want := range tests {
		docs, err := Decode("x.yaml", []byte(text))
		if err == nil || !strings.Contains(err.Error(), want) || len(docs) > 0 {
			t.Errorf("%q: %v, and %d objects; want %s", text, err, len(docs), want)
		}
	}
}

// Scalars mean what they mean to kubectl, whose library this is compared with.
func TestScalarsMeanWhatTheyMeanToKubectl(t *testing.T) {
	for _, scalar := range []string{
		"yes", "No", "on", "OFF", "y", "n", `"yes"`, "'on'", "true", "True", "~", "null", "", "7", "-7", "0x1f", "0o17", "010", "1_000",
		"1e3", "1.5", ".5", "2026-11-01", "1:30", "a: b", "9223372036854775807", "1.0", "!!str 7", "|\n  a\n  b\n", "=", "0b11",
	} {
		text := "apiVersion: v1\nkind: X\nmetadata: {name: a}\nvalue: " + scalar + "\n"
		if strings.Contains(scalar, ": ") {
			text = "apiVersion: v1\nkind: X\nmetadata: {name: a}\nvalue: {" + scalar + "}\n"
		}
		docs, err := Decode("x.yaml", []byte(text))
		if err != nil {
			t.Errorf("%q: %v", scalar, err)
			continue
		}
		var got, want map[string]any
		data, err := docs[0].Object.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		if err := yaml.Unmarshal(data, &got); err != nil {
			t.Fatal(err)
		}
		if err := yaml.Unmarshal([]byte(text), &want); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want["value"], got["value"]); d != "" {
			t.Errorf("%q: %s", scalar, d)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(several))
	f.Add([]byte("a: &a {<<: *a}"))
	f.Add([]byte("apiVersion: v1\nkind: X\nmetadata: &m\n  name: a\n  labels: *m\n"))
	f.Fuzz(func(_ *testing.T, text []byte) {
		docs, _ := Decode("x.yaml", text)
		for i := range docs {
			docs[i].LineOf("spec.rules[0].matches[1].path.value")
		}
	})
}
