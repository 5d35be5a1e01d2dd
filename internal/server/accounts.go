package server

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"

	"webphone/internal/sip"
	"webphone/internal/store"
)

// Bounds of a password, in bytes.
const (
	minPassword = 8
	maxPassword = 256
)

// ErrPassword says that a password breaks a documented bound.
var ErrPassword = errors.New("a password has 8 to 256 bytes, on one line")

// Accounts makes accounts: it turns passwords into the digests that are kept.
type Accounts struct {
	Store *store.SQLite
	// Realm is the digest realm. It is fixed when the data folder is new,
	// since every kept digest depends on it.
	Realm string
}

// OpenAccounts opens the data folder. domain becomes the realm of a new one.
func OpenAccounts(ctx context.Context, folder, domain string) (*Accounts, error) {
	db, err := store.Open(ctx, folder)
	if err != nil {
		return nil, err
	}
	realm, err := db.Setting(ctx, "realm", []byte(domain))
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &Accounts{Store: db, Realm: string(realm)}, nil
}

// Add adds an account.
func (a *Accounts) Add(ctx context.Context, username, password string) error {
	hashes, err := a.hashes(username, password)
	if err != nil {
		return err
	}
	return a.Store.AddAccounts(ctx, store.Account{Username: username, Realm: a.Realm, Hashes: hashes})
}

// SetPassword gives an account a new password.
func (a *Accounts) SetPassword(ctx context.Context, username, password string) error {
	hashes, err := a.hashes(username, password)
	if err != nil {
		return err
	}
	return a.Store.SetHashes(ctx, username, a.Realm, hashes)
}

// Account is a user name and, for once, its password.
type Account struct{ Username, Password string }

// AddFirst makes the accounts 1001 and 1002 in a data folder that has none,
// and returns them; nothing when there are accounts already.
func (a *Accounts) AddFirst(ctx context.Context) ([]Account, error) {
	have, err := a.Store.Accounts(ctx)
	if err != nil || len(have) > 0 {
		return nil, err
	}
	first := []Account{{"1001", NewPassword()}, {"1002", NewPassword()}}
	var records []store.Account
	for _, account := range first {
		hashes, err := a.hashes(account.Username, account.Password)
		if err != nil {
			return nil, err
		}
		records = append(records, store.Account{Username: account.Username, Realm: a.Realm, Hashes: hashes})
	}
	err = a.Store.AddAccounts(ctx, records...)
	if errors.Is(err, store.ErrExists) {
		// Another process was faster; its operator has the links.
		return nil, nil
	}
	return first, err
}

func (a *Accounts) hashes(username, password string) (map[string]string, error) {
	if err := store.ValidateUsername(username); err != nil {
		return nil, err
	}
	if err := checkPassword(password); err != nil {
		return nil, err
	}
	hashes := map[string]string{}
	for _, algorithm := range []sip.DigestAlgorithm{sip.SHA512256, sip.SHA256, sip.MD5} {
		hashes[string(algorithm)] = sip.HA1(algorithm, username, a.Realm, password)
	}
	return hashes, nil
}

func checkPassword(password string) error {
	if len(password) < minPassword || len(password) > maxPassword || strings.ContainsAny(password, "\r\n\x00") || !utf8.ValidString(password) {
		return ErrPassword
	}
	return nil
}

// NewPassword makes a password of 130 random bits that needs no escaping.
func NewPassword() string { return strings.ToLower(rand.Text()) }

// SignInLink opens the phone signed in. The secret is in the fragment, which a
// browser does not send and the page removes at once.
func SignInLink(base string, account Account) string {
	return fmt.Sprintf("%s#username=%s&password=%s", base, url.QueryEscape(account.Username), url.QueryEscape(account.Password))
}
