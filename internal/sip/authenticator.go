package sip

import (
	"crypto/rand"
	"slices"
	"sync"
)

// Authenticator answers the challenges of servers and proxies for one account
// (RFC 3261 §22). Once challenged it puts credentials into later requests
// unasked. It is for use by several goroutines.
type Authenticator struct {
	// credentials is asked at each use, so that a renewed password is taken.
	credentials func() (username, password string)

	mu sync.Mutex
	// known are the challenges answered before, one for each realm and header
	// field, those of REGISTER apart from others.
	known []*answered
}

type answered struct {
	register  bool
	field     string
	challenge Challenge
	uses      uint32
}

// maxChallenges bounds the challenges of one response and those remembered.
const maxChallenges = 8

// NewAuthenticator makes one for the account that credentials names. No
// username or no password means that no challenge can be answered.
func NewAuthenticator(credentials func() (username, password string)) *Authenticator {
	return &Authenticator{credentials: credentials}
}

// Forget drops what was answered before, for new credentials.
func (a *Authenticator) Forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.known = nil
}

// Authorize adds credentials for the challenges that are known.
func (a *Authenticator) Authorize(req *Request) {
	username, password := a.credentials()
	if username == "" || password == "" {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, k := range a.known {
		if k.register != (req.Method == REGISTER) {
			continue
		}
		k.uses++
		creds, err := k.challenge.Answer(username, password, req.Method, req.Recipient.String(), rand.Text(), k.uses)
		if err == nil {
			req.AppendHeader(NewHeader(k.field, creds.String()))
		}
	}
}

// Challenged takes the challenges of a 401 or 407 to req. It is true when the
// request is worth another attempt, with another CSeq number and branch: false
// where nothing in it can be answered, and where the credentials themselves were
// refused. Of several challenges of a realm the strongest algorithm is taken
// (RFC 8760 §2.4).
func (a *Authenticator) Challenged(req *Request, res *Response) bool {
	asked, field := "WWW-Authenticate", "Authorization"
	if res.StatusCode == 407 {
		asked, field = "Proxy-Authenticate", "Proxy-Authorization"
	}
	if username, password := a.credentials(); username == "" || password == "" {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	worth := false
	register := req.Method == REGISTER
	for _, challenge := range strongest(res.GetHeaders(asked)) {
		i := slices.IndexFunc(a.known, func(k *answered) bool {
			return k.register == register && k.field == field && k.challenge.Realm == challenge.Realm
		})
		refused := false
		if i >= 0 {
			// Credentials that were just refused will be refused again, unless the
			// nonce was too old: then, and after a restart of the server, a nonce
			// that had been used before is worth another attempt.
			refused = a.known[i].uses < 2 && !challenge.Stale && req.GetHeader(field) != nil
			a.known = slices.Delete(a.known, i, i+1)
		}
		if !refused && len(a.known) < maxChallenges {
			a.known = append(a.known, &answered{register: register, field: field, challenge: challenge})
			worth = true
		}
	}
	return worth
}

// strength orders the algorithms, strongest first.
var strength = []DigestAlgorithm{SHA512256, SHA256, MD5}

// strongest picks, for each realm, the best challenge that can be answered.
func strongest(headers []Header) (best []Challenge) {
	for _, h := range headers[:min(len(headers), maxChallenges)] {
		challenge, err := ParseChallenge(h.Value())
		if err != nil || !challenge.answerable() {
			continue
		}
		i := slices.IndexFunc(best, func(c Challenge) bool { return c.Realm == challenge.Realm })
		switch {
		case i < 0:
			best = append(best, challenge)
		case slices.Index(strength, challenge.Algorithm) < slices.Index(strength, best[i].Algorithm):
			best[i] = challenge
		}
	}
	return best
}
