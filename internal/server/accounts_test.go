package server

import (
	"bytes"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"webphone/internal/sip"
	"webphone/internal/store"
)

func TestPasswordsAreBounded(t *testing.T) {
	accounts := openAccounts(t, t.TempDir(), domain)
	add(t, accounts, "1001")
	for text, want := range map[string]error{
		strings.Repeat("x", 7):    ErrPassword,
		strings.Repeat("x", 8):    nil,
		strings.Repeat("x", 256):  nil,
		strings.Repeat("x", 257):  ErrPassword,
		"pässwörter":              nil,
		"two\nlines here":         ErrPassword,
		"carriage\rreturn":        ErrPassword,
		"a zero \x00 byte":        ErrPassword,
		"not \xff utf-8":          ErrPassword,
		"":                        ErrPassword,
		" spaces count as bytes ": nil,
	} {
		if err := accounts.SetPassword(within(t), "1001", text); !errors.Is(err, want) {
			t.Errorf("SetPassword(%q): %v, want %v", text, err, want)
		}
		if err := accounts.Add(within(t), "1002", text); !errors.Is(err, want) {
			t.Errorf("Add(%q): %v, want %v", text, err, want)
		} else if err == nil {
			if err := accounts.Store.RemoveAccount(within(t), "1002"); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestAnAccountIsAddedOnceAndChangedOnlyWhenItIsThere(t *testing.T) {
	accounts := openAccounts(t, t.TempDir(), domain)
	add(t, accounts, "1001")
	if err := accounts.Add(within(t), "1001", password); !errors.Is(err, store.ErrExists) {
		t.Errorf("adding it twice: %v", err)
	}
	if err := accounts.SetPassword(within(t), "1002", password); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("changing an unknown one: %v", err)
	}
	if err := accounts.Add(within(t), "a b", password); !errors.Is(err, store.ErrInvalid) {
		t.Errorf("a name with a space: %v", err)
	}
}

func TestTheFirstAccountsAreMadeOnce(t *testing.T) {
	folder := t.TempDir()
	accounts := openAccounts(t, folder, domain)
	made, err := accounts.AddFirst(within(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(made) != 2 || made[0].Username != "1001" || made[1].Username != "1002" {
		t.Fatalf("made %d accounts, want 1001 and 1002", len(made))
	}
	// 26 letters of base 32 are 130 bits.
	if made[0].Password == made[1].Password || len(made[0].Password) < 26 {
		t.Error("the passwords are not random")
	}
	for _, again := range []*Accounts{accounts, openAccounts(t, folder, domain)} {
		if made, err := again.AddFirst(within(t)); err != nil || made != nil {
			t.Errorf("the second time made %d accounts, %v", len(made), err)
		}
	}
}

func TestTheFirstAccountsAreNotMadeBesideOthers(t *testing.T) {
	accounts := openAccounts(t, t.TempDir(), domain)
	add(t, accounts, "2001")
	if made, err := accounts.AddFirst(within(t)); err != nil || made != nil {
		t.Errorf("made %d accounts, %v", len(made), err)
	}
}

func TestOnlyHashesAreOnDisk(t *testing.T) {
	folder := t.TempDir()
	accounts := openAccounts(t, folder, domain)
	const secret, changed = "a-secret-to-look-for", "another-secret-to-look-for"
	if err := accounts.Add(within(t), "1003", secret); err != nil {
		t.Fatal(err)
	}
	if err := accounts.SetPassword(within(t), "1003", changed); err != nil {
		t.Fatal(err)
	}
	made, err := accounts.AddFirst(within(t))
	if err != nil || made != nil {
		t.Fatal(made, err)
	}
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	hash := sip.HA1(sip.SHA256, "1003", domain, changed)
	found := false
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		// The search itself works: the hash is found.
		found = found || bytes.Contains(content, []byte(hash))
		for _, text := range []string{secret, changed} {
			if bytes.Contains(content, []byte(text)) {
				t.Errorf("%s holds a password", filepath.Base(file))
			}
		}
	}
	if !found {
		t.Errorf("no file of %d holds the hash", len(files))
	}
}

func TestTheRealmIsFixedAtTheFirstStart(t *testing.T) {
	folder := t.TempDir()
	if realm := openAccounts(t, folder, "first.example").Realm; realm != "first.example" {
		t.Fatalf("realm %q", realm)
	}
	accounts := openAccounts(t, folder, "second.example")
	if accounts.Realm != "first.example" {
		t.Fatalf("the realm became %q; every kept hash is void", accounts.Realm)
	}
	add(t, accounts, "1001")
	account, err := accounts.Store.Account(within(t), "1001")
	if err != nil {
		t.Fatal(err)
	}
	for _, algorithm := range []sip.DigestAlgorithm{sip.SHA512256, sip.SHA256, sip.MD5} {
		if account.Hashes[string(algorithm)] != sip.HA1(algorithm, "1001", "first.example", password) {
			t.Errorf("the %s hash is not of the fixed realm", algorithm)
		}
	}
}

func TestASignInLinkHoldsTheSecretInItsFragment(t *testing.T) {
	for _, account := range []Account{
		{"1001", "abcdefgh"},
		{"a+b", `p&s=w#r%d "ü" +/?`},
	} {
		link := SignInLink("http://localhost:8080/", account)
		parsed, err := url.Parse(link)
		if err != nil {
			t.Fatal(err)
		}
		if parsed.RawQuery != "" || parsed.Path != "/" || parsed.Host != "localhost:8080" {
			t.Errorf("%s: the part that is sent to a server holds more than the page", link)
		}
		_, fragment, _ := strings.Cut(link, "#")
		values, err := url.ParseQuery(fragment)
		if err != nil {
			t.Fatal(err)
		}
		if got := (Account{values.Get("username"), values.Get("password")}); got != account {
			t.Errorf("%s reads as %q, want %q", link, got, account)
		}
	}
}
