// Package edgetest starts real edges for the tests of what calls them: at real
// sockets of the loopback, with the echo test.
package edgetest

import (
	"context"
	"net"
	"net/http"
	"slices"
	"testing"
	"time"

	"webphone/internal/edge"
	"webphone/internal/media"
	"webphone/internal/sip"
	"webphone/internal/store"
)

const (
	// Domain is the one that all edges answer for.
	Domain = "example.com"
	// Password is that of all accounts.
	Password = "correct horse"
	// limit bounds the end of an edge.
	limit = 20 * time.Second
)

// Accounts are those that all edges have.
var Accounts = []string{"1001", "1002", "1003"}

type accounts struct{}

// Account implements edge.Accounts.
func (accounts) Account(_ context.Context, username string) (store.Account, error) {
	if !slices.Contains(Accounts, username) {
		return store.Account{}, store.ErrNotFound
	}
	account := store.Account{Username: username, Realm: Domain, Hashes: map[string]string{}}
	for _, algorithm := range []sip.DigestAlgorithm{sip.SHA512256, sip.SHA256, sip.MD5} {
		account.Hashes[string(algorithm)] = sip.HA1(algorithm, username, Domain, Password)
	}
	return account, nil
}

// Place is an edge that runs.
type Place struct {
	// URL is where phones connect.
	URL  string
	Edge *edge.Edge

	http     *http.Server
	listener net.Listener
}

// Open starts an edge, which ends with the test. All share their keys, as the
// processes of one operator do.
func Open(t *testing.T) *Place {
	t.Helper()
	engine, err := media.New(media.Config{Loopback: true})
	if err != nil {
		t.Fatal(err)
	}
	e, err := edge.New(edge.Config{
		Domains: []string{Domain}, Accounts: accounts{}, NonceKey: make([]byte, 32), TokenKey: make([]byte, 32), Media: engine,
	})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Place{URL: "ws://" + listener.Addr().String() + "/sip", Edge: e, http: &http.Server{Handler: e}, listener: listener}
	go func() { _ = p.http.Serve(listener) }()
	t.Cleanup(func() {
		p.Close()
		_ = engine.Close()
	})
	return p
}

// Close ends the edge, with all its connections.
func (p *Place) Close() {
	_ = p.listener.Close()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	_ = p.Edge.Shutdown(ctx)
	_ = p.http.Close()
}
