package translate

import (
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	matcherv3 "github.com/envoyproxy/go-control-plane/envoy/type/matcher/v3"
	"google.golang.org/protobuf/encoding/protowire"
)

// Fields of the messages around the routes of a tree.
const (
	fieldMatcher    = 21 // of VirtualHost
	fieldTree       = 2  // of xds.type.matcher.v3.Matcher
	fieldTreeInput  = 1  // of its MatcherTree
	fieldTreePrefix = 3
	fieldMapEntry   = 1 // of its MatchMap
	fieldEntryKey   = 1 // of an entry of a map
	fieldEntryValue = 2
	fieldOnMatch    = 2 // of OnMatch: the action
	fieldConfigName = 1 // of TypedExtensionConfig
	fieldConfigType = 2
	fieldAnyURL     = 1 // of Any
	fieldAnyValue   = 2
	fieldListRoutes = 1 // of RouteList
)

// treeInput is what a tree looks at: the path of a request, with its query.
var treeInput = marshal(&corev3.TypedExtensionConfig{
	Name:        "path",
	TypedConfig: pack(&matcherv3.HttpRequestHeaderMatchInput{HeaderName: ":path"}),
})

var (
	routeListURL  = pack(&routev3.RouteList{}).TypeUrl
	routeListName = "routes"
)

// encodedTree is a match tree of which the sizes are known, inside out.
type encodedTree struct {
	host    string
	leaves  []leaf
	sizes   []leafSizes
	entries int // size of the MatchMap
}

type leafSizes struct{ list, any, action, onMatch, entry int }

func encodeTree(leaves []leaf, host string) *encodedTree {
	t := &encodedTree{host: host, leaves: leaves, sizes: make([]leafSizes, len(leaves))}
	for i, l := range leaves {
		s := &t.sizes[i]
		for _, e := range l.entries {
			s.list += len(e.wireFor(host)) // the tags are as long as in a virtual host
		}
		s.any = sizeField(fieldAnyURL, len(routeListURL)) + sizeField(fieldAnyValue, s.list)
		s.action = sizeField(fieldConfigName, len(routeListName)) + sizeField(fieldConfigType, s.any)
		s.onMatch = sizeField(fieldOnMatch, s.action)
		s.entry = sizeField(fieldEntryKey, len(l.key)) + sizeField(fieldEntryValue, s.onMatch)
		t.entries += sizeField(fieldMapEntry, s.entry)
	}
	return t
}

func (t *encodedTree) treeSize() int {
	return sizeField(fieldTreeInput, len(treeInput)) + sizeField(fieldTreePrefix, t.entries)
}

// size is that of the matcher as a field of a virtual host.
func (t *encodedTree) size() int {
	return sizeField(fieldMatcher, sizeField(fieldTree, t.treeSize()))
}

// append writes the matcher as a field of a virtual host.
func (t *encodedTree) append(b []byte) []byte {
	b = appendHead(b, fieldMatcher, sizeField(fieldTree, t.treeSize()))
	b = appendHead(b, fieldTree, t.treeSize())
	b = appendHead(b, fieldTreeInput, len(treeInput))
	b = append(b, treeInput...)
	b = appendHead(b, fieldTreePrefix, t.entries)
	for i, l := range t.leaves {
		s := t.sizes[i]
		b = appendHead(b, fieldMapEntry, s.entry)
		b = appendText(b, fieldEntryKey, l.key)
		b = appendHead(b, fieldEntryValue, s.onMatch)
		b = appendHead(b, fieldOnMatch, s.action)
		b = appendText(b, fieldConfigName, routeListName)
		b = appendHead(b, fieldConfigType, s.any)
		b = appendText(b, fieldAnyURL, routeListURL)
		b = appendHead(b, fieldAnyValue, s.list)
		for _, e := range l.entries {
			b = appendListed(b, e.wireFor(t.host))
		}
	}
	return b
}

// appendListed writes the routes of a virtual host as those of a list.
func appendListed(b, wire []byte) []byte {
	for len(wire) > 0 {
		_, _, tag := protowire.ConsumeTag(wire)
		route, n := protowire.ConsumeBytes(wire[tag:])
		b = appendHead(b, fieldListRoutes, len(route))
		b = append(b, route...)
		wire = wire[tag+n:]
	}
	return b
}

// sizeField is the size of a field that holds so many bytes.
func sizeField(field protowire.Number, bytes int) int {
	return protowire.SizeTag(field) + protowire.SizeBytes(bytes)
}

// appendHead writes what stands before so many bytes of a field.
func appendHead(b []byte, field protowire.Number, bytes int) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, field, protowire.BytesType), uint64(bytes))
}

func appendText(b []byte, field protowire.Number, text string) []byte {
	return append(appendHead(b, field, len(text)), text...)
}
