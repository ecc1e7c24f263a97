package run

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gwctl/gwctl/canary/verdict"
)

// longest is the most that counts as looking from one decision to the next.
const longest = 30 * time.Second

// misses is how many windows in a row may show another split than was told: the
// first ones may have requests that were under way.
const misses = 3

// Decide returns what a run does next, and the state to write down before that is
// done. It changes neither argument. The time is in the location that the
// windows of steps are meant in.
//
//   - A run that has to be aborted is aborted, wherever it is: stable gets all
//     requests first, that is verified, then the rest is tidied up.
//   - It is held where somebody else has changed the split, where its process has
//     to end, and at its deadline. Traffic stays as it is.
//   - Otherwise it goes step by step. Weights rise when the step before is over:
//     held for its time, passed where a verdict is asked for, and its split seen
//     in traffic.
func Decide(from *State, seen Seen, now time.Time) (*State, Action) {
	s := from.clone()
	looked := s.tick(seen, now)
	s.count(seen.Readings, looked)
	s.answered(seen.Calls)
	action := s.next(seen, now)
	if action.Findings = s.Findings; s.Outcome == "" {
		_, action.Findings = s.Spec.Analysis.Judge(s.Evidence)
	}
	return s, action
}

// next applies the rules until one of them says what to do. It ends: phases go
// forward only, and steps are finite.
func (s *State) next(seen Seen, now time.Time) Action {
	if s.advancing() {
		if why := s.whyAbort(seen); why != "" {
			s.abort(why)
		} else if outcome, why := s.whyStop(seen, now); outcome != "" {
			return Action{Do: End, Split: s.Split, Outcome: outcome, Why: why}
		}
	}
	for {
		switch s.Phase {
		case Waiting:
			if s.Full {
				s.Step = len(s.Spec.Steps)
			}
			if why := s.whyWait(seen, now); why != "" {
				return Action{Do: Wait, Split: s.Split, Why: why}
			}
			if call := s.uncalled(Before); call != nil {
				return Action{Do: CallHook, Split: s.Split, Call: call, Why: "calls " + call.Hook}
			}
			s.shift(s.target(), Shifting, "")

		case Shifting:
			if s.inForce(seen) {
				s.hold()
				continue
			}
			if s.Clock.Shift > s.Spec.ShiftTimeout {
				s.abort(fmt.Sprintf("the split of %s was not in force after %s", Percent(s.Split.Weight), s.Spec.ShiftTimeout))
				continue
			}
			return Action{Do: Shift, Split: s.Split, Why: "shifts to " + Percent(s.Split.Weight)}

		case Holding:
			if why := s.whyHold(); why != "" {
				return Action{Do: Wait, Split: s.Split, Why: why}
			}
			s.Phase, s.Skip = Following, false

		case Following:
			if call := s.uncalled(After); call != nil && !s.Full {
				return Action{Do: CallHook, Split: s.Split, Call: call, Why: "calls " + call.Hook}
			}
			if s.Step == len(s.Spec.Steps) {
				s.tidy(Promoted, "")
				continue
			}
			s.Step, s.Phase = s.Step+1, Waiting

		case Aborting:
			if !s.inForce(seen) {
				if s.Clock.Shift > s.Spec.ShiftTimeout {
					s.over(Unverified, s.Why+"; it is not known to be in force that stable gets all requests")
					continue
				}
				return Action{Do: Shift, Split: s.Split, Why: "takes all requests back: " + s.Why}
			}
			if s.Proof == nil {
				s.prove()
			}
			switch late := s.Clock.Shift > s.Spec.ShiftTimeout; {
			case s.proven():
				s.tidy(Aborted, s.Why)
			case !late:
				return Action{Do: Wait, Split: s.Split, Why: "waits to see that stable gets all requests: " + s.Why}
			case s.contradicted():
				s.over(Unverified, s.Why+"; the candidate still gets requests")
			default:
				s.tidy(Aborted, s.Why+"; too few requests came to see it in traffic")
			}

		case Tidying:
			switch {
			case seen.Tidied:
				s.over(s.Outcome, s.Why)
			case s.Clock.Shift > s.Spec.ShiftTimeout:
				s.over(s.Outcome, strings.TrimPrefix(s.Why+"; what the run needed could not be tidied up", "; "))
			default:
				return Action{Do: Tidy, Split: s.Split, Why: "tidies up"}
			}

		default: // Over
			return Action{Do: End, Split: s.Split, Outcome: s.Outcome, Why: s.Why}
		}
	}
}

// whyAbort says why the candidate must not have any more requests.
func (s *State) whyAbort(seen Seen) string {
	if s.Abort != "" {
		return "aborted by " + s.Abort
	}
	if v, findings := s.Spec.Analysis.Judge(s.Evidence); v == verdict.Fail {
		return "the candidate fails: " + failures(findings)
	}
	for _, id := range slices.Sorted(maps.Keys(seen.Calls)) {
		if a := seen.Calls[id]; !a.OK && s.asksFor(id) {
			return fmt.Sprintf("the webhook %s refuses: %s", id, a.Text)
		}
	}
	for _, t := range seen.Targets {
		switch proof := s.Proof[t.Name]; {
		case !slices.Contains(s.Spec.Targets, t.Name):
		case s.Phase == Shifting && t.Refused != "":
			return fmt.Sprintf("%s refuses the split: %s", t.Name, t.Refused)
		case s.Split.reaches() && s.Phase != Shifting && t.Ready != nil && *t.Ready == 0:
			return fmt.Sprintf("no endpoint of the candidate is ready on %s", t.Name)
		case proof.Misses >= misses:
			return fmt.Sprintf("%s does not divide requests as it was told, %s to the candidate", t.Name, Percent(s.Split.Weight))
		}
	}
	if seen.Stop == Interrupted && s.Spec.OnInterrupt == AbortOnInterrupt {
		return "interrupted"
	}
	return ""
}

// whyStop says why the process ends and leaves traffic as it is.
func (s *State) whyStop(seen Seen, now time.Time) (Outcome, string) {
	for _, t := range seen.Targets {
		if s.InForce && t.InForce != nil && slices.Contains(s.Spec.Targets, t.Name) && !t.InForce.Equals(s.Split) {
			return Held, fmt.Sprintf("somebody else changed the split on %s from %s to %s: retry to go on, or abort", t.Name, Percent(s.Split.Weight), Percent(t.InForce.Weight))
		}
	}
	switch {
	case seen.Stop == TimedOut:
		return OutOfTime, "its time is over"
	case seen.Stop == Interrupted:
		return Held, "interrupted"
	case s.Clock.Run > s.Spec.Deadline && s.Phase != Shifting: // a shift ends by itself
		why := s.whyWait(seen, now)
		if s.Phase == Holding {
			why = s.whyHold()
		}
		return Held, strings.TrimSuffix(fmt.Sprintf("the deadline of %s is over: %s", s.Spec.Deadline, why), ": ")
	}
	return "", ""
}

// whyWait says what the next step still needs before it begins.
func (s *State) whyWait(seen Seen, now time.Time) string {
	if s.Paused {
		return "is paused"
	}
	if s.Step < len(s.Spec.Steps) && !s.Skip {
		step := &s.Spec.Steps[s.Step]
		if step.Approval && !slices.Contains(s.Approved, step.Name) {
			return fmt.Sprintf("waits for the approval of step %q", step.Name)
		}
		if len(step.Windows) > 0 && !slices.ContainsFunc(step.Windows, func(w Window) bool { return w.contains(now) }) {
			return fmt.Sprintf("waits for a window of step %q", step.Name)
		}
	}
	if s.Spec.MinReady > 0 && s.target().reaches() {
		for _, name := range s.Spec.Targets {
			ready := 0
			if t := targetOf(seen, name); t != nil && t.Ready != nil {
				ready = *t.Ready
			}
			if ready < s.Spec.MinReady {
				return fmt.Sprintf("waits for endpoints of the candidate on %s: %d of %d are ready", name, ready, s.Spec.MinReady)
			}
		}
	}
	return ""
}

// whyHold says what the present step still needs before it is over.
func (s *State) whyHold() string {
	if s.Paused {
		return "is paused"
	}
	if s.Skip || s.Full {
		return ""
	}
	if s.Step < len(s.Spec.Steps) {
		step := &s.Spec.Steps[s.Step]
		if rest := step.Hold - s.Clock.Step; rest > 0 {
			return fmt.Sprintf("holds step %q for %s more", step.Name, rest.Round(time.Second))
		}
		if v, _ := s.Spec.Analysis.Judge(s.Evidence); step.UntilVerdict && v != verdict.Pass {
			return fmt.Sprintf("waits for a verdict on step %q", step.Name)
		}
	}
	if !s.proven() {
		return "waits to see the split in traffic"
	}
	return ""
}

// target is the split of the present step, or of the promotion.
func (s *State) target() Split {
	if s.Step < len(s.Spec.Steps) {
		return s.Spec.Steps[s.Step].Split
	}
	return Split{Weight: Whole}
}

// uncalled is the next webhook of the present step.
func (s *State) uncalled(when When) *Call {
	if s.Step == len(s.Spec.Steps) {
		return nil
	}
	step := &s.Spec.Steps[s.Step]
	hooks := step.Before
	if when == After {
		hooks = step.After
	}
	for _, hook := range hooks {
		call := Call{Hook: hook, Step: step.Name, When: when}
		call.ID = s.callID(call)
		if !slices.Contains(s.Called, call.ID) {
			return &call
		}
	}
	return nil
}

// answered notes the calls that were answered with yes.
func (s *State) answered(calls map[string]Answer) {
	for _, id := range slices.Sorted(maps.Keys(calls)) {
		if calls[id].OK && s.asksFor(id) {
			s.Called = append(s.Called, id)
		}
	}
}

// asksFor reports whether an answer is one that the run waits for.
func (s *State) asksFor(id string) bool {
	when := Before
	if s.Phase == Following {
		when = After
	}
	call := s.uncalled(when)
	return call != nil && call.ID == id && (s.Phase == Waiting || s.Phase == Following)
}

// The transitions.

func (s *State) shift(to Split, phase Phase, why string) {
	s.Split, s.Phase, s.InForce, s.Skip = to, phase, false, false
	s.Proof, s.Clock.Shift = nil, 0
	s.note(why)
}

// hold begins a step: its evidence and its proof are what is counted from now on.
func (s *State) hold() {
	s.Phase, s.InForce, s.Clock.Step = Holding, true, 0
	s.Evidence = s.Spec.Analysis.Begin(s.Evidence)
	s.prove()
	s.note("")
}

func (s *State) prove() {
	s.Proof = map[string]Proof{}
	for _, name := range s.Spec.Targets {
		s.Proof[name] = Proof{}
	}
}

func (s *State) abort(why string) {
	s.Why = why
	_, s.Findings = s.Spec.Analysis.Judge(s.Evidence)
	s.shift(Split{}, Aborting, why)
}

func (s *State) tidy(outcome Outcome, why string) {
	if outcome == Promoted {
		_, s.Findings = s.Spec.Analysis.Judge(s.Evidence)
	}
	s.Phase, s.Outcome, s.Why, s.Clock.Shift = Tidying, outcome, why, 0
	s.note(why)
}

func (s *State) over(outcome Outcome, why string) {
	s.Phase, s.Outcome, s.Why = Over, outcome, why
	s.note(why)
}

// What is seen.

// tick advances the clocks, and returns by how much.
func (s *State) tick(seen Seen, now time.Time) time.Duration {
	looked := min(max(now.Sub(s.Clock.Last), 0), longest)
	if s.Clock.Last.IsZero() {
		looked = 0
	}
	s.Clock.Last = now
	s.Clock.Run += looked
	s.Clock.Shift += looked
	if s.inForce(seen) {
		s.Clock.Step += looked
	}
	return looked
}

// count takes in by how much counters have grown, as evidence and as proof. A
// source that is read for the first time has counted before the run, and one
// that is not there any more is forgotten.
func (s *State) count(readings []Reading, within time.Duration) {
	samples := map[string]verdict.Sample{}
	sent := map[string]Divided{}
	counters := map[string]Counter{}
	for _, r := range readings {
		key := r.Target + "/" + r.Source
		earlier, known := s.Counters[key]
		next := Counter{Divided: r.Divided, Checks: maps.Clone(r.Checks)}
		if known {
			grown, to := r.Divided.since(earlier.Divided), sent[r.Target]
			sent[r.Target] = Divided{to.Stable + grown.Stable, to.Candidate + grown.Candidate}
			for check, now := range r.Checks {
				before, counted := earlier.Checks[check]
				if !counted {
					continue
				}
				grown, fits := now.Since(before)
				if !fits {
					next.Checks[check] = before
					continue
				}
				samples[check] = samples[check].Plus(grown)
			}
		}
		counters[key] = next
	}
	if len(counters) > 0 {
		s.Counters = counters
	}
	for name, proof := range s.Proof {
		s.Proof[name] = proof.add(sent[name], s.Split.Weight, s.Spec.Sticky)
	}
	if s.advancing() {
		s.Evidence = s.Spec.Analysis.Add(s.Evidence, samples, within)
	}
}

// advancing reports whether the run is on its way to the promotion.
func (s *State) advancing() bool {
	switch s.Phase {
	case Waiting, Shifting, Holding, Following:
		return true
	}
	return false
}

// inForce reports whether all targets have the split that they were told.
func (s *State) inForce(seen Seen) bool {
	for _, name := range s.Spec.Targets {
		if t := targetOf(seen, name); t == nil || t.InForce == nil || !t.InForce.Equals(s.Split) {
			return false
		}
	}
	return true
}

// proven reports whether all targets were seen to divide requests as told.
func (s *State) proven() bool {
	for _, name := range s.Spec.Targets {
		if !s.Proof[name].Seen {
			return false
		}
	}
	return true
}

// contradicted reports whether requests were seen that should not be there.
func (s *State) contradicted() bool {
	for _, p := range s.Proof {
		if !p.Seen && (p.Misses > 0 || p.Window.Candidate > 0) {
			return true
		}
	}
	return false
}

func targetOf(seen Seen, name string) *Target {
	for i := range seen.Targets {
		if seen.Targets[i].Name == name {
			return &seen.Targets[i]
		}
	}
	return nil
}

// Equals reports whether two splits divide requests alike.
func (s Split) Equals(o Split) bool {
	return s.Weight == o.Weight && s.Mirror == o.Mirror && slices.Equal(s.Cohorts, o.Cohorts)
}

// reaches reports whether any request reaches the candidate.
func (s Split) reaches() bool { return s.Weight > 0 || s.Mirror > 0 || len(s.Cohorts) > 0 }

// failures says in words which checks failed.
func failures(findings []verdict.Finding) string {
	var out []string
	for _, f := range findings {
		if f.Verdict == verdict.Fail {
			out = append(out, fmt.Sprintf("%s: %.3g%% of %d requests to the candidate, %.3g%% of %d to stable",
				f.Check, f.Seen.Candidate.Share()*100, f.Seen.Candidate.Requests, f.Seen.Stable.Share()*100, f.Seen.Stable.Requests))
		}
	}
	return strings.Join(out, "; ")
}
