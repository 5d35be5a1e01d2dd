package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

const (
	// administrator is the setting that holds the hash of the administrator's
	// password.
	administrator = "administrator"
	// maxSessions bounds the sessions; the one that was idle longest goes.
	maxSessions = 100
	// useEvery is how exactly a session's last use is known. A write at every
	// request would be for nothing.
	useEvery = time.Minute
)

// Administrator returns the hash of the administrator's password, or ErrNotFound
// while none is set.
func (s *SQLite) Administrator(ctx context.Context) ([]byte, error) {
	return administratorOf(ctx, s.db)
}

func administratorOf(ctx context.Context, from querier) ([]byte, error) {
	var hash []byte
	err := from.QueryRowContext(ctx, "SELECT value FROM settings WHERE name = ?", administrator).Scan(&hash)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("%w: administrator", ErrNotFound)
	}
	return hash, wrap(err)
}

// SetAdministrator sets the hash of the administrator's password and ends all
// sessions but keep, which may be nil.
func (s *SQLite) SetAdministrator(ctx context.Context, hash, keep []byte) error {
	return s.within(ctx, func(tx *sql.Tx) error {
		if err := setSetting(ctx, tx, administrator, hash); err != nil {
			return err
		}
		if keep == nil {
			keep = []byte{}
		}
		_, err := tx.ExecContext(ctx, "DELETE FROM sessions WHERE hash <> ?", keep)
		return wrap(err)
	})
}

// AddFirstAdministrator sets the hash of the administrator's password unless one
// is set, and tells whether it did. Of processes that start together one does.
func (s *SQLite) AddFirstAdministrator(ctx context.Context, hash []byte) (bool, error) {
	kept, err := s.Setting(ctx, administrator, hash)
	return bytes.Equal(kept, hash), err
}

// AddSession begins a session of who knew the password of this hash. It returns
// ErrConflict when another has been set in the meantime.
func (s *SQLite) AddSession(ctx context.Context, session, hash []byte, at time.Time) error {
	return s.within(ctx, func(tx *sql.Tx) error {
		kept, err := administratorOf(ctx, tx)
		if err != nil {
			return err
		}
		if !bytes.Equal(kept, hash) {
			return fmt.Errorf("%w: the administrator's password", ErrConflict)
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO sessions (hash, used) VALUES (?, ?)", session, at.UnixMilli()); err != nil {
			return fmt.Errorf("store: %w", err)
		}
		_, err = tx.ExecContext(ctx,
			"DELETE FROM sessions WHERE hash NOT IN (SELECT hash FROM sessions ORDER BY used DESC, rowid DESC LIMIT ?)", maxSessions)
		return wrap(err)
	})
}

// UseSession tells whether a session is there and was used within idle before
// at, and counts as a use of it.
func (s *SQLite) UseSession(ctx context.Context, session []byte, at time.Time, idle time.Duration) (bool, error) {
	var used int64
	err := s.db.QueryRowContext(ctx, "SELECT used FROM sessions WHERE hash = ?", session).Scan(&used)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("store: %w", err)
	}
	switch since := at.Sub(time.UnixMilli(used)); {
	case since >= idle:
		return false, s.RemoveSession(ctx, session)
	case since < useEvery:
		return true, nil
	}
	_, err = s.db.ExecContext(ctx, "UPDATE sessions SET used = ? WHERE hash = ?", at.UnixMilli(), session)
	return err == nil, wrap(err)
}

// RemoveSession ends a session, if it is there.
func (s *SQLite) RemoveSession(ctx context.Context, session []byte) error {
	_, err := s.db.ExecContext(ctx, "DELETE FROM sessions WHERE hash = ?", session)
	return wrap(err)
}
