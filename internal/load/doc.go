// Package load puts load on a SIP-over-WebSocket server (RFC 7118): phones that
// connect and register at a rate, refresh at that rate, and call each other in
// pairs. It measures how long the server takes, counts what fails by kind, and
// reads what the server's process uses from /proc.
//
// All traffic goes to the one server that Config names, and with media between
// the pairs. A run is bounded in phones, rates and time, and ends in order: calls
// are hung up, bindings removed and connections closed.
package load
