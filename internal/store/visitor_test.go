package store

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func visitorOf(name string, left time.Duration) Account {
	a := account(name)
	a.Destination, a.Expires = "1001", time.Now().Add(left).Truncate(time.Millisecond).UTC()
	return a
}

func TestAVisitorIsFoundUntilItsEnd(t *testing.T) {
	s := open(t, t.TempDir())
	want := visitorOf("visitor-a", time.Hour)
	if err := s.AddVisitor(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	got, err := s.Account(t.Context(), "visitor-a")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Account{}, "Created", "Changed")); diff != "" || !got.Visitor() {
		t.Error(diff)
	}
	if err := s.AddVisitor(t.Context(), visitorOf("visitor-b", 0)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Account(t.Context(), "visitor-b"); !errors.Is(err, ErrNotFound) {
		t.Errorf("after its end: %v, want ErrNotFound", err)
	}
}

func TestVisitorsAreNotListed(t *testing.T) {
	s := open(t, t.TempDir())
	if err := s.AddAccounts(t.Context(), account("1001")); err != nil {
		t.Fatal(err)
	}
	if err := s.AddVisitor(t.Context(), visitorOf("visitor-a", time.Hour)); err != nil {
		t.Fatal(err)
	}
	all, err := s.Accounts(t.Context())
	if err != nil || len(all) != 1 || all[0].Username != "1001" || all[0].Visitor() {
		t.Errorf("%v, %v", all, err)
	}
}

func TestVisitorsThatHaveEndedAreSweptWhenOneIsAdded(t *testing.T) {
	s := open(t, t.TempDir())
	for _, a := range []Account{visitorOf("visitor-a", -time.Second), visitorOf("visitor-b", time.Hour), visitorOf("visitor-c", time.Hour)} {
		if err := s.AddVisitor(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	var names string
	if err := s.db.QueryRow("SELECT group_concat(username) FROM (SELECT username FROM visitors ORDER BY username)").Scan(&names); err != nil || names != "visitor-b,visitor-c" {
		t.Errorf("%s, %v", names, err)
	}
}

func TestVisitorsAreBounded(t *testing.T) {
	s := open(t, t.TempDir())
	_, err := s.db.Exec(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
		INSERT INTO visitors SELECT 'visitor-' || i, '', '{}', '1001', 0, ? FROM n`, maxVisitors, time.Now().Add(time.Hour).UnixMilli())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.AddVisitor(t.Context(), visitorOf("visitor-a", time.Hour)); !errors.Is(err, ErrTooManyVisitors) {
		t.Fatalf("%v, want ErrTooManyVisitors", err)
	}
	if _, err := s.db.Exec("UPDATE visitors SET expires = 1 WHERE username = 'visitor-1'"); err != nil {
		t.Fatal(err)
	}
	if err := s.AddVisitor(t.Context(), visitorOf("visitor-a", time.Hour)); err != nil {
		t.Errorf("with one that has ended: %v", err)
	}
}

func TestAVisitorNeedsADestinationAnEndAndANameOfItsOwn(t *testing.T) {
	s := open(t, t.TempDir())
	anywhere, forever := visitorOf("visitor-a", time.Hour), visitorOf("visitor-a", time.Hour)
	anywhere.Destination, forever.Expires = "", time.Time{}
	for _, a := range []Account{anywhere, forever, visitorOf("visitor a", time.Hour), visitorOf(strings.Repeat("v", 65), time.Hour)} {
		if err := s.AddVisitor(t.Context(), a); !errors.Is(err, ErrInvalid) {
			t.Errorf("%+v: %v, want ErrInvalid", a, err)
		}
	}
	if err := s.AddVisitor(t.Context(), visitorOf("visitor-a", time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := s.AddVisitor(t.Context(), visitorOf("visitor-a", time.Hour)); !errors.Is(err, ErrExists) {
		t.Errorf("%v, want ErrExists", err)
	}
}
