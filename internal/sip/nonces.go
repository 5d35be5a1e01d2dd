package sip

import (
	"container/list"
	"crypto/hmac"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"strings"
	"sync"
	"time"
)

// MaxUsedNonces bounds the nonces whose counts are remembered, some 15 MB.
// Beyond it the one that was first used first is forgotten, and becomes stale.
const MaxUsedNonces = 65536

// ncWindow is how far below the highest count a count may still come: requests
// over several connections overtake each other.
const ncWindow = 64

// NonceState is what Check found.
type NonceState int

// The states of a nonce. All but NonceFresh are answered by a new challenge with
// stale=true, which an honest client meets at once and an attacker cannot.
const (
	// NonceFresh may be used: it is ours, young, and the count is new.
	NonceFresh NonceState = iota
	// NonceStale is too old, was forgotten, or was never issued by this key.
	NonceStale
	// NonceReplayed was used with this count before.
	NonceReplayed
)

// Nonces issues nonces and checks that each is used once per count
// (RFC 7616 §5.4, §5.5). A nonce carries the time of its issue and is signed, so
// it costs no memory until it is used, and outlives a restart that keeps the
// key. (Counts do not: for the lifetime of a nonce, what was sent before a
// restart could be replayed after it. With a new key at each start it could not.)
type Nonces struct {
	macs     *macs
	clock    Clock
	lifetime time.Duration

	mu    sync.Mutex
	used  map[string]*list.Element
	order *list.List // of *usedNonce, first used first
	// floor is the time of issue of the youngest nonce that was forgotten:
	// of what is as old, nobody knows whether it was used.
	floor int64
}

type usedNonce struct {
	nonce   string
	issued  int64  // Unix time in nanoseconds
	highest uint32 // count
	seen    uint64 // bit i: the count highest-i was used
}

// NewNonces makes a source of nonces. The key should be 32 random bytes; the
// lifetime is how long a nonce may be used after its issue.
func NewNonces(key []byte, clock Clock, lifetime time.Duration) *Nonces {
	return &Nonces{
		macs: newMACs(key), clock: clock, lifetime: lifetime,
		used: map[string]*list.Element{}, order: list.New(),
	}
}

const nonceTime, nonceBody, nonceMAC = 8, 16, 16

// Issue makes a nonce: time and randomness under a signature, in base64url.
func (n *Nonces) Issue() string {
	body := make([]byte, nonceBody, nonceBody+nonceMAC)
	binary.BigEndian.PutUint64(body, uint64(n.clock.Now().UnixNano()))
	rand.Read(body[nonceTime:])
	return base64.RawURLEncoding.EncodeToString(append(body, n.sign(body)...))
}

func (n *Nonces) sign(body []byte) []byte {
	return n.macs.sum(make([]byte, 0, 32), body)[:nonceMAC]
}

// Check says whether a nonce may be used with this count, and remembers that it
// was. Call it after Credentials.Verify: then only those who know a password
// take up memory, or can use up a count.
func (n *Nonces) Check(nonce string, nc uint32) NonceState {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(nonce)
	// The decoder passes over line ends: one nonce would have many spellings.
	if err != nil || strings.ContainsAny(nonce, "\r\n") || len(raw) != nonceBody+nonceMAC || !hmac.Equal(raw[nonceBody:], n.sign(raw[:nonceBody])) {
		return NonceStale
	}
	issued := int64(binary.BigEndian.Uint64(raw))
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.expired(issued) || nc == 0 {
		return NonceStale
	}
	if element := n.used[nonce]; element != nil {
		return element.Value.(*usedNonce).use(nc)
	}
	if issued <= n.floor {
		return NonceStale
	}
	n.remember(&usedNonce{nonce: nonce, issued: issued, highest: nc, seen: 1})
	return NonceFresh
}

// expired holds too for what comes from the future: the clock was set back.
func (n *Nonces) expired(issued int64) bool {
	age := n.clock.Now().UnixNano() - issued
	return age >= int64(n.lifetime) || age < -int64(n.lifetime)
}

func (n *Nonces) remember(u *usedNonce) {
	for front := n.order.Front(); front != nil; front = n.order.Front() {
		oldest := front.Value.(*usedNonce)
		expired := n.expired(oldest.issued)
		if !expired && n.order.Len() < MaxUsedNonces {
			break
		}
		if !expired {
			n.floor = max(n.floor, oldest.issued)
		}
		n.order.Remove(front)
		delete(n.used, oldest.nonce)
	}
	n.used[u.nonce] = n.order.PushBack(u)
}

func (u *usedNonce) use(nc uint32) NonceState {
	if nc > u.highest {
		u.seen = u.seen<<(nc-u.highest) | 1
		u.highest = nc
		return NonceFresh
	}
	bit := uint64(1) << (u.highest - nc)
	if u.highest-nc >= ncWindow || u.seen&bit != 0 {
		return NonceReplayed
	}
	u.seen |= bit
	return NonceFresh
}
