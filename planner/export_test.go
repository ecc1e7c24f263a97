package planner

import "encoding/json"

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
