package simulation_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/gwctl/gwctl/canary/simulation"
	"github.com/gwctl/gwctl/canary/verdict"
)

const (
	header = "time,stable_requests,stable_errors,candidate_requests,candidate_errors\n"
	asCSV  = header + "2026-11-25T10:00:00Z,450,2,50,0\n2026-11-25T10:00:05Z,440,3,60,12\n"
	asJSON = `{"time":"2026-11-25T10:00:00Z","stable_requests":450,"stable_errors":2,"candidate_requests":50,"candidate_errors":0}

{"time":"2026-11-25T10:00:05Z","stable_requests":440,"stable_errors":3,"candidate_requests":60,"candidate_errors":12}`
	asCounters = header + "0,1000,10,100,1\n5,1450,12,150,1\n10,1890,15,210,13\n"
)

func read(t *testing.T, text string, cumulative bool) *simulation.Recording {
	t.Helper()
	r, err := simulation.ReadRecording(strings.NewReader(text), cumulative)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func counted(stable, stableBad, candidate, candidateBad uint64) map[string]verdict.Sample {
	return map[string]verdict.Sample{"errors": {
		Stable:    verdict.Tally{Requests: stable, Bad: stableBad},
		Candidate: verdict.Tally{Requests: candidate, Bad: candidateBad},
	}}
}

func TestRecordingsAreReadInAllForms(t *testing.T) {
	first, second := counted(450, 2, 50, 0), counted(440, 3, 60, 12)
	want := []simulation.Look{{Line: 2, Samples: first}, {Line: 3, At: 5 * time.Second, Since: 5 * time.Second, Samples: second}}
	if diff := gocmp.Diff(want, read(t, asCSV, false).Looks); diff != "" {
		t.Errorf("CSV: %s", diff)
	}
	want[0].Line = 1
	if diff := gocmp.Diff(want, read(t, asJSON, false).Looks); diff != "" {
		t.Errorf("JSON: %s", diff)
	}
	want = []simulation.Look{
		{Line: 2, Samples: map[string]verdict.Sample{}},
		{Line: 3, At: 5 * time.Second, Since: 5 * time.Second, Samples: first},
		{Line: 4, At: 10 * time.Second, Since: 5 * time.Second, Samples: second},
	}
	if diff := gocmp.Diff(want, read(t, asCounters, true).Looks); diff != "" {
		t.Errorf("counters: %s", diff)
	}
}

func TestAReplayEndsAtTheVerdict(t *testing.T) {
	a := verdict.Analysis{Alpha: 0.05, Beta: 0.05, Checks: []verdict.Check{{Name: "errors"}}}
	r := read(t, asCSV+"2026-11-25T10:00:10Z,440,3,60,12\n2026-11-25T10:00:15Z,440,3,60,0\n", false)
	got := simulation.Replay(a, r)
	if got.Verdict != verdict.Fail || got.Line != 3 || got.After != 5*time.Second || len(got.Points) != 2 {
		t.Errorf("%+v", got)
	}
	quiet := simulation.Replay(a, read(t, header+"0,0,0,0,0\n60,0,0,0,0\n", false))
	if quiet.Verdict != verdict.Undecided || quiet.Line != 3 {
		t.Errorf("%+v", quiet)
	}
}

func TestWrongLinesAreTold(t *testing.T) {
	tests := []struct {
		text string
		line int
		want string
	}{
		{"", 0, "no counts are in it: they follow a header such as time,stable_requests"},
		{header, 1, "no counts are in it"},
		{header + "0,1,0,1\n", 2, "it has 4 cells, and the header has 5"},
		{header + "0,1,0,1,x\n", 2, `candidate_errors is "x", and has to be a whole number`},
		{header + "0,1,0,-1,0\n", 2, `candidate_requests is "-1"`},
		{header + "0,1,0,1,2\n", 2, "it has more errors than requests; for counters that only grow: -cumulative"},
		{header + "5,1,0,1,0\n4,1,0,1,0\n", 3, "its time, 4, is before that of the line above"},
		{header + "soon,1,0,1,0\n", 2, `time is "soon", and has to be one such as`},
		{header + "NaN,1,0,1,0\n", 2, `time is "NaN"`},
		{header + "0,1,0,1,0\n9e10,1,0,1,0\n", 3, "more than a hundred years after the first"},
		{header + "0,\"1,0,1,0\n", 2, "extraneous or missing"},
		{"time,stable_requests,candidate_requests\n0,1,1\n", 2, "no check is counted"},
		{"time,stable_requests,candidate_requests,stable_slow\n0,1,1,0\n", 2, "slow is counted for one of the backends only"},
		{"time,stable,candidate\n0,1,1\n", 2, "is no name of a field: there are time, stable_requests"},
		{"{\"time\":0,\n", 1, "it is no JSON object"},
		{`{"time":0} {"time":1}`, 1, "more than one JSON object"},
		{`{"time":[0]}`, 1, "time is [0], and has to be a number"},
		{strings.SplitN(asJSON, "\n", 2)[0] + "\n{\"time\":1e9}", 2, "it has 1 fields, and the first one has 5"},
		{header + strings.Repeat("1", 70_000), 2, "it is longer than 65536 bytes"},
	}
	for _, tt := range tests {
		_, err := simulation.ReadRecording(strings.NewReader(tt.text), false)
		wrong, ok := errors.AsType[*simulation.LineError](err)
		if !ok || wrong.Line != tt.line || !strings.Contains(wrong.Why, tt.want) {
			t.Errorf("%.60q: %v, and not line %d: %s", tt.text, err, tt.line, tt.want)
		}
	}
}

func FuzzReadRecording(f *testing.F) {
	for _, text := range []string{asCSV, asJSON, asCounters} {
		f.Add(text, true)
		f.Add(text, false)
	}
	a := verdict.Analysis{Alpha: 0.05, Beta: 0.05, Checks: []verdict.Check{{Name: "errors"}}}
	f.Fuzz(func(t *testing.T, text string, cumulative bool) {
		r, err := simulation.ReadRecording(strings.NewReader(text), cumulative)
		if err != nil {
			return
		}
		for _, look := range r.Looks {
			for _, s := range look.Samples {
				if s.Stable.Bad > s.Stable.Requests || s.Candidate.Bad > s.Candidate.Requests || look.Since < 0 {
					t.Fatalf("%+v", look)
				}
			}
		}
		simulation.Replay(a, r)
	})
}
