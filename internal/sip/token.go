package sip

// IsToken reports whether s is a token (RFC 3261 §25.1), as the name of a header
// field has to be.
func IsToken(s string) bool { return s != "" && all(classToken, s) }
