package store

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrKey says that the key of the variables is not the one with which they were
// encrypted.
var ErrKey = errors.New("store: the variables cannot be read")

const (
	// keyFile holds the key of the variables beside the database, so that a
	// copy of the database alone tells none of them.
	keyFile = "variables.key"
	keySize = 32
	// keyMark is the setting by which a key is recognized.
	keyMark = "variables-key"
)

// seal encrypts a value with AES-256-GCM (NIST SP 800-38D) under a random nonce,
// which goes before it. Scope and name are authenticated with it, so that a
// value that was moved to another variable in the file does not open. It returns
// nil for a variable that is unset.
func (s *SQLite) seal(ctx context.Context, tx *sql.Tx, v Variable) ([]byte, error) {
	if !v.Set {
		return nil, nil
	}
	key, err := s.key(ctx, tx, true)
	if err != nil {
		return nil, err
	}
	aead, err := newAEAD(key)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, aead.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return nil, err
	}
	return aead.Seal(nonce, nonce, []byte(v.Value), sealedTo(v)), nil
}

func (s *SQLite) openVariables(ctx context.Context, from querier, sealed []sealedVariable) ([]Variable, error) {
	var aead cipher.AEAD
	var opened []Variable
	for _, v := range sealed {
		if !v.Set {
			opened = append(opened, v.Variable)
			continue
		}
		if aead == nil {
			key, err := s.key(ctx, from, false)
			if err != nil {
				return nil, err
			}
			if aead, err = newAEAD(key); err != nil {
				return nil, err
			}
		}
		if len(v.sealed) < aead.NonceSize() {
			return nil, fmt.Errorf("%w: %s is damaged; delete it and set it again", ErrKey, v.Name)
		}
		value, err := aead.Open(nil, v.sealed[:aead.NonceSize()], v.sealed[aead.NonceSize():], sealedTo(v.Variable))
		if err != nil {
			return nil, fmt.Errorf("%w: %s is damaged; delete it and set it again", ErrKey, v.Name)
		}
		v.Value = string(value)
		opened = append(opened, v.Variable)
	}
	return opened, nil
}

func sealedTo(v Variable) []byte { return []byte(v.Page + "\x00" + v.Name) }

func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// key returns the key of the variables. For a write, which holds the lock of
// the database against other processes, a key is made when there is none and
// nothing depends on one.
func (s *SQLite) key(ctx context.Context, from querier, write bool) ([]byte, error) {
	var mark []byte
	err := from.QueryRowContext(ctx, "SELECT value FROM settings WHERE name = ?", keyMark).Scan(&mark)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("store: %w", err)
	}
	path := filepath.Join(s.folder, keyFile)
	key, err := os.ReadFile(path)
	if err == nil && len(key) == keySize && hmac.Equal(mark, markOf(key)) {
		return key, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	var depend int
	if err := from.QueryRowContext(ctx, "SELECT count(*) FROM variables WHERE value IS NOT NULL").Scan(&depend); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	tx, ok := from.(*sql.Tx)
	switch {
	case depend > 0 || !write || !ok:
	case len(key) == keySize:
		// Another database may need it, such as one of which this is the
		// fresh successor: it is taken rather than replaced.
		return key, keepMark(ctx, tx, key)
	default:
		return newKey(ctx, tx, path)
	}
	what := "is not the key they were encrypted with"
	if key == nil {
		what = "is missing"
	}
	return nil, fmt.Errorf("%w: the file %s in the data folder %s; put the right one back, or give the variables up with `webphone admin forget-variables`", ErrKey, keyFile, what)
}

// newKey makes a key. The file appears whole or not at all.
func newKey(ctx context.Context, tx *sql.Tx, path string) ([]byte, error) {
	key := make([]byte, keySize)
	if _, err := rand.Read(key); err != nil {
		return nil, err
	}
	fresh := path + ".new"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("store: %w", err)
	}
	file, err := os.OpenFile(fresh, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	_, err = file.Write(key)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	if err := os.Rename(fresh, path); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	return key, keepMark(ctx, tx, key)
}

func keepMark(ctx context.Context, tx *sql.Tx, key []byte) error {
	return setSetting(ctx, tx, keyMark, markOf(key))
}

// markOf recognizes a key without telling it.
func markOf(key []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("webphone variables"))
	return mac.Sum(nil)
}
