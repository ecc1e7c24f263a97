package planner

import (
	"encoding/json"

	"github.com/gwctl/gwctl/internal/resource"
)

// Seal makes a plan file of any content.
func Seal(payload []byte) []byte { return seal(payload) }

// Payload is the content of a plan file.
func Payload(p *Plan) []byte {
	payload, err := json.Marshal(toWire(p))
	if err != nil {
		panic(err)
	}
	return payload
}

// TakePath makes a block be as another one at a path of ignore_changes.
func TakePath(b, from *resource.Block, path, module string) { takePath(b, from, path, module) }
