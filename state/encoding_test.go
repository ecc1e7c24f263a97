package state

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/gwctl/gwctl/internal/resource"
)

func object(apiVersion, kind, name string, fields map[string]any) *resource.Object {
	content := map[string]any{
		"apiVersion": apiVersion, "kind": kind,
		"metadata": map[string]any{"name": name, "namespace": "default"},
	}
	for k, v := range fields {
		content[k] = v
	}
	return &resource.Object{Object: content}
}

// sample is a state with something in every field.
func sample(t *testing.T) *State {
	t.Helper()
	return &State{
		Version: FormatVersion, Gwctl: "0.1.0", Serial: 7, Lineage: "K3V5", Owner: "shop",
		Targets: map[string]string{"xds": "store-1"},
		Resources: []Record{
			{
				Address: addr(t, "http_route.orders"), Provider: "xds",
				Objects: []*resource.Object{object("gateway.networking.k8s.io/v1", "HTTPRoute", "orders", map[string]any{
					"spec": map[string]any{"hostnames": []any{"a<b.example.com"}, "weight": int64(1 << 60)},
				})},
				DependsOn:      []resource.Address{addr(t, "gateway.public"), addr(t, `backend.orders["blue"]`)},
				PreventDestroy: true,
			},
			{
				Address: addr(t, `backend.orders["blue"]`), Provider: "xds.eu",
				Objects: []*resource.Object{object("gateway.envoyproxy.io/v1alpha1", "Backend", "orders-blue", nil)},
			},
			{Address: addr(t, "gateway.public"), Provider: "xds"},
		},
		Outputs: map[string]Output{
			"url":   {Value: json.RawMessage(`"https://shop.example.com"`)},
			"token": {Value: json.RawMessage(`"s3cr3t"`), Sensitive: true},
		},
	}
}

func TestEncodeIsGoldenAndDecodesToTheSame(t *testing.T) {
	got, err := Encode(sample(t))
	if err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "state.json")
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	decoded, err := Decode("state.json", got)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Encode(decoded)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again, got) {
		t.Errorf("decoded and encoded again:\n%s\nwant\n%s", again, got)
	}
}

func TestEncodeLeavesTheGivenStateAlone(t *testing.T) {
	s := sample(t)
	if _, err := Encode(s); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(s, sample(t)) {
		t.Error("Encode changed its argument")
	}
}

func TestNoSecretValueIsEncoded(t *testing.T) {
	s := sample(t)
	s.Resources[0].Objects = append(s.Resources[0].Objects,
		object("v1", "Secret", "tls", map[string]any{
			"data":       map[string]any{"tls.key": "czNjcjN0"},
			"stringData": map[string]any{"password": "s3cr3t"},
		}),
		object("v1", "Secret", "odd", map[string]any{"data": "s3cr3t"}))
	got, err := Encode(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"czNjcjN0", "s3cr3t"} {
		if bytes.Contains(got, []byte(secret)) {
			t.Errorf("%q is in the state:\n%s", secret, got)
		}
	}
	if !bytes.Contains(got, []byte(`"tls.key": ""`)) {
		t.Errorf("the key of the secret is not kept:\n%s", got)
	}
}

func TestDecodeSaysWhatIsWrong(t *testing.T) {
	good, err := Encode(sample(t))
	if err != nil {
		t.Fatal(err)
	}
	edit := func(old, new string) string {
		if !strings.Contains(string(good), old) {
			t.Fatalf("the sample has no %s", old)
		}
		return strings.Replace(string(good), old, new, 1)
	}
	tests := []struct {
		name, data string
		want       []string
	}{
		{"empty", " \n", []string{"it is empty"}},
		{"not JSON", "{\n  \"version\": 1,\n  oops\n}", []string{"line 3, column 3", "invalid character 'o'"}},
		{"cut short", string(good[:len(good)-20]), []string{"unexpected EOF"}},
		{"two documents", string(good) + "{}", []string{"more follows"}},
		{"wrong type", edit(`"serial": 7`, `"serial": "seven"`), []string{"line 4, column", "serial"}},
		{"unknown field", edit(`"serial": 7`, `"serial": 7, "colour": "red"`), []string{`unknown field "colour"`}},
		{"somebody else's format", `{"version": 4, "terraform_version": "1.9.0", "serial": 3, "lineage": "x"}`, []string{"something else wrote it"}},
		{"newer", edit(`"version": 1`, `"version": 2, "new": true`), []string{"written by gwctl 0.1.0 in format 2", "reads formats up to 1"}},
		{"no owner", edit(`"owner": "shop"`, `"owner": ""`), []string{"owner is missing"}},
		{"no address", edit(`"gateway.public",
      "provider"`, `"",
      "provider"`), []string{"has no address"}},
		{"bad address", edit(`"gateway.public",
      "provider"`, `"gateway",
      "provider"`), []string{"no resource address"}},
		{"same address twice", edit(`"gateway.public",
      "provider"`, `"http_route.orders",
      "provider"`), []string{"http_route.orders is there twice"}},
		{"nameless object", edit(`"name": "orders-blue"`, `"name": ""`), []string{"object without kind or name"}},
		{"null object", edit(`"objects": null`, `"objects": [null]`), []string{"object without kind or name"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Decode("gwctl.state.json", []byte(tt.data))
			if err == nil {
				t.Fatal("it was read")
			}
			for _, want := range append(tt.want, "gwctl.state.json") {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not say %q", err, want)
				}
			}
			if tt.name == "newer" {
				if e, ok := errors.AsType[*VersionError](err); !ok || e.Gwctl != "0.1.0" {
					t.Errorf("error %#v, want a VersionError that names the gwctl", err)
				}
			} else if _, ok := errors.AsType[*FormatError](err); !ok {
				t.Errorf("error %#v, want a FormatError", err)
			}
		})
	}
}

func TestEncodeRefusesWhatDecodeWouldRefuse(t *testing.T) {
	for name, spoil := range map[string]func(*State){
		"no serial":    func(s *State) { s.Serial = 0 },
		"no lineage":   func(s *State) { s.Lineage = "" },
		"no version":   func(s *State) { s.Gwctl = "" },
		"no provider":  func(s *State) { s.Resources[0].Provider = "" },
		"empty object": func(s *State) { s.Resources[0].Objects[0] = &resource.Object{} },
		"bad output":   func(s *State) { s.Outputs["url"] = Output{Value: json.RawMessage("{")} },
	} {
		t.Run(name, func(t *testing.T) {
			s := sample(t)
			spoil(s)
			if data, err := Encode(s); err == nil {
				t.Errorf("encoded as\n%s", data)
			}
		})
	}
}

// FuzzDecode: whatever is read, reading never panics, errors are typed, and
// what was understood survives being written and read again.
func FuzzDecode(f *testing.F) {
	golden, err := os.ReadFile(filepath.Join("testdata", "state.json"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(golden)
	f.Add([]byte(`{"version":1,"gwctl_version":"0.1.0","serial":1,"lineage":"L","owner":"o","targets":null,"resources":null}`))
	f.Add([]byte(`{"version":9,"gwctl_version":"9.0.0"}`))
	f.Add([]byte(`{"version":1,"gwctl_version":"0.1.0","serial":1,"lineage":"L","owner":"o","resources":[{"address":"a.b","provider":"x","objects":[{"kind":"List","items":[]}]}]}`))
	f.Add([]byte(`null`))
	f.Add([]byte(`[`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Decode("fuzz", data)
		if err != nil {
			_, format := errors.AsType[*FormatError](err)
			_, version := errors.AsType[*VersionError](err)
			if !format && !version {
				t.Fatalf("untyped error %#v", err)
			}
			return
		}
		first, err := Encode(s)
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		again, err := Decode("fuzz", first)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v\n%s", err, first)
		}
		second, err := Encode(again)
		if err != nil || !bytes.Equal(first, second) {
			t.Fatalf("writing is not stable (%v):\n%s\n%s", err, first, second)
		}
	})
}
