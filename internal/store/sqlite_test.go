package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T, folder string) *SQLite {
	t.Helper()
	s, err := Open(context.Background(), folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func account(name string) Account {
	return Account{Username: name, Realm: "example.com", Hashes: map[string]string{"MD5": "00", "SHA-256": "11"}}
}

func TestAnAccountSurvivesReopening(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "data #1?")
	first := open(t, folder)
	if err := first.AddAccounts(t.Context(), account("1001"), account("1002")); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := open(t, folder).Accounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []Account{account("1001"), account("1002")}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Account{}, "Created", "Changed")); diff != "" {
		t.Fatal(diff)
	}
}

func TestFolderAndFileAreForTheirOwnerAlone(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "data")
	open(t, folder)
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) == 0 {
		t.Fatal(entries, err)
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode&0o077 != 0 {
			t.Errorf("%s has mode %o", entry.Name(), mode)
		}
	}
	if info, err := os.Stat(folder); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("folder has mode %o (%v)", info.Mode().Perm(), err)
	}
}

func TestAddAccountsAddsAllOrNone(t *testing.T) {
	s := open(t, t.TempDir())
	if err := s.AddAccounts(t.Context(), account("1001")); err != nil {
		t.Fatal(err)
	}
	if err := s.AddAccounts(t.Context(), account("1002"), account("1001")); !errors.Is(err, ErrExists) {
		t.Fatalf("got %v, want ErrExists", err)
	}
	if _, err := s.Account(t.Context(), "1002"); !errors.Is(err, ErrNotFound) {
		t.Fatalf("got %v, want ErrNotFound", err)
	}
}

func TestUserNamesAreBounded(t *testing.T) {
	s := open(t, t.TempDir())
	for _, name := range []string{"", "a b", "a@b", "a/b", "é", "a\x00", strings.Repeat("1", 65)} {
		if err := s.AddAccounts(t.Context(), account(name)); !errors.Is(err, ErrInvalid) {
			t.Errorf("%q: got %v, want ErrInvalid", name, err)
		}
	}
	if err := s.AddAccounts(t.Context(), account(strings.Repeat("1", 64))); err != nil {
		t.Error(err)
	}
}

func TestANewPasswordReplacesTheHashes(t *testing.T) {
	s := open(t, t.TempDir())
	if err := s.AddAccounts(t.Context(), account("1001")); err != nil {
		t.Fatal(err)
	}
	if err := s.SetHashes(t.Context(), "1001", "other", map[string]string{"MD5": "22"}); err != nil {
		t.Fatal(err)
	}
	got, err := s.Account(t.Context(), "1001")
	if err != nil || got.Realm != "other" || !cmp.Equal(got.Hashes, map[string]string{"MD5": "22"}) {
		t.Fatal(got, err)
	}
	if err := s.SetHashes(t.Context(), "1002", "", nil); !errors.Is(err, ErrNotFound) {
		t.Fatalf("got %v, want ErrNotFound", err)
	}
}

func TestARemovedAccountIsGone(t *testing.T) {
	s := open(t, t.TempDir())
	if err := s.AddAccounts(t.Context(), account("1001")); err != nil {
		t.Fatal(err)
	}
	if err := s.RemoveAccount(t.Context(), "1001"); err != nil {
		t.Fatal(err)
	}
	if err := s.RemoveAccount(t.Context(), "1001"); !errors.Is(err, ErrNotFound) {
		t.Fatalf("got %v, want ErrNotFound", err)
	}
}

func TestProcessesThatStartTogetherAgreeOnAKey(t *testing.T) {
	folder := t.TempDir()
	keys := make([][]byte, 4)
	var group sync.WaitGroup
	for i := range keys {
		group.Go(func() {
			s, err := Open(context.Background(), folder)
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			if keys[i], err = s.Key(context.Background(), "token"); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	for _, key := range keys {
		if len(key) != 32 || !bytes.Equal(key, keys[0]) {
			t.Fatalf("keys differ: %x", keys)
		}
	}
}

func TestAStoreOfANewerVersionIsLeftAlone(t *testing.T) {
	folder := t.TempDir()
	s := open(t, folder)
	if _, err := s.db.Exec(fmt.Sprintf("PRAGMA user_version = %d", len(schema)+1)); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), folder); err == nil || !strings.Contains(err.Error(), "newer") {
		t.Fatalf("got %v", err)
	}
}
