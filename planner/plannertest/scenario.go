package plannertest

import (
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
)

// Scenario reads a situation in domain words from an archive:
//
//	prior.hcl    what was applied last, and is live
//	live.hcl     blocks that are otherwise live by now
//	gone         addresses of what is not live any more
//	unowned.hcl  live, and nobody's
//	other.hcl    live, and of another owner
//	stray.hcl    live and this owner's, but not in the state
//	config.hcl   what is wanted
//	args         flags, one a line: those of the command line, and -lost (the
//	             state is), -lineage=X (it has another one), -moved=A,B,
//	             -removed=A (and stays), -removed-destroy=A, -output=NAME=VALUE,
//	             -prior-output=NAME=VALUE, -offline
func Scenario(t testing.TB, archive *txtar.Archive) (*World, planner.Input) {
	t.Helper()
	files := map[string]string{}
	for _, f := range archive.Files {
		files[f.Name] = string(f.Data)
	}
	w := NewWorld()
	if src, ok := files["prior.hcl"]; ok {
		p, diags := planner.Make(w.Input(Parse(t, "prior.hcl", src)))
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		w.Apply(t, p)
	}
	w.disturb(t, files)

	in := w.Input(Parse(t, "gateway.hcl", files["config.hcl"]))
	for arg := range strings.FieldsSeq(files["args"]) {
		name, value, _ := strings.Cut(strings.TrimPrefix(arg, "-"), "=")
		setFlag(t, &in, name, value)
	}
	return w, in
}

// disturb changes what is live behind the state's back.
func (w *World) disturb(t testing.TB, files map[string]string) {
	for _, r := range Parse(t, "live.hcl", files["live.hcl"]) {
		for _, o := range r.Objects {
			i := w.find(r.Provider, resource.IDOf(o))
			if i < 0 {
				t.Fatalf("live.hcl: %s was not applied", r.Address)
			}
			o.Object["metadata"] = w.Live[r.Provider][i].Object.Object["metadata"]
			w.Put(r.Provider, o)
		}
	}
	for name := range strings.FieldsSeq(files["gone"]) {
		a, err := resource.ParseAddress(name)
		if err != nil {
			t.Fatal(err)
		}
		w.Remove("xds", ID(a, ""))
	}
	for _, r := range Parse(t, "unowned.hcl", files["unowned.hcl"]) {
		for _, o := range r.Objects {
			w.Put(r.Provider, o)
		}
	}
	for name, owner := range map[string]planner.Owner{
		"other.hcl": {Name: "team-b", Lineage: "lineage-b"},
		"stray.hcl": w.Owner,
	} {
		other := NewWorld()
		other.Owner = owner
		p, diags := planner.Make(other.Input(Parse(t, name, files[name])))
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		for _, oc := range p.Objects {
			w.Put(oc.Provider, oc.After)
		}
	}
}

func setFlag(t testing.TB, in *planner.Input, name, value string) {
	address := func(s string) resource.Address {
		if strings.HasPrefix(s, "module.") && strings.Count(s, ".") == 1 {
			return resource.Address{Module: s}
		}
		a, err := resource.ParseAddress(s)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	output := func(into *map[string]planner.Output) {
		if *into == nil {
			*into = map[string]planner.Output{}
		}
		key, v, _ := strings.Cut(value, "=")
		(*into)[key] = planner.Output{Value: v, Sensitive: v == ""}
		if v == "" {
			(*into)[key] = planner.Output{Sensitive: true}
		}
	}
	switch name {
	case "destroy":
		in.Mode = planner.Destroy
	case "refresh-only":
		in.Mode = planner.RefreshOnly
	case "offline":
		in.Refreshed, in.Live = false, nil
	case "adopt":
		in.Adopt = true
	case "lost":
		in.Prior, in.StateSerial = nil, 0
		in.Owner.Lineage, in.StateLineage = "lineage-new", ""
	case "lineage":
		in.Owner.Lineage, in.StateLineage = value, value
	case "allow-destroy":
		n, err := strconv.Atoi(value)
		if err != nil {
			t.Fatal(err)
		}
		in.AllowDestroy = n
	case "target":
		in.Only = append(in.Only, address(value))
	case "exclude":
		in.Exclude = append(in.Exclude, address(value))
	case "moved":
		from, to, _ := strings.Cut(value, ",")
		in.Moved = append(in.Moved, planner.Moved{From: address(from), To: address(to)})
	case "removed", "removed-destroy":
		in.Removed = append(in.Removed, planner.Removed{From: address(value), Destroy: name == "removed-destroy"})
	case "output":
		output(&in.Outputs)
	case "prior-output":
		output(&in.PriorOutputs)
	default:
		t.Fatalf("there is no flag %q", name)
	}
}
