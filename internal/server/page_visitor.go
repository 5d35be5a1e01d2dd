package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"webphone/internal/pages"
	"webphone/internal/store"
)

// defaultLifetime is of a visitor's account, in seconds; the schema bounds it.
const defaultLifetime, minLifetime, maxLifetime = 600, 60, 86_400

// visitor is what a page's phone signs in with.
type visitor struct {
	WSServers   []string `json:"wsServers"`
	Username    string   `json:"username"`
	Password    string   `json:"password"`
	Realm       string   `json:"realm"`
	Destination string   `json:"destination"`
	Expires     int      `json:"expires"`
}

// makeVisitor makes a visitor's account.
func (p *pageServer) makeVisitor(r *http.Request, page *shown, function pages.Function) (any, error) {
	at, err := originOf(r)
	if err != nil {
		return nil, err
	}
	destination := ""
	if function.Destination != nil {
		destination = function.Destination.Constant
		if name := function.Destination.Env; name != "" {
			destination = page.env[name]
		}
	}
	if destination == "" || len(destination) > maxDestination {
		return nil, &functionProblem{http.StatusBadGateway, fmt.Sprintf("The function %s has no destination of 1 to %d characters. Set its environment variable in the page builder.", function.Name, maxDestination)}
	}
	lifetime := function.Lifetime
	if lifetime == 0 {
		lifetime = defaultLifetime
	}
	lifetime = min(max(lifetime, minLifetime), maxLifetime)
	account, err := p.accounts.addVisitor(r.Context(), addressOf(r), destination, time.Duration(lifetime)*time.Second)
	if errors.Is(err, store.ErrTooManyFromAddress) {
		p.log.Warn("a visitor gets no account", "page", page.name, "error", err)
		return nil, &functionProblem{http.StatusTooManyRequests, "Too many visitors are here from your network at the moment. Try again in a few minutes."}
	}
	if errors.Is(err, store.ErrTooManyVisitors) {
		p.log.Warn("a visitor gets no account", "page", page.name, "error", err)
		return nil, &functionProblem{http.StatusServiceUnavailable, "There are too many visitors at the moment. Try again in a few minutes."}
	}
	if err != nil {
		return nil, err
	}
	return visitor{
		WSServers: []string{at.ws() + "/sip"}, Username: account.Username, Password: account.Password,
		Realm: p.accounts.Realm, Destination: destination, Expires: lifetime,
	}, nil
}

// maxDestination bounds a destination, in bytes.
const maxDestination = 64

// addVisitor makes a short-lived account under a name that cannot be guessed,
// for somebody at an address.
func (a *Accounts) addVisitor(ctx context.Context, address, destination string, lifetime time.Duration) (Account, error) {
	account := Account{"visitor-" + NewPassword(), NewPassword()}
	hashes, err := a.hashes(account.Username, account.Password)
	if err != nil {
		return Account{}, err
	}
	return account, a.Store.AddVisitor(ctx, store.Account{
		Username: account.Username, Realm: a.Realm, Hashes: hashes,
		Destination: destination, Expires: time.Now().Add(lifetime),
	}, address)
}
