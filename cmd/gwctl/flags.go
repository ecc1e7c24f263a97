package main

import (
	"time"

	"github.com/spf13/pflag"

	"github.com/gwctl/gwctl/config"
)

// variableFlags collects -var and -var-file in the order in which they are
// given: the last one wins, whichever it is.
type variableFlags struct {
	given []config.Input
}

func (f *variableFlags) register(flags *pflag.FlagSet) {
	flags.Var(variableFlag{f, false}, "var", "set a variable: `name=value`; may be repeated")
	flags.Var(variableFlag{f, true}, "var-file", "read variables from this `file`; may be repeated")
}

type variableFlag struct {
	into *variableFlags
	file bool
}

func (variableFlag) String() string { return "" }
func (variableFlag) Type() string   { return "string" }

func (v variableFlag) Set(s string) error {
	if v.file {
		v.into.given = append(v.into.given, config.Input{File: s})
	} else {
		v.into.given = append(v.into.given, config.Input{Var: s})
	}
	return nil
}

// planFlags are what plan, apply, destroy and rollback take to make a plan.
type planFlags struct {
	variables    variableFlags
	targets      []string
	excludes     []string
	destroy      bool
	refresh      bool
	refreshOnly  bool
	adopt        bool
	force        []string
	allowDestroy int
	input        bool
	json         bool
	concise      bool
	lockTimeout  time.Duration
	parallelism  int
	onlyShown    bool // no flag: neither saved nor applied, so nobody asks where its fields were written
}

func (f *planFlags) register(flags *pflag.FlagSet) {
	f.variables.register(flags)
	flags.StringArrayVar(&f.targets, "target", nil, "only this `address` and what it depends on; may be repeated")
	flags.StringArrayVar(&f.excludes, "exclude", nil, "all but this `address` and what depends on it; may be repeated")
	flags.BoolVar(&f.refresh, "refresh", true, "read what is live first; -refresh=false plans against the state, with no server")
	flags.BoolVar(&f.refreshOnly, "refresh-only", false, "only bring the state up to what is live")
	flags.BoolVar(&f.adopt, "adopt", false, "take over live objects that are not owned yet, or whose state was lost")
	flags.StringArrayVar(&f.force, "force-conflicts", nil, "take the fields of this `address` that somebody else manages on the target; may be repeated")
	flags.IntVar(&f.allowDestroy, "allow-destroy", 0, "let this `number` of objects go, where more than 10 and more than a fifth of a kind would")
	f.registerCommon(flags)
}

// registerCommon has what a saved plan takes too.
func (f *planFlags) registerCommon(flags *pflag.FlagSet) {
	flags.BoolVar(&f.input, "input", true, "ask for what is missing")
	flags.BoolVar(&f.json, "json", false, "print JSON")
	flags.BoolVar(&f.concise, "concise", false, "a line a resource")
	flags.DurationVar(&f.lockTimeout, "lock-timeout", 0, "wait up to this `duration` for the state's lock")
	flags.IntVar(&f.parallelism, "parallelism", 32, "`number` of requests at once, for targets that take one an object")
}

// waitFlags say how long an apply waits for the target.
type waitFlags struct {
	waitFor     string
	waitTimeout time.Duration
	rollback    bool
}

func (f *waitFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.waitFor, "wait-for", "all", "whose word an apply waits for: `all` Envoys and controllers, or none")
	flags.DurationVar(&f.waitTimeout, "wait-timeout", 0, "how long it waits, as a `duration`; an xDS server then takes the change back, which may last up to 10s more (default 30s on xds, 5m on kubernetes)")
	flags.BoolVar(&f.rollback, "rollback-on-failure", false, "take back what was done when the rest fails; an xDS server always does")
}
