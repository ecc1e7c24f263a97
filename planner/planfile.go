package planner

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
)

// A plan file is a header (magic, version, length and checksum of the payload)
// and the payload: JSON, compressed.
const (
	planMagic   = "gwctl plan\n"
	planVersion = 1
	headerSize  = len(planMagic) + 4 + 8 + sha256.Size

	// MaxPlanFile is the size of the largest plan file that Decode reads.
	MaxPlanFile = 256 << 20
	maxPayload  = 1 << 30 // before compression
)

// NewerPlanError says that a later gwctl wrote the plan file.
type NewerPlanError struct{ Version uint32 }

func (e *NewerPlanError) Error() string {
	return fmt.Sprintf("the plan file has format %d, and this gwctl reads up to %d: apply it with the gwctl that wrote it, or plan again", e.Version, planVersion)
}

// CorruptPlanError says that something is no plan file, or was damaged.
type CorruptPlanError struct {
	Reason string
	Err    error // may be nil
}

func (e *CorruptPlanError) Error() string {
	text := "the plan file cannot be read: " + e.Reason
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text + "; make it again with gwctl plan -out"
}

func (e *CorruptPlanError) Unwrap() error { return e.Err }

// Encode writes a plan for Decode. The ranges inside blocks are left out; those
// that lead a refusal back to its line are kept in Sources.
func Encode(p *Plan) []byte {
	payload, err := json.Marshal(toWire(p))
	if err != nil {
		panic("planner: a plan is plain data: " + err.Error())
	}
	return seal(payload)
}

func seal(payload []byte) []byte {
	var out bytes.Buffer
	out.WriteString(planMagic)
	sum := sha256.Sum256(payload)
	header := binary.BigEndian.AppendUint32(nil, planVersion)
	header = binary.BigEndian.AppendUint64(header, uint64(len(payload)))
	out.Write(append(header, sum[:]...))
	w, err := flate.NewWriter(&out, flate.BestSpeed)
	if err == nil {
		_, err = w.Write(payload)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic("planner: writing to memory: " + err.Error())
	}
	return out.Bytes()
}

// Decode reads what Encode wrote. Its errors are *NewerPlanError and
// *CorruptPlanError.
func Decode(data []byte) (*Plan, error) {
	switch {
	case !bytes.HasPrefix(data, []byte(planMagic)):
		return nil, &CorruptPlanError{Reason: "it is not a plan that gwctl saved"}
	case len(data) > MaxPlanFile:
		return nil, &CorruptPlanError{Reason: fmt.Sprintf("it is larger than %d MB", MaxPlanFile>>20)}
	case len(data) < len(planMagic)+4:
		return nil, &CorruptPlanError{Reason: "it is cut short"}
	}
	rest := data[len(planMagic):]
	if v := binary.BigEndian.Uint32(rest); v != planVersion {
		if v > planVersion {
			return nil, &NewerPlanError{Version: v}
		}
		return nil, &CorruptPlanError{Reason: fmt.Sprintf("there is no format %d", v)}
	}
	if len(data) < headerSize {
		return nil, &CorruptPlanError{Reason: "it is cut short"}
	}
	size := binary.BigEndian.Uint64(rest[4:])
	if size > maxPayload {
		return nil, &CorruptPlanError{Reason: fmt.Sprintf("its content is larger than %d MB", maxPayload>>20)}
	}
	payload, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(data[headerSize:])), int64(size)+1))
	if err != nil {
		return nil, &CorruptPlanError{Reason: "it is damaged", Err: err}
	}
	if sum := sha256.Sum256(payload); uint64(len(payload)) != size || !bytes.Equal(sum[:], data[headerSize-sha256.Size:headerSize]) {
		return nil, &CorruptPlanError{Reason: "its checksum does not match its content"}
	}
	var w wirePlan
	if err := json.Unmarshal(payload, &w); err != nil {
		return nil, &CorruptPlanError{Reason: "its content is not a plan", Err: err}
	}
	p, err := w.plan()
	if err != nil {
		return nil, &CorruptPlanError{Reason: "its content is not a plan", Err: err}
	}
	return p, nil
}
