package server

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"time"
)

const (
	// sessionIdle is how long a session lasts since its last use.
	sessionIdle = 12 * time.Hour
	// sessionCookie holds the session's token. Over TLS the prefix makes
	// browsers take it from this very host alone (RFC 6265bis §4.1.3).
	sessionCookie       = "webphone-session"
	sessionCookieSecure = "__Host-" + sessionCookie
	// csrfHeader goes with every request that changes something.
	csrfHeader = "X-CSRF-Token"
)

// session is an administrator's session, known by its token alone.
type session struct{ token string }

func newSession() session { return session{rand.Text()} }

// sessionOf returns the session that a request names. It may be none of ours.
// Of several cookies the last counts: browsers send those of longer paths first
// (RFC 6265 §5.4), such as an action of a page can set to keep the administrator
// out, and ours has the shortest.
func sessionOf(r *http.Request) session {
	name := sessionCookie
	if overTLS(r) {
		name = sessionCookieSecure
	}
	cookies := r.CookiesNamed(name)
	if len(cookies) == 0 {
		return session{}
	}
	return session{cookies[len(cookies)-1].Value}
}

// hash is what the store keeps of a session. The token has 130 random bits, so
// that one round does.
func (s session) hash() []byte {
	sum := sha256.Sum256([]byte(s.token))
	return sum[:]
}

// csrf is what a page of another site cannot know: it is derived from the token,
// which no script reads.
func (s session) csrf() string {
	mac := hmac.New(sha256.New, []byte(s.token))
	mac.Write([]byte("csrf"))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func (s session) hasCSRF(token string) bool {
	return hmac.Equal([]byte(token), []byte(s.csrf()))
}

// cookie gives the session to the browser, or takes it away when it has ended.
func (s session) cookie(r *http.Request) *http.Cookie {
	cookie := &http.Cookie{Name: sessionCookie, Value: s.token, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode}
	if overTLS(r) {
		cookie.Name, cookie.Secure = sessionCookieSecure, true
	}
	if s.token == "" {
		cookie.MaxAge = -1
	}
	return cookie
}

// overTLS tells whether the browser speaks TLS, with us or with a proxy before
// us: the outermost proxy's word comes first. Who lies about it gets a cookie
// that does not come back.
func overTLS(r *http.Request) bool {
	outermost, _, _ := strings.Cut(r.Header.Get("X-Forwarded-Proto"), ",")
	return r.TLS != nil || strings.EqualFold(strings.TrimSpace(outermost), "https")
}

// within the context of a request are the request and its session.
type requestKey struct{}

func withRequest(ctx context.Context, r *http.Request) context.Context {
	return context.WithValue(ctx, requestKey{}, r)
}

func requestOf(ctx context.Context) *http.Request {
	r, _ := ctx.Value(requestKey{}).(*http.Request)
	return r
}
