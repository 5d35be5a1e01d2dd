package sip

import (
	"crypto/hmac"
	"crypto/sha256"
	"hash"
	"sync"
)

// macs makes HMAC-SHA-256 under one key. It keeps what was made ready for the
// key, which costs as much again as a short message.
type macs struct{ pool sync.Pool }

func newMACs(key []byte) *macs {
	return &macs{pool: sync.Pool{New: func() any { return hmac.New(sha256.New, key) }}}
}

// sum appends the MAC of text to b.
func (m *macs) sum(b, text []byte) []byte {
	mac := m.pool.Get().(hash.Hash)
	mac.Reset()
	mac.Write(text)
	b = mac.Sum(b)
	m.pool.Put(mac)
	return b
}
