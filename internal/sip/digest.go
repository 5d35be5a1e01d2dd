package sip

import (
	"errors"
	"time"
)

// DigestAlgorithm is a hash of RFC 8760, without its -sess suffix.
type DigestAlgorithm string

// The algorithms, strongest first.
const (
	SHA512256 DigestAlgorithm = "SHA-512-256"
	SHA256    DigestAlgorithm = "SHA-256"
	MD5       DigestAlgorithm = "MD5"
)

// HA1 is H(username:realm:password), all that a server keeps of a password.
func HA1(alg DigestAlgorithm, username, realm, password string) string { return "" }

// Challenge is the value of a WWW-Authenticate or Proxy-Authenticate.
type Challenge struct {
	Realm, Nonce, Opaque string
	Algorithm            DigestAlgorithm
	Session              bool
	QOP                  []string
	Stale                bool
}

// ParseChallenge reads one challenge.
func ParseChallenge(header string) (Challenge, error) { return Challenge{}, errors.New("sip: not yet") }

func (c Challenge) String() string { return "" }

// Credentials are the value of an Authorization or Proxy-Authorization.
type Credentials struct {
	Username, Realm, Nonce, URI, Response, CNonce, Opaque string
	Algorithm                                             DigestAlgorithm
	Session                                               bool
	QOP                                                   string
	NC                                                    uint32
}

// ParseCredentials reads one Authorization value.
func ParseCredentials(header string) (Credentials, error) {
	return Credentials{}, errors.New("sip: not yet")
}

func (c Credentials) String() string { return "" }

// Verify reports whether the response was made with the password of ha1.
func (c Credentials) Verify(ha1, method string) bool { return false }

// NonceState is what Check found.
type NonceState int

// The states of a nonce. All but NonceFresh are answered by a challenge with
// stale=true.
const (
	NonceFresh NonceState = iota
	NonceStale
	NonceReplayed
)

// Nonces issues and checks nonces.
type Nonces struct{}

// NewNonces makes a source of nonces.
func NewNonces(key []byte, clock Clock, lifetime time.Duration) *Nonces { return &Nonces{} }

// Issue makes a nonce.
func (n *Nonces) Issue() string { return "" }

// Check says whether a nonce may be used with this count.
func (n *Nonces) Check(nonce string, nc uint32) NonceState { return NonceStale }
