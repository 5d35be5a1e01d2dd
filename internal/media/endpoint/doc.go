// Package endpoint is the media of a phone: audio over ICE (RFC 8445), DTLS
// (RFC 5764) and SRTP, agreed on by offer and answer (RFC 3264, RFC 8829). It
// knows no SIP: session descriptions go in and come out as text, and RTP
// packets go in and come out as they are; nothing is encoded here.
//
// It stands on Pion's ICE, DTLS and SRTP and not on its PeerConnection, which
// stops a section for good when it turns inactive, restarts ICE before the
// other side has agreed, and knows no provisional answer:
//
//	Peer          one call: offers, answers, what was agreed
//	 ├─ path         one generation of ICE, with its credentials
//	 └─ association  DTLS and the SRTP keys that came out of it
//
// A restart of ICE is a new path under the same association, and audio keeps to
// the old path until the new one is up. A remote with another fingerprint is a
// new association over a new path (RFC 8842 §5). A peer has one audio section;
// whatever else is offered is refused.
package endpoint
