package server

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"golang.org/x/crypto/argon2"

	"webphone/internal/store"
)

// The cost of a guess with Argon2id (RFC 9106): 19 MiB in two passes on one core.
const (
	argonMemory  = 19 << 10 // KiB
	argonTime    = 2
	argonThreads = 1
	argonKey     = 32
	argonSalt    = 16
	// argonAtOnce bounds how many passwords are looked at at once, and with it
	// the memory that a flood of guesses takes.
	argonAtOnce = 2
	// argonPatience is how long a guess waits for its turn.
	argonPatience = 5 * time.Second
)

var (
	// errWrongPassword says that a password is not the administrator's.
	errWrongPassword = errors.New("the password is wrong")
	// errBusy says that too many passwords are being looked at.
	errBusy = errors.New("too many are signing in at this moment")
)

// Administrator is who uses the page builder, by a password of their own.
type Administrator struct {
	store *store.SQLite
	turns chan struct{}
}

// NewAdministrator returns the administrator of a store.
func NewAdministrator(db *store.SQLite) *Administrator {
	return &Administrator{store: db, turns: make(chan struct{}, argonAtOnce)}
}

// AddFirst gives the administrator a password when there is none, and returns
// it; nothing when there is one.
func (a *Administrator) AddFirst(ctx context.Context) (string, error) {
	if _, err := a.store.Administrator(ctx); !errors.Is(err, store.ErrNotFound) {
		return "", err
	}
	password := NewPassword()
	hash, err := a.hash(ctx, password)
	if err != nil {
		return "", err
	}
	// Another process may be faster; its operator has the password.
	if added, err := a.store.AddFirstAdministrator(ctx, hash); err != nil || !added {
		return "", err
	}
	return password, nil
}

// SetPassword gives the administrator another password and ends all sessions.
func (a *Administrator) SetPassword(ctx context.Context, password string) error {
	return a.setPassword(ctx, password, nil)
}

// setPassword ends all sessions but keep.
func (a *Administrator) setPassword(ctx context.Context, password string, keep []byte) error {
	hash, err := a.hash(ctx, password)
	if err != nil {
		return err
	}
	return a.store.SetAdministrator(ctx, hash, keep)
}

// hash returns what is kept of a password: salt and key, with their parameters
// in the PHC string format.
func (a *Administrator) hash(ctx context.Context, password string) ([]byte, error) {
	if err := checkPassword(password); err != nil {
		return nil, err
	}
	salt := make([]byte, argonSalt)
	if _, err := rand.Read(salt); err != nil {
		return nil, err
	}
	key, err := a.derive(ctx, password, salt)
	if err != nil {
		return nil, err
	}
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Appendf(nil, argonFormat, argonMemory, argonTime, argonThreads, encode(salt), encode(key)), nil
}

const argonFormat = "$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s"

// verify returns the kept hash when password is the administrator's.
func (a *Administrator) verify(ctx context.Context, password string) ([]byte, error) {
	hash, err := a.store.Administrator(ctx)
	if errors.Is(err, store.ErrNotFound) || err == nil && checkPassword(password) != nil {
		return nil, errWrongPassword
	}
	if err != nil {
		return nil, err
	}
	text := string(hash)
	encodedSalt := base64.RawStdEncoding.EncodedLen(argonSalt)
	prefix := fmt.Sprintf(argonFormat, argonMemory, argonTime, argonThreads, "", "")
	prefix = prefix[:len(prefix)-1]
	if len(text) < len(prefix)+encodedSalt || text[:len(prefix)] != prefix {
		return nil, errors.New("the kept hash of the administrator's password is damaged; set another with `webphone admin passwd`")
	}
	salt, err := base64.RawStdEncoding.DecodeString(text[len(prefix) : len(prefix)+encodedSalt])
	if err != nil {
		return nil, fmt.Errorf("the kept hash of the administrator's password is damaged: %w", err)
	}
	key, err := a.derive(ctx, password, salt)
	if err != nil {
		return nil, err
	}
	encoded := base64.RawStdEncoding.EncodeToString(key)
	if subtle.ConstantTimeCompare([]byte(text[len(prefix)+encodedSalt:]), []byte("$"+encoded)) != 1 {
		return nil, errWrongPassword
	}
	return hash, nil
}

func (a *Administrator) derive(ctx context.Context, password string, salt []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, argonPatience)
	defer cancel()
	select {
	case a.turns <- struct{}{}:
	case <-ctx.Done():
		return nil, errBusy
	}
	defer func() { <-a.turns }()
	return argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonThreads, argonKey), nil
}
