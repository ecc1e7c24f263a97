package resource

import "testing"

func TestNamesAreOrderedWithTheirNamespaces(t *testing.T) {
	for _, tc := range []struct {
		a, b ID
	}{
		{ID{Namespace: "shop", Name: "a"}, ID{Namespace: "shop", Name: "b"}},
		{ID{Namespace: "shop", Name: "z"}, ID{Namespace: "shops", Name: "a"}},
		{ID{Namespace: "shop-b", Name: "x"}, ID{Namespace: "shop", Name: "x"}}, // '-' comes before '/'
	} {
		if tc.a.CompareNames(tc.b) >= 0 || tc.b.CompareNames(tc.a) <= 0 || tc.a.CompareNames(tc.a) != 0 {
			t.Errorf("%s does not come before %s", tc.a, tc.b)
		}
	}
}

func TestASharedObjectCountsOnce(t *testing.T) {
	object := func(kind, name string) *Object {
		return &Object{Object: map[string]any{"apiVersion": "v1", "kind": kind, "metadata": map[string]any{"name": name}}}
	}
	shared := object("ConfigMap", "a")
	all := []*Object{shared, object("ConfigMap", "b"), shared, object("Secret", "a"), object("ConfigMap", "a")}
	if got := Unique(all); len(got) != 3 || got[0] != shared || got[1] != all[1] || got[2] != all[3] {
		t.Errorf("%v", got)
	}
}
