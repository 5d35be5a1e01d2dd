// Package server is the HTTP side of the binary: the component, the pages,
// health, and the listener that they share with SIP over WebSocket.
package server
