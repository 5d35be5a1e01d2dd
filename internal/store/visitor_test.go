package store

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// home is where the visitors of these tests are.
const home = "192.0.2.17"

func visitorOf(name string, left time.Duration) Account {
	a := account(name)
	a.Destination, a.Expires = "1001", time.Now().Add(left).Truncate(time.Millisecond).UTC()
	return a
}

func TestAVisitorIsFoundUntilItsEnd(t *testing.T) {
	s := open(t, t.TempDir())
	want := visitorOf("visitor-a", time.Hour)
	if err := s.AddVisitor(t.Context(), want, home); err != nil {
		t.Fatal(err)
	}
	got, err := s.Account(t.Context(), "visitor-a")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Account{}, "Created", "Changed")); diff != "" || !got.Visitor() {
		t.Error(diff)
	}
	if err := s.AddVisitor(t.Context(), visitorOf("visitor-b", 0), home); err != nil {
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
	if err := s.AddVisitor(t.Context(), visitorOf("visitor-a", time.Hour), home); err != nil {
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
		if err := s.AddVisitor(t.Context(), a, home); err != nil {
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
		INSERT INTO visitors SELECT 'visitor-' || i, '', '{}', '1001', 0, ?, CAST(i AS BLOB) FROM n`, maxVisitors, time.Now().Add(time.Hour).UnixMilli())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.AddVisitor(t.Context(), visitorOf("visitor-a", time.Hour), home); !errors.Is(err, ErrTooManyVisitors) {
		t.Fatalf("%v, want ErrTooManyVisitors", err)
	}
	if _, err := s.db.Exec("UPDATE visitors SET expires = 1 WHERE username = 'visitor-1'"); err != nil {
		t.Fatal(err)
	}
	if err := s.AddVisitor(t.Context(), visitorOf("visitor-a", time.Hour), home); err != nil {
		t.Errorf("with one that has ended: %v", err)
	}
}

func TestVisitorsAreBoundedFromOneAddress(t *testing.T) {
	folder := t.TempDir()
	s := open(t, folder)
	for i := range maxVisitorsFromAddress {
		if err := s.AddVisitor(t.Context(), visitorOf(fmt.Sprintf("visitor-%d", i), time.Hour), home); err != nil {
			t.Fatalf("visitor %d: %v", i, err)
		}
	}
	// Another process on the same folder counts alike.
	for _, s := range []*SQLite{s, open(t, folder)} {
		if err := s.AddVisitor(t.Context(), visitorOf("visitor-more", time.Hour), home); !errors.Is(err, ErrTooManyFromAddress) {
			t.Fatalf("%v, want ErrTooManyFromAddress", err)
		}
	}
	if err := s.AddVisitor(t.Context(), visitorOf("visitor-elsewhere", time.Hour), "192.0.2.18"); err != nil {
		t.Errorf("from another address: %v", err)
	}
	if _, err := s.db.Exec("UPDATE visitors SET expires = 1 WHERE username = 'visitor-1'"); err != nil {
		t.Fatal(err)
	}
	if err := s.AddVisitor(t.Context(), visitorOf("visitor-more", time.Hour), home); err != nil {
		t.Errorf("with one that has ended: %v", err)
	}
}

func TestAVisitorsAddressIsNotInTheStore(t *testing.T) {
	folder := t.TempDir()
	s := open(t, folder)
	if err := s.AddVisitor(t.Context(), visitorOf("visitor-a", time.Hour), home); err != nil {
		t.Fatal(err)
	}
	var kept []byte
	if err := s.db.QueryRow("SELECT address FROM visitors").Scan(&kept); err != nil {
		t.Fatal(err)
	}
	if plain := sha256.Sum256([]byte(home)); len(kept) != sha256.Size || bytes.Equal(kept, plain[:]) {
		t.Errorf("kept as %x, which is no hash with a key", kept)
	}
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, file := range files {
		content, err := os.ReadFile(filepath.Join(folder, file.Name()))
		if err != nil {
			t.Fatal(err)
		}
		found = found || bytes.Contains(content, []byte("visitor-a"))
		if bytes.Contains(content, []byte(home)) {
			t.Errorf("the address is in %s", file.Name())
		}
	}
	if !found {
		t.Error("the visitor is in no file: nothing was looked at")
	}
}

func TestVisitorsOfAnOlderStoreStay(t *testing.T) {
	folder := t.TempDir()
	s := open(t, folder)
	if _, err := s.db.Exec(`DROP INDEX visitors_by_address; ALTER TABLE visitors DROP COLUMN address;
		INSERT INTO visitors VALUES ('visitor-a', '', '{}', '1001', 0, ?); PRAGMA user_version = 3`, time.Now().Add(time.Hour).UnixMilli()); err != nil {
		t.Fatal(err)
	}
	newer := open(t, folder)
	if _, err := newer.Account(t.Context(), "visitor-a"); err != nil {
		t.Error(err)
	}
	if err := newer.AddVisitor(t.Context(), visitorOf("visitor-b", time.Hour), home); err != nil {
		t.Error(err)
	}
}

func TestAVisitorNeedsADestinationAnEndAndANameOfItsOwn(t *testing.T) {
	s := open(t, t.TempDir())
	anywhere, forever := visitorOf("visitor-a", time.Hour), visitorOf("visitor-a", time.Hour)
	anywhere.Destination, forever.Expires = "", time.Time{}
	for _, a := range []Account{anywhere, forever, visitorOf("visitor a", time.Hour), visitorOf(strings.Repeat("v", 65), time.Hour)} {
		if err := s.AddVisitor(t.Context(), a, home); !errors.Is(err, ErrInvalid) {
			t.Errorf("%+v: %v, want ErrInvalid", a, err)
		}
	}
	if err := s.AddVisitor(t.Context(), visitorOf("visitor-a", time.Hour), ""); !errors.Is(err, ErrInvalid) {
		t.Errorf("from nowhere: %v, want ErrInvalid", err)
	}
	if err := s.AddVisitor(t.Context(), visitorOf("visitor-a", time.Hour), home); err != nil {
		t.Fatal(err)
	}
	if err := s.AddVisitor(t.Context(), visitorOf("visitor-a", time.Hour), home); !errors.Is(err, ErrExists) {
		t.Errorf("%v, want ErrExists", err)
	}
}
