package edge

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"

	"webphone/internal/sip"
)

// A route token stands as the user part of the edge's Record-Route and comes
// back in the Route of every request within the dialog. It tells who the two
// sides are, so that an edge that knows nothing of the call (another process,
// or this one after a restart) can route the request to where that phone is
// registered now. It is signed, so that only a party to a call that an edge
// let through can send along it:
//
//	base64url( JSON route ) "." base64url( HMAC-SHA-256( JSON route )[:16] )

// maxToken bounds a token, in bytes.
const maxToken = 1024

var errToken = errors.New("edge: the route was not signed by this server")

// party is one side of a dialog.
type party struct {
	// User is the account.
	User string `json:"u"`
	// Instance is a hash of the phone's +sip.instance, or empty.
	Instance string `json:"i,omitempty"`
	// Conn is the connection at the time of the call's start.
	Conn string `json:"c"`
	// Visitor is set for a visitor's account, which may have ended since.
	Visitor bool `json:"v,omitempty"`
}

// route is what a token says.
type route struct {
	Caller party `json:"a"`
	Callee party `json:"b"`
}

// tokens signs and reads route tokens.
type tokens struct{ key []byte }

func (t tokens) sign(r route) (string, error) {
	payload, err := json.Marshal(r)
	if err != nil {
		return "", err
	}
	encode := base64.RawURLEncoding.EncodeToString
	token := encode(payload) + "." + encode(t.mac(payload))
	if len(token) > maxToken {
		return "", errToken
	}
	return token, nil
}

func (t tokens) read(token string) (route, error) {
	// The decoder passes over line ends: one token would have many spellings.
	if len(token) > maxToken || strings.ContainsAny(token, "\r\n") {
		return route{}, errToken
	}
	text, signature, found := strings.Cut(token, ".")
	payload, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || !found {
		return route{}, errToken
	}
	mac, err := base64.RawURLEncoding.Strict().DecodeString(signature)
	if err != nil || !hmac.Equal(mac, t.mac(payload)) {
		return route{}, errToken
	}
	var r route
	if err := json.Unmarshal(payload, &r); err != nil {
		return route{}, errToken
	}
	return r, nil
}

func (t tokens) mac(payload []byte) []byte {
	h := hmac.New(sha256.New, t.key)
	h.Write([]byte("route "))
	h.Write(payload)
	return h.Sum(nil)[:16]
}

// instanceHash shortens a +sip.instance, which is some 50 characters long.
func instanceHash(instance string) string {
	if instance == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(instance))
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}

func partyOf(username string, b Binding) party {
	return party{User: username, Instance: instanceHash(b.Instance), Conn: b.Conn}
}

// recordRoute is the edge's own entry of a dialog's route set.
func (e *Edge) recordRoute(r route) (*sip.RecordRouteHeader, error) {
	token, err := e.tokens.sign(r)
	if err != nil {
		return nil, err
	}
	uri := sip.URI{Scheme: "sip", User: token, Host: e.config.Domains[0]}
	uri.UriParams.Add("transport", "ws")
	uri.UriParams.Add("lr", "")
	return &sip.RecordRouteHeader{Address: uri}, nil
}
