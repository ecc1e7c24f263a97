package planner_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/gwctl/gwctl/planner"
	"github.com/gwctl/gwctl/planner/plannertest"
)

// savedPlan is the file of a plan with changes of every kind.
func savedPlan(t testing.TB) []byte {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/renamed.txtar")
	if err != nil {
		t.Fatal(err)
	}
	_, in := plannertest.Scenario(t, archive)
	p, diags := planner.Make(in)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	return planner.Encode(p)
}

func TestDecodeRefusesWhatIsNoPlan(t *testing.T) {
	saved := savedPlan(t)
	edit := func(edits ...func([]byte)) []byte {
		data := bytes.Clone(saved)
		for _, e := range edits {
			e(data)
		}
		return data
	}
	const header = len("gwctl plan\n")
	tests := map[string]struct {
		data  []byte
		newer bool
		want  string
	}{
		"empty":             {nil, false, "not a plan that gwctl saved"},
		"configuration":     {[]byte(`gateway "public" {}`), false, "not a plan that gwctl saved"},
		"cut in the header": {saved[:header+2], false, "cut short"},
		"cut before the checksum": {
			saved[:header+8], false, "cut short",
		},
		"cut in the middle":  {saved[:len(saved)/2], false, "damaged"},
		"one bit of content": {edit(func(b []byte) { b[len(b)/2] ^= 1 }), false, ""},
		"one bit of the sum": {edit(func(b []byte) { b[header+13] ^= 1 }), false, "checksum"},
		"another length":     {edit(func(b []byte) { b[header+11]++ }), false, "checksum"},
		"huge length":        {edit(func(b []byte) { b[header+4] = 0xff }), false, "larger than"},
		"old version":        {edit(func(b []byte) { b[header+3] = 0 }), false, "no format 0"},
		"newer version":      {edit(func(b []byte) { b[header+3] = 2 }), true, "format 2"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p, err := planner.Decode(test.data)
			if err == nil {
				t.Fatalf("it was read: %+v", p)
			}
			_, newer := errors.AsType[*planner.NewerPlanError](err)
			_, corrupt := errors.AsType[*planner.CorruptPlanError](err)
			if newer != test.newer || corrupt == test.newer {
				t.Errorf("the error is a %T", err)
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("%q does not say %q", err, test.want)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	saved := savedPlan(f)
	f.Add(saved)
	f.Add(saved[:len(saved)/2])
	f.Add([]byte("gwctl plan\n\x00\x00\x00\x02"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := planner.Decode(data)
		if err != nil {
			return
		}
		if _, err := planner.Decode(planner.Encode(p)); err != nil {
			t.Errorf("a plan that was read cannot be written: %v", err)
		}
	})
}

// FuzzDecodePayload gets past the checksum.
func FuzzDecodePayload(f *testing.F) {
	p, err := planner.Decode(savedPlan(f))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(planner.Payload(p))
	f.Add([]byte(`{"changes":[{"address":"backend.a","action":"create"}]}`))
	f.Add([]byte(`{"objects":[{"id":{"kind":"A","name":"b"},"action":"create","after":{"apiVersion":3}}]}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		p, err := planner.Decode(planner.Seal(payload))
		if err != nil {
			if _, ok := errors.AsType[*planner.CorruptPlanError](err); !ok {
				t.Errorf("the error is a %T: %v", err, err)
			}
			return
		}
		for i := range p.Changes {
			planner.Diff(p.Changes[i].Before, p.Changes[i].After)
		}
		if _, err := planner.Decode(planner.Encode(p)); err != nil {
			t.Errorf("a plan that was read cannot be written: %v", err)
		}
	})
}
