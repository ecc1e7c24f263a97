package state

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/gwctl/gwctl/internal/resource"
)

// FormatVersion is the version of the format that Encode writes. It grows when
// an older gwctl would lose something by reading and writing the state.
const FormatVersion = 1

// MaxSize bounds what Decode and the stores read.
const MaxSize = 256 << 20

// header is what tells whether a state may be replaced, without decoding the
// objects.
type header struct {
	Version int    `json:"version"`
	Gwctl   string `json:"gwctl_version"`
	Serial  uint64 `json:"serial"`
	Lineage string `json:"lineage"`
	Owner   string `json:"owner"`
}

// Encode returns s in the format of the state file: indented JSON, the same
// bytes for the same state, records sorted by address. Values of Secrets and of
// sensitive outputs are left out, whoever put them there.
func Encode(s *State) ([]byte, error) {
	out := s.Clone()
	out.Version = FormatVersion
	out.sort()
	for i := range out.Resources {
		r := &out.Resources[i]
		slices.SortFunc(r.DependsOn, resource.Address.Compare)
		for j, o := range r.Objects {
			r.Objects[j] = withoutSecrets(o)
		}
	}
	for i := range out.History {
		was := slices.Clone(out.History[i].Was)
		for j := range was {
			was[j].Object = withoutSecrets(was[j].Object)
		}
		out.History[i].Was = was
	}
	for name, o := range out.Outputs {
		if o.Sensitive {
			out.Outputs[name] = Output{Sensitive: true}
		}
	}
	if out.Targets == nil {
		out.Targets = map[string]string{}
	}
	if out.Resources == nil {
		out.Resources = []Record{}
	}
	if err := out.check(); err != nil {
		return nil, fmt.Errorf("the state cannot be written: %w", err)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(out); err != nil {
		return nil, fmt.Errorf("the state cannot be written: %w", err)
	}
	if b.Len() > MaxSize {
		return nil, fmt.Errorf("the state cannot be written: it has %d bytes, and %d are allowed; split the configuration", b.Len(), MaxSize)
	}
	return b.Bytes(), nil
}

// withoutSecrets returns o, or for a Secret a copy that keeps the keys of its
// data and no value.
func withoutSecrets(o *resource.Object) *resource.Object {
	if o == nil || o.GetKind() != "Secret" || o.GroupVersionKind().Group != "" {
		return o
	}
	content := maps.Clone(o.Object)
	for _, field := range []string{"data", "stringData"} {
		values, ok := content[field].(map[string]any)
		if !ok {
			delete(content, field)
			continue
		}
		keys := make(map[string]any, len(values))
		for key := range values {
			keys[key] = ""
		}
		content[field] = keys
	}
	return &resource.Object{Object: content}
}

// Decode reads what Encode wrote; name is the source, for errors. They are
// *FormatError and *VersionError.
func Decode(name string, data []byte) (*State, error) {
	s := &State{}
	var end int64
	var err error
	if len(data) <= MaxSize {
		dec := json.NewDecoder(bytes.NewReader(data))
		// A field that this gwctl does not know would be lost by its next write.
		dec.DisallowUnknownFields()
		err = dec.Decode(s)
		end = dec.InputOffset()
	}
	if err != nil || s.Version != FormatVersion || s.Gwctl == "" || len(bytes.TrimSpace(data[end:])) > 0 {
		// The header says more than a field that is not known.
		if _, err := decodeHeader(name, data); err != nil {
			return nil, err
		}
		return nil, formatError(name, data, err, end)
	}
	if err := s.check(); err != nil {
		return nil, &FormatError{Store: name, Err: err}
	}
	s.sort()
	return s, nil
}

func decodeHeader(name string, data []byte) (*header, error) {
	if len(data) > MaxSize {
		return nil, &FormatError{Store: name, Err: &sizeError{size: int64(len(data)), limit: MaxSize}}
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, &FormatError{Store: name, Err: errors.New("it is empty")}
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	h := &header{}
	if err := dec.Decode(h); err != nil {
		return nil, formatError(name, data, err, dec.InputOffset())
	}
	end := dec.InputOffset()
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, formatError(name, data, errors.New("more follows after the end of the state"), end)
	}
	switch {
	case h.Version < 1 || h.Gwctl == "":
		return nil, &FormatError{Store: name, Err: errors.New("version and gwctl_version are missing, so something else wrote it")}
	case h.Version > FormatVersion:
		return nil, &VersionError{Store: name, Version: h.Version, Gwctl: h.Gwctl}
	}
	return h, nil
}

// formatError finds the place of a decoding error.
func formatError(name string, data []byte, err error, offset int64) *FormatError {
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		offset = e.Offset
	} else if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		offset = e.Offset
	}
	before := data[:min(max(offset-1, 0), int64(len(data)))]
	line := bytes.Count(before, []byte{'\n'}) + 1
	column := len(before) - (bytes.LastIndexByte(before, '\n') + 1) + 1
	return &FormatError{Store: name, Line: line, Column: column, Err: err}
}

// check says what of s no gwctl would have written.
func (s *State) check() error {
	switch {
	case s.Gwctl == "":
		return errors.New("gwctl_version is missing")
	case s.Serial == 0:
		return errors.New("serial is missing")
	case s.Lineage == "":
		return errors.New("lineage is missing")
	case s.Owner == "":
		return errors.New("owner is missing")
	}
	seen := make(map[resource.Address]bool, len(s.Resources))
	for i, r := range s.Resources {
		switch {
		case r.Address.IsZero():
			return fmt.Errorf("resource %d has no address", i+1)
		case seen[r.Address]:
			return fmt.Errorf("%s is there twice", r.Address)
		case r.Provider == "":
			return fmt.Errorf("%s has no provider", r.Address)
		}
		seen[r.Address] = true
		for _, o := range r.Objects {
			if o == nil || o.GetKind() == "" || o.GetName() == "" {
				return fmt.Errorf("%s has an object without kind or name", r.Address)
			}
		}
		for _, a := range r.DependsOn {
			if a.IsZero() {
				return fmt.Errorf("%s depends on an empty address", r.Address)
			}
		}
	}
	return nil
}
