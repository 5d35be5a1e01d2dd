// Package sip is the SIP core of the edge: messages and their strict parser,
// the WebSocket transport (RFC 7118), the transactions (RFC 3261 §17,
// RFC 6026) and the arithmetic of digest authentication (RFC 7616, RFC 8760).
//
// It knows no registrar, no proxy and no media. What a request means is decided
// by the transaction user above it; this package decides whether the request is
// well formed, to which transaction it belongs, and sends what it is told to.
//
// Message types, URI parsing and serialisation come from sipgo/sip. Nothing
// outside this package imports sipgo.
package sip
