package edge

import (
	"errors"
	"slices"
	"strconv"
	"sync"
	"time"

	"webphone/internal/sip"
)

// Binding says over which flow a phone of an account is reached
// (RFC 3261 §10, RFC 5626).
type Binding struct {
	// Contact is the address under which the phone wants to be called.
	Contact sip.URI
	// Instance is the value of +sip.instance, or empty.
	Instance string
	// RegID is the reg-id, or 0.
	RegID int
	// Conn is the ID of the connection that the phone registered over.
	Conn string
	// CallID and CSeq are those of the REGISTER, by which an older one is told
	// from a newer (RFC 3261 §10.3).
	CallID string
	CSeq   uint32
	// Expires is when the binding ends.
	Expires time.Time
	// Visitor is set for a visitor's phone, which nobody may call.
	Visitor bool

	// name is what key returned before.
	name string
}

// key names the phone: by its instance and flow number where it has told them
// (RFC 5626 §6), else by its contact.
func (b *Binding) key() string {
	if b.name == "" {
		b.name = b.newKey()
	}
	return b.name
}

func (b *Binding) newKey() string {
	if b.Instance != "" && b.RegID > 0 {
		return b.Instance + " " + strconv.Itoa(b.RegID)
	}
	return contactKey(b.Contact)
}

// ErrTooManyBindings says that an account has all the phones that it may have.
var ErrTooManyBindings = errors.New("edge: too many phones are registered for this account")

// Location keeps the bindings of every address of record. Accounts are named
// by their user name.
type Location interface {
	// Bindings returns those that have not ended, the newest first.
	Bindings(username string) []Binding
	// Update removes and adds in one step; an added binding replaces the one
	// of the same phone. With an error nothing is changed.
	Update(username string, remove, add []Binding, most int) error
	// RemoveConn removes what was registered over a connection, and returns the
	// accounts that it was registered for.
	RemoveConn(conn string) (usernames []string)
}

// MemoryLocation is a Location for one process.
type MemoryLocation struct {
	clock sip.Clock
	mu    sync.Mutex
	users map[string][]Binding
	conns map[string][]string // user names by connection
}

// NewMemoryLocation makes an empty location.
func NewMemoryLocation(clock sip.Clock) *MemoryLocation {
	return &MemoryLocation{clock: clock, users: map[string][]Binding{}, conns: map[string][]string{}}
}

// Bindings implements Location.
func (l *MemoryLocation) Bindings(username string) []Binding {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.expire(username)
	// What is in the map is replaced and never changed.
	kept := l.users[username]
	if len(kept) < 2 {
		return slices.Clip(kept)
	}
	bindings := slices.Clone(kept)
	slices.Reverse(bindings)
	return bindings
}

// Update implements Location.
func (l *MemoryLocation) Update(username string, remove, add []Binding, most int) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.expire(username)
	// From here on keys are read by several goroutines, so they are made now.
	for i := range add {
		add[i].key()
	}
	kept := l.users[username]
	next := make([]Binding, 0, len(kept)+len(add))
	for i := range kept {
		if key := kept[i].key(); !names(remove, key) && !names(add, key) {
			next = append(next, kept[i])
		}
	}
	next = append(next, add...)
	if len(add) > 0 && len(next) > most {
		return ErrTooManyBindings
	}
	l.set(username, next)
	return nil
}

// names tells whether one of the bindings is of the phone.
func names(bindings []Binding, key string) bool {
	for i := range bindings {
		if bindings[i].key() == key {
			return true
		}
	}
	return false
}

// RemoveConn implements Location.
func (l *MemoryLocation) RemoveConn(conn string) (usernames []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	usernames = slices.Clone(l.conns[conn])
	for _, username := range usernames {
		l.set(username, slices.DeleteFunc(slices.Clone(l.users[username]), func(b Binding) bool { return b.Conn == conn }))
	}
	return usernames
}

func (l *MemoryLocation) expire(username string) {
	now := l.clock.Now()
	kept := l.users[username]
	for i := range kept {
		if !kept[i].Expires.After(now) {
			l.set(username, slices.DeleteFunc(slices.Clone(kept), func(b Binding) bool { return !b.Expires.After(now) }))
			return
		}
	}
}

// set keeps the index by connection in step with the bindings.
func (l *MemoryLocation) set(username string, bindings []Binding) {
	if before := l.users[username]; len(before) == 1 && len(bindings) == 1 && before[0].Conn == bindings[0].Conn {
		l.users[username] = bindings
		return
	}
	for _, b := range l.users[username] {
		l.conns[b.Conn] = slices.DeleteFunc(l.conns[b.Conn], func(u string) bool { return u == username })
		if len(l.conns[b.Conn]) == 0 {
			delete(l.conns, b.Conn)
		}
	}
	for _, b := range bindings {
		if !slices.Contains(l.conns[b.Conn], username) {
			l.conns[b.Conn] = append(l.conns[b.Conn], username)
		}
	}
	if len(bindings) == 0 {
		delete(l.users, username)
		return
	}
	l.users[username] = bindings
}
