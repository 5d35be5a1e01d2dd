// Package media ends the media of calls that the edge answers itself. It
// knows no SIP: an SDP offer goes in, an SDP answer comes out.
//
// All sessions share one UDP port, one DTLS certificate and one set of codecs,
// because that is what keeps a session cheap. The agent is ICE-lite
// (RFC 8445 §2.5): it sits on known addresses and only answers checks.
package media
