package store

import (
	"context"
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

// maxVisitors bounds the visitors' accounts that have not expired.
const maxVisitors = 10_000

// ErrTooManyVisitors says that there are all the visitors' accounts that there
// may be.
var ErrTooManyVisitors = errors.New("store: there are 10,000 visitors' accounts already; some expire in a moment")

// AddVisitor adds an account that ends at its Expires and may call its
// Destination alone. Those that have ended are removed.
func (s *SQLite) AddVisitor(ctx context.Context, a Account) error {
	if err := ValidateUsername(a.Username); err != nil {
		return err
	}
	if a.Destination == "" || a.Expires.IsZero() {
		return fmt.Errorf("%w: a visitor has a destination and an end", ErrInvalid)
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
		var count int
		if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM visitors").Scan(&count); err != nil {
			return wrap(err)
		}
		if count >= maxVisitors {
			return ErrTooManyVisitors
		}
		_, err := tx.ExecContext(ctx,
			"INSERT INTO visitors (username, realm, hashes, destination, created, expires) VALUES (?, ?, ?, ?, ?, ?)",
			a.Username, a.Realm, string(hashes), a.Destination, at, a.Expires.UnixMilli())
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
