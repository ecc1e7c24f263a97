package translate

import (
	"crypto/sha256"
	"encoding/hex"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

// marshal gives the same bytes for the same message, always. It cannot fail on
// messages of proto3 whose text is UTF-8, which decoding has made sure of.
func marshal(m proto.Message) []byte {
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		return nil
	}
	return b
}

// pack is anypb.New with deterministic bytes.
func pack(m proto.Message) *anypb.Any {
	return &anypb.Any{
		TypeUrl: "type.googleapis.com/" + string(m.ProtoReflect().Descriptor().FullName()),
		Value:   marshal(m),
	}
}

// digest identifies bytes.
func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

func newResource(typ Type, name string, body []byte, clusters []string, origins []Origin) *Resource {
	return newLazyResource(typ, name, body, clusters, func() []Origin { return origins })
}

// newLazyResource is newResource where origins are many, and seldom asked for.
func newLazyResource(typ Type, name string, body []byte, clusters []string, origins func() []Origin) *Resource {
	return &Resource{Type: typ, Name: name, Version: digest(body), Body: body, Clusters: clusters, origins: origins}
}
