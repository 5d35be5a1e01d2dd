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
package edge
