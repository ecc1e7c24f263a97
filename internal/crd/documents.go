package crd

import (
	"bytes"
	"sync"

	envoygateway "github.com/envoyproxy/gateway"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// documents finds the text of each definition. It reads the lines that name
// it only: decoding all of them takes longer than validating a thousand
// objects.
var documents = sync.OnceValue(func() map[schema.GroupKind][]byte {
	found := make(map[schema.GroupKind][]byte)
	rest := envoygateway.GatewayCRDs
	for len(rest) > 0 {
		var doc []byte
		doc, rest, _ = bytes.Cut(rest, []byte("\n---\n"))
		head := doc[:min(len(doc), 4096)]
		if !bytes.Contains(head, []byte("\nkind: CustomResourceDefinition\n")) {
			continue // an admission policy
		}
		group, kind := lineAfter(head, "\n  group: "), lineAfter(head, "\n    kind: ")
		if group != "" && kind != "" {
			found[schema.GroupKind{Group: group, Kind: kind}] = doc
		}
	}
	return found
})

// lineAfter returns the rest of the line that starts with key.
func lineAfter(doc []byte, key string) string {
	_, rest, found := bytes.Cut(doc, []byte(key))
	if !found {
		return ""
	}
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	return string(bytes.TrimSpace(line))
}

// Indentation of fields in a definition, which controller-gen writes alike in
// all of them.
const (
	versionsIndent = 4  // of the fields of a version
	objectIndent   = 10 // of the properties of the object itself
)

// schemaText returns the schema of one version in a definition, without the
// descriptions, which are most of it and say nothing to a validator, and
// without status, which is not a client's to write.
func schemaText(doc []byte, version string) []byte {
	var out []byte
	inVersion, inSchema := false, false
	left := -1 // indentation of a field that is left out; -1: none
	for line := range bytes.Lines(doc) {
		text := bytes.TrimLeft(line, " ")
		indent := len(line) - len(text)
		blank := len(bytes.TrimSpace(text)) == 0
		switch {
		case !inSchema:
			if name, ok := versionName(line); ok {
				inVersion = name == version
			}
			inSchema = inVersion && indent == versionsIndent && string(text) == "schema:\n"
		case !blank && indent <= versionsIndent:
			return out
		case left >= 0 && (blank || indent > left):
		case bytes.HasPrefix(text, []byte("description: ")), indent == objectIndent && string(text) == "status:\n":
			left = indent
		case bytes.HasPrefix(text, []byte("- description: ")):
			left = indent + len("- ")
			out = append(append(out, line[:indent]...), "-\n"...)
		default:
			left = -1
			out = append(out, line...)
		}
	}
	return out
}

// versionName reads the line that names a version.
func versionName(line []byte) (string, bool) {
	for _, prefix := range []string{"    name: ", "  - name: "} {
		if name, ok := bytes.CutPrefix(line, []byte(prefix)); ok {
			return string(bytes.TrimSpace(name)), true
		}
	}
	return "", false
}
