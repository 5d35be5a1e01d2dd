package store

import (
	"errors"
	"fmt"
	"time"
)

// Errors of the store, for errors.Is.
var (
	// ErrNotFound says that there is no such record.
	ErrNotFound = errors.New("store: not found")
	// ErrExists says that a record of that name is there already.
	ErrExists = errors.New("store: exists already")
	// ErrInvalid says that a value breaks a documented bound.
	ErrInvalid = errors.New("store: invalid")
)

// maxUsername bounds a user name, in bytes.
const maxUsername = 64

// Account is one user of the phone. A password is never kept: Hashes holds
// the digest H(username:realm:password) by algorithm name, in hexadecimal.
type Account struct {
	Username string
	Realm    string
	Hashes   map[string]string
	Created  time.Time
	Changed  time.Time
	// Expires is when a visitor's account ends; zero: never.
	Expires time.Time
	// Destination is the one number or user name that a visitor may call; empty:
	// anybody.
	Destination string
}

// Visitor tells whether the account is a visitor's: it may call its
// Destination alone, and nobody may call it.
func (a Account) Visitor() bool { return a.Destination != "" }

// ValidateUsername tells whether name can be an account: 1 to 64 letters,
// digits or any of - _ . + (so that it needs no escaping in a SIP URI, an
// address bar or a shell).
func ValidateUsername(name string) error {
	if name == "" || len(name) > maxUsername {
		return fmt.Errorf("%w: a user name has 1 to %d characters", ErrInvalid, maxUsername)
	}
	for _, c := range []byte(name) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9',
			c == '-', c == '_', c == '.', c == '+':
		default:
			return fmt.Errorf("%w: a user name is made of letters, digits and - _ . +", ErrInvalid)
		}
	}
	return nil
}
