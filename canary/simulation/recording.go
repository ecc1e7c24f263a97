package simulation

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gwctl/gwctl/canary/verdict"
)

// Recording is what was counted at a row of looks.
type Recording struct {
	Checks []string // by the names of their columns; sorted
	Looks  []Look
}

// Look is one of them.
type Look struct {
	Line    int                       // of the file
	At      time.Duration             // since the first look
	Since   time.Duration             // since the one before
	Samples map[string]verdict.Sample // of the time since then, by check
}

// Bounds of what is read.
const (
	maxRecorded = 1_000_000  // looks
	maxLine     = 64 * 1024  // bytes
	maxTime     = 24 * 36500 // hours, from the first look to the last
)

// LineError is what is wrong with a line of a recording.
type LineError struct {
	Line int
	Why  string
}

func (e *LineError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Why) }

// ReadRecording reads counts as CSV with a header, or as JSON with an object a
// line. Both name a time (RFC 3339, or seconds), stable_requests and
// candidate_requests, and for each check the bad ones among them, such as
// stable_errors and candidate_errors. With cumulative they are counters, else
// what was counted since the line before. Its error is a *LineError, or one
// of reading.
func ReadRecording(r io.Reader, cumulative bool) (*Recording, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 4096), maxLine)
	b := &recorder{cumulative: cumulative, recording: &Recording{}}
	var header []string
	line := 0
	for lines.Scan() {
		line++
		text := bytes.TrimSpace(bytes.TrimPrefix(lines.Bytes(), []byte("\ufeff")))
		if len(text) == 0 {
			continue
		}
		fields, err := map[string]string(nil), error(nil)
		switch {
		case header == nil && text[0] == '{':
			fields, err = readObject(text)
		default:
			var cells []string
			if cells, err = csv.NewReader(bytes.NewReader(text)).Read(); err != nil {
				break
			}
			if header == nil {
				header = cells
				continue
			}
			if len(cells) != len(header) {
				err = fmt.Errorf("it has %d cells, and the header has %d", len(cells), len(header))
				break
			}
			fields = make(map[string]string, len(cells))
			for i, name := range header {
				fields[strings.TrimSpace(name)] = strings.TrimSpace(cells[i])
			}
		}
		if err == nil {
			err = b.add(line, fields)
		}
		if err != nil {
			return nil, &LineError{line, err.Error()}
		}
	}
	if err := lines.Err(); err == bufio.ErrTooLong {
		return nil, &LineError{line + 1, fmt.Sprintf("it is longer than %d bytes", maxLine)}
	} else if err != nil {
		return nil, err
	}
	if len(b.recording.Looks) == 0 {
		return nil, &LineError{line, "no counts are in it: they follow a header such as time,stable_requests,stable_errors,candidate_requests,candidate_errors, or are JSON objects of these names, one a line"}
	}
	return b.recording, nil
}

// readObject reads a flat JSON object.
func readObject(text []byte) (map[string]string, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var object map[string]any
	if err := decoder.Decode(&object); err != nil {
		return nil, fmt.Errorf("it is no JSON object: %w", err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, fmt.Errorf("it has more than one JSON object")
	}
	fields := make(map[string]string, len(object))
	for name, v := range object {
		switch v := v.(type) {
		case string:
			fields[name] = v
		case json.Number:
			fields[name] = v.String()
		default:
			return nil, fmt.Errorf("%s is %v, and has to be a number", name, v)
		}
	}
	return fields, nil
}

// recorder makes looks of lines.
type recorder struct {
	cumulative bool
	recording  *Recording
	first      time.Time
	last       time.Time
	counters   map[string]verdict.Sample
}

func (b *recorder) add(line int, fields map[string]string) error {
	if b.recording.Checks == nil {
		checks, err := checksOf(fields)
		if err != nil {
			return err
		}
		b.recording.Checks = checks
	}
	if len(b.recording.Looks) == maxRecorded {
		return fmt.Errorf("a recording has at most %d looks", maxRecorded)
	}
	if want := 3 + 2*len(b.recording.Checks); len(fields) != want {
		return fmt.Errorf("it has %d fields, and the first one has %d", len(fields), want)
	}
	now, err := readTime(fields)
	if err != nil {
		return err
	}
	if b.first.IsZero() {
		b.first, b.last = now, now
	}
	if now.Before(b.last) {
		return fmt.Errorf("its time, %s, is before that of the line above", fields["time"])
	}
	if now.Sub(b.first) > maxTime*time.Hour {
		return fmt.Errorf("its time, %s, is more than a hundred years after the first", fields["time"])
	}
	look := Look{Line: line, At: now.Sub(b.first), Since: now.Sub(b.last), Samples: map[string]verdict.Sample{}}
	b.last = now
	counters := map[string]verdict.Sample{}
	for _, check := range b.recording.Checks {
		counted, err := readSample(fields, check)
		if err != nil {
			return err
		}
		counters[check] = counted
		earlier := b.counters[check]
		switch {
		case !b.cumulative:
			if counted.Stable.Bad > counted.Stable.Requests || counted.Candidate.Bad > counted.Candidate.Requests {
				return fmt.Errorf("it has more %s than requests; for counters that only grow: -cumulative", check)
			}
			look.Samples[check] = counted
		case b.counters != nil: // the first line is where counting begins
			grown, fits := counted.Since(earlier)
			if !fits {
				counters[check] = earlier
			}
			look.Samples[check] = grown
		}
	}
	b.counters = counters
	b.recording.Looks = append(b.recording.Looks, look)
	return nil
}

// checksOf finds the checks that the names of fields tell of.
func checksOf(fields map[string]string) ([]string, error) {
	const allowed = "there are time, stable_requests, candidate_requests and, for each check such as errors, stable_errors and candidate_errors"
	checks := map[string]int{}
	for name := range fields {
		side, check, found := strings.Cut(name, "_")
		switch {
		case name == "time" || name == "stable_requests" || name == "candidate_requests":
		case found && check != "" && (side == "stable" || side == "candidate"):
			checks[check]++
		default:
			return nil, fmt.Errorf("%q is no name of a field: %s", name, allowed)
		}
	}
	for check, n := range checks {
		if n != 2 {
			return nil, fmt.Errorf("%s is counted for one of the backends only: %s", check, allowed)
		}
	}
	if len(checks) == 0 {
		return nil, fmt.Errorf("no check is counted: %s", allowed)
	}
	return slices.Sorted(maps.Keys(checks)), nil
}

func readTime(fields map[string]string) (time.Time, error) {
	text := fields["time"]
	if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return at, nil
	}
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil || !(seconds >= 0 && seconds < 1e11) {
		return time.Time{}, fmt.Errorf("time is %q, and has to be one such as 2026-11-25T10:00:00Z, or a number of seconds", text)
	}
	return time.UnixMicro(int64(seconds * 1e6)), nil
}

func readSample(fields map[string]string, check string) (verdict.Sample, error) {
	var s verdict.Sample
	for name, into := range map[string]*uint64{
		"stable_requests": &s.Stable.Requests, "stable_" + check: &s.Stable.Bad,
		"candidate_requests": &s.Candidate.Requests, "candidate_" + check: &s.Candidate.Bad,
	} {
		n, err := strconv.ParseUint(fields[name], 10, 64)
		if err != nil {
			return s, fmt.Errorf("%s is %q, and has to be a whole number", name, fields[name])
		}
		*into = n
	}
	return s, nil
}
