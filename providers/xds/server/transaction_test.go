package server

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers/xds/api"
)

func TestTransactionIsReadBackAsWritten(t *testing.T) {
	s := start(t, t.TempDir())
	v := s.commit(t, transaction(shop, basic(shop)...))
	if v.Revision != 1 || len(v.Objects) != 3 {
		t.Errorf("verdict: %+v", v)
	}
	want := []api.Gateway{{Name: "default/public"}}
	if diff := cmp.Diff(want, v.Gateways, cmpopts.IgnoreFields(api.Gateway{}, "ElapsedMS")); diff != "" {
		t.Error(diff)
	}
	var byOwner, byID api.ObjectList
	s.get(t, "/v1/objects?owner=shop", http.StatusOK, &byOwner)
	s.get(t, "/v1/objects?id=gateway.networking.k8s.io/HTTPRoute/default/orders&id=/Service/default/none", http.StatusOK, &byID)
	if got := names(byOwner.Objects); got != "Backend default/orders@1, Gateway default/public@1, HTTPRoute default/orders@1" {
		t.Errorf("by owner: %s", got)
	}
	if got := names(byID.Objects); got != "HTTPRoute default/orders@1" {
		t.Errorf("by id: %s", got)
	}
	if diff := cmp.Diff(basic(shop)[2].Object.Object, byID.Objects[0].Object.Object); diff != "" {
		t.Errorf("the object came back otherwise: %s", diff)
	}
	var none api.ObjectList
	s.get(t, "/v1/objects?owner=blog", http.StatusOK, &none)
	if len(none.Objects) != 0 || none.Revision != 1 {
		t.Errorf("another owner sees %+v", none)
	}
}

func TestTransactionWithoutNetChangeCommitsNothing(t *testing.T) {
	s := start(t, t.TempDir())
	s.commit(t, transaction(shop, basic(shop)...))
	again := basic(shop)
	for i := range again {
		again[i].IfMatch = 1
	}
	v := s.commit(t, transaction(shop, again...))
	if !v.Unchanged || v.Revision != 1 || names(v.Objects) == "" {
		t.Errorf("verdict: %+v", v)
	}
	// Beside a change, what is as wanted keeps its revision.
	again[2].Object = route(shop, "orders", "public", "/v2", "orders")
	v = s.commit(t, transaction(shop, again...))
	if got := names(v.Objects); v.Unchanged || got != "Gateway default/public@1, Backend default/orders@1, HTTPRoute default/orders@2" {
		t.Errorf("verdict: %+v, %s", v, got)
	}
}

func TestTransactionOfObjectsThatMovedIsStale(t *testing.T) {
	s := start(t, t.TempDir())
	s.commit(t, transaction(shop, basic(shop)...))
	moved := route(shop, "orders", "public", "/v2", "orders")
	s.commit(t, transaction(shop, replace(moved, 1)))

	mine := route(shop, "orders", "public", "/v3", "orders")
	other := create(backend(shop, "other", "127.0.0.1", 9002))
	id := resource.IDOf(mine)
	tests := []struct {
		name string
		tx   func() api.Transaction
		want api.Moved
	}{
		{
			"a write of the revision before",
			func() api.Transaction { return transaction(shop, replace(mine, 1)) },
			api.Moved{ID: id, Expected: 1, Revision: 2, Owner: "shop", Fields: []string{"spec.rules"}},
		},
		{
			"a creation of what is there",
			func() api.Transaction { return transaction(shop, create(mine)) },
			api.Moved{ID: id, Expected: 0, Revision: 2, Owner: "shop"},
		},
		{
			"a write of what is gone",
			func() api.Transaction {
				return transaction(shop, replace(route(shop, "gone", "public", "/", "orders"), 2))
			},
			api.Moved{ID: resource.IDOf(route(shop, "gone", "public", "/", "orders")), Expected: 2},
		},
		{
			"a deletion",
			func() api.Transaction {
				tx := transaction(shop, other)
				tx.Deletes = []api.Expect{expect(mine, 1)}
				return tx
			},
			api.Moved{ID: id, Expected: 1, Revision: 2, Owner: "shop", Fields: []string{"spec.rules"}},
		},
		{
			"a read",
			func() api.Transaction {
				tx := transaction(shop, other)
				tx.Reads = []api.Expect{expect(mine, 1)}
				return tx
			},
			api.Moved{ID: id, Expected: 1, Revision: 2, Owner: "shop", Fields: []string{"spec.rules"}},
		},
		{
			"a read of another owner",
			func() api.Transaction {
				tx := transaction(blog, create(backend(blog, "other", "127.0.0.1", 9002)))
				tx.Reads = []api.Expect{expect(mine, 1)}
				return tx
			},
			api.Moved{ID: id, Expected: 1, Revision: 2, Owner: "shop", Fields: []string{"spec.rules"}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := s.post(t, tt.tx())
			if a.status != http.StatusPreconditionFailed || a.problem.Type != api.ProblemStale {
				t.Fatalf("got %s", a)
			}
			if diff := cmp.Diff([]api.Moved{tt.want}, a.problem.Moved); diff != "" {
				t.Error(diff)
			}
		})
	}
	var identity api.Identity
	s.get(t, api.PathIdentity, http.StatusOK, &identity)
	if identity.Revision != 2 {
		t.Errorf("revision %d is in force", identity.Revision)
	}
}

func TestUnrelatedTransactionsStaleNothing(t *testing.T) {
	s := start(t, t.TempDir())
	s.commit(t, transaction(shop, basic(shop)...))
	planned := transaction(shop, replace(route(shop, "orders", "public", "/v2", "orders"), 1))
	planned.Reads = []api.Expect{expect(gateway(shop, "public", 0), 1)}
	for n := range 5 {
		w := create(route(blog, fmt.Sprintf("posts-%d", n), "public", fmt.Sprintf("/blog/%d", n), "orders"))
		s.commit(t, transaction(blog, w))
	}
	if v := s.commit(t, planned); v.Revision != 7 {
		t.Errorf("revision %d", v.Revision)
	}
}

func TestTransactionTouchesOnlyItsOwn(t *testing.T) {
	lost := api.Owner{Name: "shop", Lineage: "l9"}
	nobody := api.Owner{}
	s := start(t, t.TempDir())
	s.commit(t, transaction(shop, create(backend(shop, "orders", "127.0.0.1", 9001))))
	s.commit(t, transaction(shop, create(backend(nobody, "free", "127.0.0.1", 9001))))

	deletion := func(owner api.Owner, name string, at uint64) api.Transaction {
		tx := transaction(owner)
		tx.Deletes = []api.Expect{expect(backend(owner, name, "", 0), at)}
		return tx
	}
	tests := []struct {
		name    string
		tx      api.Transaction
		message string
	}{
		{"a write of another owner", transaction(blog, replace(backend(blog, "orders", "127.0.0.1", 9002), 1)), `belongs to "shop"`},
		{"a deletion of another owner", deletion(blog, "orders", 1), `belongs to "shop"`},
		{"the same name with another lineage", transaction(lost, replace(backend(lost, "orders", "127.0.0.1", 9002), 1)), "another lineage, l1"},
		{"a deletion with another lineage", deletion(lost, "orders", 1), "another lineage, l1"},
		{"a write of nobody's", transaction(blog, replace(backend(blog, "free", "127.0.0.1", 9002), 2)), "nobody owns it"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := s.post(t, tt.tx)
			if a.status != http.StatusConflict || a.problem.Type != api.ProblemOwned || len(a.problem.Fields) != 1 {
				t.Fatalf("got %s", a)
			}
			if !strings.Contains(a.problem.Fields[0].Message, tt.message) {
				t.Errorf("it says %q", a.problem.Fields[0].Message)
			}
		})
	}
	adopt := func(owner api.Owner, name string, at uint64) api.Transaction {
		tx := transaction(owner, replace(backend(owner, name, "127.0.0.1", 9002), at))
		tx.Adopt = true
		return tx
	}
	s.commit(t, adopt(lost, "orders", 1))
	s.commit(t, adopt(blog, "free", 2))
	if a := s.post(t, adopt(blog, "orders", 3)); a.problem == nil || a.problem.Type != api.ProblemOwned {
		t.Errorf("-adopt took another owner's: %s", a)
	}
	// Taking the marks away lets go of an object.
	s.commit(t, transaction(lost, replace(backend(nobody, "orders", "127.0.0.1", 9002), 3)))
	var list api.ObjectList
	s.get(t, "/v1/objects?owner=shop", http.StatusOK, &list)
	if len(list.Objects) != 0 {
		t.Errorf("shop still has %s", names(list.Objects))
	}
}

func TestInvalidTransactionSaysWhere(t *testing.T) {
	s := start(t, t.TempDir())
	s.commit(t, transaction(shop, basic(shop)...))
	badPort := gateway(shop, "bad", 8080)
	badPort.Object["spec"].(map[string]any)["listeners"].([]any)[0].(map[string]any)["port"] = int64(70000)
	unknownField := route(shop, "typo", "public", "/", "orders")
	unknownField.Object["spec"].(map[string]any)["hostname"] = "a.example.com"
	protocol := gateway(shop, "tcp", 8081)
	protocol.Object["spec"].(map[string]any)["listeners"].([]any)[0].(map[string]any)["protocol"] = "SMTP"
	twice := transaction(shop, create(backend(shop, "a", "127.0.0.1", 1)), create(backend(shop, "a", "127.0.0.1", 2)))
	unknown := object(shop, "{apiVersion: example.com/v1, kind: Widget, metadata: {name: w, namespace: default}}")
	tests := []struct {
		name string
		tx   api.Transaction
		path string
		says string
	}{
		{"a port that no port has", transaction(shop, create(badPort)), "spec.listeners[0].port", "65535"},
		{"a field that the kind has not", transaction(shop, create(unknownField)), "spec.hostname", "unknown field"},
		{"a kind that nobody knows", transaction(shop, create(unknown)), "kind", "no definition"},
		{"a protocol that is not served", transaction(shop, create(protocol)), "spec.listeners[0].protocol", "SMTP"},
		{"an object twice", twice, "", "twice"},
		{"somebody else's marks", transaction(shop, create(backend(blog, "b", "127.0.0.1", 1))), "metadata.annotations", `"blog"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := s.post(t, tt.tx)
			if a.status != http.StatusUnprocessableEntity || a.problem.Type != api.ProblemInvalid || len(a.problem.Fields) == 0 {
				t.Fatalf("got %s", a)
			}
			f := a.problem.Fields[0]
			if f.Path != tt.path || !strings.Contains(f.Message, tt.says) {
				t.Errorf("%s: %s", f.Path, f.Message)
			}
		})
	}
	var identity api.Identity
	s.get(t, api.PathIdentity, http.StatusOK, &identity)
	if identity.Revision != 1 {
		t.Errorf("revision %d is in force", identity.Revision)
	}
}

func TestConcurrentTransactionsOnOneObject(t *testing.T) {
	s := start(t, t.TempDir())
	s.commit(t, transaction(shop, basic(shop)...))
	const clients = 8
	answers := make([]answer, clients)
	var wg sync.WaitGroup
	for n := range clients {
		tx := transaction(shop, replace(route(shop, "orders", "public", fmt.Sprintf("/v%d", n), "orders"), 1))
		wg.Go(func() { answers[n] = s.post(t, tx) })
	}
	wg.Wait()
	committed := 0
	for _, a := range answers {
		switch {
		case a.verdict != nil && a.verdict.Committed:
			committed++
		case a.problem == nil || a.problem.Type != api.ProblemStale:
			t.Errorf("got %s", a)
		}
	}
	if committed != 1 {
		t.Errorf("%d of %d transactions that exclude each other were committed", committed, clients)
	}
}

func TestIDIsUsedOnce(t *testing.T) {
	s := start(t, t.TempDir())
	tx := transaction(shop, create(backend(shop, "orders", "127.0.0.1", 9001)))
	s.commit(t, tx)
	if a := s.post(t, tx); a.status != http.StatusBadRequest || !strings.Contains(a.problem.Detail, tx.ID) {
		t.Errorf("got %s", a)
	}
}

func TestHistoryLeadsBack(t *testing.T) {
	dir := t.TempDir()
	s := start(t, dir)
	s.commit(t, transaction(shop, basic(shop)...))
	s.commit(t, transaction(blog, create(backend(blog, "posts", "127.0.0.1", 9003))))
	tx := transaction(shop, replace(route(shop, "orders", "public", "/v2", "orders"), 1), create(backend(shop, "extra", "127.0.0.1", 9002)))
	last := tx.ID
	s.commit(t, tx)
	tx = transaction(shop)
	tx.Deletes = []api.Expect{expect(backend(shop, "extra", "", 0), 3)}
	s.commit(t, tx)

	check := func(s *instance) {
		var history api.RevisionList
		s.get(t, "/v1/revisions?owner=shop", http.StatusOK, &history)
		var got []string
		for _, r := range history.Revisions {
			got = append(got, fmt.Sprintf("%d of %s, %d changed", r.Revision, r.Owner, r.Changed))
		}
		if diff := cmp.Diff([]string{"4 of shop, 1 changed", "3 of shop, 2 changed", "1 of shop, 3 changed"}, got); diff != "" {
			t.Error(diff)
		}
		for revision, want := range []string{
			"",
			"Backend default/orders@1, Gateway default/public@1, HTTPRoute default/orders@1",
			"Backend default/orders@1, Gateway default/public@1, HTTPRoute default/orders@1",
			"Backend default/extra@3, Backend default/orders@1, Gateway default/public@1, HTTPRoute default/orders@3",
			"Backend default/orders@1, Gateway default/public@1, HTTPRoute default/orders@3",
		} {
			var list api.ObjectList
			s.get(t, fmt.Sprintf("/v1/revisions/%d?owner=shop", revision), http.StatusOK, &list)
			if got := names(list.Objects); got != want {
				t.Errorf("as of %d: %s, want %s", revision, got, want)
			}
		}
		var p api.Problem
		s.get(t, "/v1/revisions/5?owner=shop", http.StatusNotFound, &p)
		if p.Type != api.ProblemNotFound {
			t.Errorf("a revision to come: %+v", p)
		}
		var outcome api.Outcome
		s.get(t, "/v1/transactions/"+last+"?owner=shop", http.StatusOK, &outcome)
		if outcome.Verdict == nil || !outcome.Verdict.Committed || outcome.Verdict.Revision != 3 {
			t.Errorf("the outcome of the transaction: %+v", outcome)
		}
	}
	check(s)
	s.close(t)
	check(start(t, dir))
}
