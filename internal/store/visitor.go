package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// visitorTable holds the short-lived accounts of visitors, apart from those
// that an operator made: nobody lists them, and they go by themselves.
const visitorTable = `CREATE TABLE visitors (
		username    TEXT PRIMARY KEY,
		realm       TEXT NOT NULL,
		hashes      TEXT NOT NULL,
		destination TEXT NOT NULL,
		created     INTEGER NOT NULL,
		expires     INTEGER NOT NULL
	) STRICT;
	CREATE INDEX visitors_by_end ON visitors (expires);`

// visitorAddresses says where a visitor asked from, in a form that tells two
// addresses apart and neither of them.
const visitorAddresses = `ALTER TABLE visitors ADD COLUMN address BLOB NOT NULL DEFAULT x'';
	CREATE INDEX visitors_by_address ON visitors (address);`

// Bounds of the visitors' accounts that have not expired.
const (
	maxVisitors            = 10_000
	maxVisitorsFromAddress = 100
)

// ErrTooManyVisitors says that there are all the visitors' accounts that there
// may be.
var ErrTooManyVisitors = errors.New("store: there are 10,000 visitors' accounts already; some expire in a moment")

// ErrTooManyFromAddress says that an address has all the visitors' accounts
// that one may have.
var ErrTooManyFromAddress = errors.New("store: there are 100 visitors' accounts from one address already; some expire in a moment")

// AddVisitor adds an account that ends at its Expires and may call its
// Destination alone, for somebody at an address: 100 at most from one, and
// 10,000 in all. Those that have ended are removed.
func (s *SQLite) AddVisitor(ctx context.Context, a Account, address string) error {
	if err := ValidateUsername(a.Username); err != nil {
		return err
	}
	if a.Destination == "" || a.Expires.IsZero() || address == "" {
		return fmt.Errorf("%w: a visitor has a destination, an end and an address", ErrInvalid)
	}
	hashes, err := json.Marshal(a.Hashes)
	if err != nil {
		return err
	}
	return s.within(ctx, func(tx *sql.Tx) error {
		at := now()
		if _, err := tx.ExecContext(ctx, "DELETE FROM visitors WHERE expires <= ?", at); err != nil {
			return wrap(err)
		}
		key, err := keyOf(ctx, tx, "visitor-addresses")
		if err != nil {
			return err
		}
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(address))
		from := mac.Sum(nil)
		var near, all int
		if err := tx.QueryRowContext(ctx,
			"SELECT (SELECT count(*) FROM visitors WHERE address = ?), (SELECT count(*) FROM visitors)", from).Scan(&near, &all); err != nil {
			return wrap(err)
		}
		switch {
		case near >= maxVisitorsFromAddress:
			return ErrTooManyFromAddress
		case all >= maxVisitors:
			return ErrTooManyVisitors
		}
		_, err = tx.ExecContext(ctx,
			"INSERT INTO visitors (username, realm, hashes, destination, created, expires, address) VALUES (?, ?, ?, ?, ?, ?, ?)",
			a.Username, a.Realm, string(hashes), a.Destination, at, a.Expires.UnixMilli(), from)
		if isConstraint(err) {
			return fmt.Errorf("%w: account %s", ErrExists, a.Username)
		}
		return wrap(err)
	})
}

// visitor returns a visitor's account that has not ended.
func (s *SQLite) visitor(ctx context.Context, username string) (Account, error) {
	a := Account{Username: username}
	var hashes string
	var created, expires int64
	err := s.db.QueryRowContext(ctx,
		"SELECT realm, hashes, destination, created, expires FROM visitors WHERE username = ? AND expires > ?", username, now()).
		Scan(&a.Realm, &hashes, &a.Destination, &created, &expires)
	if errors.Is(err, sql.ErrNoRows) {
		return Account{}, fmt.Errorf("%w: account %s", ErrNotFound, username)
	}
	if err != nil {
		return Account{}, wrap(err)
	}
	a.Created, a.Expires = time.UnixMilli(created).UTC(), time.UnixMilli(expires).UTC()
	a.Changed = a.Created
	if err := json.Unmarshal([]byte(hashes), &a.Hashes); err != nil {
		return Account{}, fmt.Errorf("store: account %s: %w", username, err)
	}
	return a, nil
}
