// Package store keeps what must outlive the process: accounts, and the
// server's own keys. It knows no SIP and no HTTP. SQLite is the default; a
// store shared by several machines is another implementation of the same
// methods.
package store
