package state_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/state"
)

func settings(name, value string) *resource.Object {
	return &resource.Object{Object: map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": name, "namespace": "shop"}, "data": map[string]any{"v": value},
	}}
}

// change writes what an apply to a cluster leaves: the object as it is now, nil
// where it is gone, and as it was.
func change(s *state.State, name string, was, is *resource.Object) {
	a := resource.Address{Kind: "manifest", Name: name}
	if next, _, err := s.Remove(a); err == nil {
		*s = *next
	}
	if is != nil {
		s.Resources = append(s.Resources, state.Record{Address: a, Provider: "kubernetes", Objects: []*resource.Object{is}})
	}
	id := resource.ID{Kind: "ConfigMap", Namespace: "shop", Name: name}
	s.Remember([]state.Past{{Provider: "kubernetes", ID: id, Object: was}})
}

func values(objects []*resource.Object) string {
	text := ""
	for _, o := range objects {
		text += fmt.Sprint(o.GetName(), "=", o.Object["data"].(map[string]any)["v"], " ")
	}
	return text
}

// TestHistoryLeadsBack goes back over changes, creations and deletions.
func TestHistoryLeadsBack(t *testing.T) {
	s := state.New("shop")
	change(s, "a", nil, settings("a", "1"))
	change(s, "b", nil, settings("b", "1"))
	change(s, "a", settings("a", "1"), settings("a", "2"))
	change(s, "b", settings("b", "1"), nil)
	for revision, want := range map[uint64]string{0: "", 1: "a=1 ", 2: "a=1 b=1 ", 3: "a=2 b=1 ", 4: "a=2 "} {
		objects, number, err := s.At("kubernetes", &revision)
		if err != nil || number != revision || values(objects) != want {
			t.Errorf("revision %d is %q as %d, and not %q: %v", revision, values(objects), number, want, err)
		}
	}
	if objects, number, err := s.At("kubernetes", nil); err != nil || number != 3 || values(objects) != "a=2 b=1 " {
		t.Errorf("before the last one: %q as %d, %v", values(objects), number, err)
	}
}

func TestHistoryHasAnEnd(t *testing.T) {
	s := state.New("shop")
	for i := range 100 {
		change(s, "a", settings("a", fmt.Sprint(i)), settings("a", fmt.Sprint(i+1)))
	}
	asked := uint64(5)
	_, _, err := s.At("kubernetes", &asked)
	gone, ok := errors.AsType[*state.RevisionError](err)
	if !ok || gone.Newest != 100 || gone.Oldest != 80 {
		t.Fatalf("%+v", err)
	}
	if objects, _, err := s.At("kubernetes", &gone.Oldest); err != nil || values(objects) != "a=80 " {
		t.Errorf("the oldest: %q, %v", values(objects), err)
	}
	if _, _, err := s.At("other", nil); err == nil {
		t.Error("another provider has a history")
	}
	asked = 101
	if _, _, err := s.At("kubernetes", &asked); err == nil {
		t.Error("there is a revision that is still to come")
	}
}

// TestHistoryHasNoSecrets: values of Secrets are not kept, whoever put them there.
func TestHistoryHasNoSecrets(t *testing.T) {
	s := state.New("shop")
	s.Gwctl, s.Serial = "test", 1
	secret := &resource.Object{Object: map[string]any{"apiVersion": "v1", "kind": "Secret", "metadata": map[string]any{"name": "tls"}, "data": map[string]any{"key": "aGlkZGVu"}}}
	s.Remember([]state.Past{{Provider: "kubernetes", ID: resource.IDOf(secret), Object: secret}})
	data, err := state.Encode(s)
	if err != nil {
		t.Fatal(err)
	}
	back, err := state.Decode("state", data)
	if err != nil || len(back.History) != 1 {
		t.Fatalf("%v, %v", back, err)
	}
	if kept := back.History[0].Was[0].Object.Object["data"].(map[string]any)["key"]; kept != "" {
		t.Errorf("the state keeps %q", kept)
	}
}
