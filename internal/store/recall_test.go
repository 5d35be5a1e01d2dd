package store

import (
	"errors"
	"strconv"
	"testing"
	"time"
)

// kept reads an account until it is answered from memory.
func kept(t *testing.T, s *SQLite, username string) Account {
	t.Helper()
	for range 1000 {
		a, err := s.Account(t.Context(), username)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, found := s.recall.get(username); found {
			return a
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatal("the account is never kept")
	return Account{}
}

func TestAnAccountThatWasReadIsKept(t *testing.T) {
	s := open(t, t.TempDir())
	if err := s.AddAccounts(t.Context(), account("1001")); err != nil {
		t.Fatal(err)
	}
	kept(t, s, "1001")
	// What needs the file allocates hundreds of times.
	if n := testing.AllocsPerRun(100, func() { _, _ = s.Account(t.Context(), "1001") }); n > 8 {
		t.Errorf("reading it again allocates %v times", n)
	}
}

func TestWhatAnotherProcessWritesCountsAtOnce(t *testing.T) {
	folder := t.TempDir()
	s, other := open(t, folder), open(t, folder)
	if err := s.AddAccounts(t.Context(), account("1001")); err != nil {
		t.Fatal(err)
	}
	for _, password := range []string{"aa", "bb", "cc"} {
		kept(t, s, "1001")
		if err := other.SetHashes(t.Context(), "1001", "example.com", map[string]string{"MD5": password}); err != nil {
			t.Fatal(err)
		}
		a, err := s.Account(t.Context(), "1001")
		if err != nil || a.Hashes["MD5"] != password {
			t.Fatalf("after the change: %v, %v", a.Hashes, err)
		}
	}
	kept(t, s, "1001")
	if err := other.RemoveAccount(t.Context(), "1001"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Account(t.Context(), "1001"); !errors.Is(err, ErrNotFound) {
		t.Fatalf("after the removal: %v", err)
	}
}

func TestChangesInQuickSuccessionAllCount(t *testing.T) {
	folder := t.TempDir()
	s, other := open(t, folder), open(t, folder)
	if err := s.AddAccounts(t.Context(), account("1001")); err != nil {
		t.Fatal(err)
	}
	for _, password := range []string{"aa", "bb", "cc", "dd", "ee", "ff"} {
		if err := other.SetHashes(t.Context(), "1001", "example.com", map[string]string{"MD5": password}); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if a, err := s.Account(t.Context(), "1001"); err != nil || a.Hashes["MD5"] != password {
				t.Fatalf("%v, %v; want %s", a.Hashes, err, password)
			}
		}
	}
}

func TestAKeptVisitorEndsInItsTime(t *testing.T) {
	s := open(t, t.TempDir())
	visitor := account("visitor-1")
	visitor.Destination, visitor.Expires = "*43", time.Now().Add(400*time.Millisecond)
	if err := s.AddVisitor(t.Context(), visitor, "203.0.113.9"); err != nil {
		t.Fatal(err)
	}
	kept(t, s, "visitor-1")
	for time.Now().Before(visitor.Expires) {
		time.Sleep(10 * time.Millisecond)
	}
	if _, err := s.Account(t.Context(), "visitor-1"); !errors.Is(err, ErrNotFound) {
		t.Fatalf("after its end: %v", err)
	}
}

func TestTheAccountsInMemoryAreBounded(t *testing.T) {
	s := open(t, t.TempDir())
	if err := s.AddAccounts(t.Context(), account("1001")); err != nil {
		t.Fatal(err)
	}
	s.recall.most = 10
	kept(t, s, "1001")
	_, at, _ := s.recall.get("1001")
	for i := range 20 {
		s.recall.put(account(strconv.Itoa(i)), at)
	}
	if n := len(s.recall.accounts); n != 10 {
		t.Errorf("%d are kept", n)
	}
}
