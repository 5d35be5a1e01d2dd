package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// schema is applied step by step; user_version counts the steps done.
var schema = []string{
	`CREATE TABLE accounts (
		username TEXT PRIMARY KEY,
		realm    TEXT NOT NULL,
		hashes   TEXT NOT NULL,
		created  INTEGER NOT NULL,
		changed  INTEGER NOT NULL
	) STRICT;
	CREATE TABLE settings (
		name  TEXT PRIMARY KEY,
		value BLOB NOT NULL
	) STRICT;`,
	// A page's versions are numbered from 1, and a number is used once. page is
	// empty for a variable of all pages; value is NULL while it is unset.
	`CREATE TABLE pages (
		name      TEXT PRIMARY KEY,
		revision  INTEGER NOT NULL,
		title     TEXT NOT NULL,
		draft     TEXT NOT NULL,
		changed   INTEGER NOT NULL,
		published INTEGER
	) STRICT;
	CREATE TABLE page_versions (
		page     TEXT NOT NULL REFERENCES pages (name) ON DELETE CASCADE,
		number   INTEGER NOT NULL,
		title    TEXT NOT NULL,
		document TEXT NOT NULL,
		time     INTEGER NOT NULL,
		PRIMARY KEY (page, number)
	) STRICT;
	CREATE TABLE variables (
		page      TEXT NOT NULL,
		name      TEXT NOT NULL,
		value     BLOB,
		protected INTEGER NOT NULL,
		private   INTEGER NOT NULL,
		locked    INTEGER NOT NULL,
		fallback  INTEGER NOT NULL,
		PRIMARY KEY (page, name)
	) STRICT;
	CREATE TABLE sessions (
		hash BLOB PRIMARY KEY,
		used INTEGER NOT NULL
	) STRICT;`,
	visitorTable,
	visitorAddresses,
}

// SQLite is a store in one file. Several processes may open it at once.
type SQLite struct {
	db     *sql.DB
	folder string
	recall recall
}

const fileName = "webphone.db"

// Exists tells whether a folder has a store.
func Exists(folder string) bool {
	_, err := os.Stat(filepath.Join(folder, fileName))
	return err == nil
}

// Open opens the store in a folder, which it makes when it is missing. Folder
// and file are for their owner alone.
func Open(ctx context.Context, folder string) (*SQLite, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	path := filepath.Join(folder, fileName)
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	if err := file.Close(); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	// The file name goes as a URI, in which ? and # have to be escaped.
	name := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: url.Values{
		"_pragma": {"busy_timeout(5000)", "synchronous(NORMAL)", "foreign_keys(1)"},
		"_txlock": {"immediate"},
	}.Encode()}
	db, err := sql.Open("sqlite", name.String())
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	db.SetMaxOpenConns(4)
	s := &SQLite{db: db, folder: folder, recall: recall{path: path + "-wal", most: maxRecalled}}
	if err := s.prepare(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("store: %s: %w", path, err), db.Close())
	}
	return s, nil
}

// Close closes the store.
func (s *SQLite) Close() error { return s.db.Close() }

// Ping tells whether the store answers.
func (s *SQLite) Ping(ctx context.Context) error { return s.db.PingContext(ctx) }

// openTime is how long processes that open a new file at the same moment wait
// for one another.
const openTime = 5 * time.Second

// prepare makes the file what this version expects. SQLite does not wait for
// other processes while a file becomes one with a write-ahead log, so we do.
func (s *SQLite) prepare(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, openTime)
	defer cancel()
	for {
		_, err := s.db.ExecContext(ctx, "PRAGMA journal_mode = WAL")
		if err == nil {
			err = s.migrate(ctx)
		}
		if !isBusy(err) {
			return err
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
			return err
		}
	}
}

func (s *SQLite) migrate(ctx context.Context) error {
	return s.within(ctx, func(tx *sql.Tx) error {
		var version int
		if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
			return err
		}
		if version > len(schema) {
			return fmt.Errorf("made by a newer webphone (schema %d, this one knows %d)", version, len(schema))
		}
		for _, step := range schema[version:] {
			if _, err := tx.ExecContext(ctx, step); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", len(schema)))
		return err
	})
}

func (s *SQLite) within(ctx context.Context, do func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// AddAccounts adds all accounts or, when one cannot be added, none.
func (s *SQLite) AddAccounts(ctx context.Context, accounts ...Account) error {
	return s.within(ctx, func(tx *sql.Tx) error {
		for _, a := range accounts {
			if err := ValidateUsername(a.Username); err != nil {
				return err
			}
			hashes, err := json.Marshal(a.Hashes)
			if err != nil {
				return err
			}
			now := time.Now().Unix()
			_, err = tx.ExecContext(ctx,
				"INSERT INTO accounts (username, realm, hashes, created, changed) VALUES (?, ?, ?, ?, ?)",
				a.Username, a.Realm, string(hashes), now, now)
			if isConstraint(err) {
				return fmt.Errorf("%w: account %s", ErrExists, a.Username)
			}
			if err != nil {
				return fmt.Errorf("store: %w", err)
			}
		}
		return nil
	})
}

// SetHashes gives an account a new password's hashes.
func (s *SQLite) SetHashes(ctx context.Context, username, realm string, hashes map[string]string) error {
	text, err := json.Marshal(hashes)
	if err != nil {
		return err
	}
	result, err := s.db.ExecContext(ctx,
		"UPDATE accounts SET realm = ?, hashes = ?, changed = ? WHERE username = ?",
		realm, string(text), time.Now().Unix(), username)
	return oneRow(result, err, username)
}

// RemoveAccount removes an account.
func (s *SQLite) RemoveAccount(ctx context.Context, username string) error {
	result, err := s.db.ExecContext(ctx, "DELETE FROM accounts WHERE username = ?", username)
	return oneRow(result, err, username)
}

// Account returns an account, or a visitor's that has not ended. What another
// process writes counts at once. The account's Hashes must not be changed.
func (s *SQLite) Account(ctx context.Context, username string) (Account, error) {
	kept, at, found := s.recall.get(username)
	if found {
		return kept, nil
	}
	a, err := s.account(ctx, username)
	if err == nil {
		s.recall.put(a, at)
	}
	return a, err
}

func (s *SQLite) account(ctx context.Context, username string) (Account, error) {
	row := s.db.QueryRowContext(ctx,
		"SELECT username, realm, hashes, created, changed FROM accounts WHERE username = ?", username)
	a, err := scanAccount(row)
	if errors.Is(err, sql.ErrNoRows) {
		return s.visitor(ctx, username)
	}
	return a, err
}

// Accounts returns all accounts by user name, without those of visitors.
func (s *SQLite) Accounts(ctx context.Context) ([]Account, error) {
	rows, err := s.db.QueryContext(ctx,
		"SELECT username, realm, hashes, created, changed FROM accounts ORDER BY username")
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	defer rows.Close()
	var accounts []Account
	for rows.Next() {
		a, err := scanAccount(rows)
		if err != nil {
			return nil, err
		}
		accounts = append(accounts, a)
	}
	return accounts, rows.Err()
}

// Setting returns the value under name; the first caller's fresh value is
// kept, so that processes that start together agree.
func (s *SQLite) Setting(ctx context.Context, name string, fresh []byte) ([]byte, error) {
	var value []byte
	err := s.within(ctx, func(tx *sql.Tx) (err error) {
		value, err = setting(ctx, tx, name, fresh)
		return err
	})
	return value, err
}

func setting(ctx context.Context, tx *sql.Tx, name string, fresh []byte) ([]byte, error) {
	var value []byte
	_, err := tx.ExecContext(ctx,
		"INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING", name, fresh)
	if err == nil {
		err = tx.QueryRowContext(ctx, "SELECT value FROM settings WHERE name = ?", name).Scan(&value)
	}
	if err != nil {
		return nil, fmt.Errorf("store: setting %s: %w", name, err)
	}
	return value, nil
}

func setSetting(ctx context.Context, tx *sql.Tx, name string, value []byte) error {
	_, err := tx.ExecContext(ctx,
		"INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value)
	return wrap(err)
}

// Key returns the 32-byte key under name, which is made at the first call.
func (s *SQLite) Key(ctx context.Context, name string) ([]byte, error) {
	var value []byte
	err := s.within(ctx, func(tx *sql.Tx) (err error) {
		value, err = keyOf(ctx, tx, name)
		return err
	})
	return value, err
}

func keyOf(ctx context.Context, tx *sql.Tx, name string) ([]byte, error) {
	fresh := make([]byte, 32)
	if _, err := rand.Read(fresh); err != nil {
		return nil, err
	}
	return setting(ctx, tx, "key:"+name, fresh)
}

func scanAccount(row interface{ Scan(...any) error }) (Account, error) {
	var a Account
	var hashes string
	var created, changed int64
	if err := row.Scan(&a.Username, &a.Realm, &hashes, &created, &changed); err != nil {
		return Account{}, fmt.Errorf("store: %w", err)
	}
	a.Created, a.Changed = time.Unix(created, 0).UTC(), time.Unix(changed, 0).UTC()
	if err := json.Unmarshal([]byte(hashes), &a.Hashes); err != nil {
		return Account{}, fmt.Errorf("store: account %s: %w", a.Username, err)
	}
	return a, nil
}

func oneRow(result sql.Result, err error, username string) error {
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	if n == 0 {
		return fmt.Errorf("%w: account %s", ErrNotFound, username)
	}
	return nil
}

func isConstraint(err error) bool { return isFailure(err, sqlite3.SQLITE_CONSTRAINT) }

func isBusy(err error) bool { return isFailure(err, sqlite3.SQLITE_BUSY) }

func isFailure(err error, code int) bool {
	var failure *sqlite.Error
	return errors.As(err, &failure) && failure.Code()&0xff == code
}
