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
