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

// leafWire builds the entry of the MatchMap for a leaf.
func leafWire(key, hostname string, entries []rankedEntry) []byte {
	list := 0
	for _, e := range entries {
		list += len(e.wireFor(hostname)) // the tags are as long as in a virtual host
	}
	packed := sizeField(fieldAnyURL, len(routeListURL)) + sizeField(fieldAnyValue, list)
	action := sizeField(fieldConfigName, len(routeListName)) + sizeField(fieldConfigType, packed)
	onMatch := sizeField(fieldOnMatch, action)
	entry := sizeField(fieldEntryKey, len(key)) + sizeField(fieldEntryValue, onMatch)
	b := make([]byte, 0, sizeField(fieldMapEntry, entry))
	b = appendHead(b, fieldMapEntry, entry)
	b = appendText(b, fieldEntryKey, key)
	b = appendHead(b, fieldEntryValue, onMatch)
	b = appendHead(b, fieldOnMatch, action)
	b = appendText(b, fieldConfigName, routeListName)
	b = appendHead(b, fieldConfigType, packed)
	b = appendText(b, fieldAnyURL, routeListURL)
	b = appendHead(b, fieldAnyValue, list)
	for _, e := range entries {
		b = appendListed(b, e.wireFor(hostname))
	}
	return b
}

func (t *matchTree) treeSize() int {
	return sizeField(fieldTreeInput, len(treeInput)) + sizeField(fieldTreePrefix, t.bytes)
}

// size is that of the matcher as a field of a virtual host.
func (t *matchTree) size() int {
	return sizeField(fieldMatcher, sizeField(fieldTree, t.treeSize()))
}

// append writes the matcher as a field of a virtual host.
func (t *matchTree) append(b []byte) []byte {
	b = appendHead(b, fieldMatcher, sizeField(fieldTree, t.treeSize()))
	b = appendHead(b, fieldTree, t.treeSize())
	b = appendHead(b, fieldTreeInput, len(treeInput))
	b = append(b, treeInput...)
	b = appendHead(b, fieldTreePrefix, t.bytes)
	for i := range t.leaves {
		b = append(b, t.leaves[i].wire...)
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
