// Package edge is what the server does with a SIP request: it registers
// phones (RFC 3261 §10, RFC 5626), forwards calls between them (RFC 3261 §16)
// and answers those to its own services.
//
// A request takes this way:
//
//	connection → transaction layer → checks (§16.3) → own UAS: echo, OPTIONS
//	                                                → REGISTER: registrar
//	                                                → in a dialog: token → flow
//	                                                → credentials → fork
//
// The edge keeps no state of a call beyond its transactions. What it needs to
// route a request within a dialog stands in the Record-Route that the phones
// carry for it, signed (see token.go).
//
// A phone whose connection ends is expected back: what rings at it (branch.go),
// what it called (callers.go), requests within its dialogs (returns.go) and calls
// for it (recent.go) wait for some seconds for the same phone to register again.
// A phone is told from others by its account and +sip.instance, so that one
// without an instance is not waited for.
package edge
