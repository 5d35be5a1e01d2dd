package sip

import (
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
)

// DigestAlgorithm is a hash of digest authentication (RFC 8760 §2.2), without
// the -sess suffix.
type DigestAlgorithm string

// The algorithms, strongest first.
const (
	SHA512256 DigestAlgorithm = "SHA-512-256"
	SHA256    DigestAlgorithm = "SHA-256"
	MD5       DigestAlgorithm = "MD5"
)

// MaxDigestBytes bounds a challenge and credentials, the name of the scheme included.
const MaxDigestBytes = 4096

var (
	// ErrDigestSyntax says that a challenge or credentials cannot be read.
	ErrDigestSyntax = errors.New("sip: malformed digest")
	// ErrDigestScheme says that the scheme is not Digest.
	ErrDigestScheme = errors.New("sip: the authentication scheme is not Digest")
	// ErrDigestUnsupported says that the algorithm or the quality of protection
	// is none of those spoken here.
	ErrDigestUnsupported = errors.New("sip: unsupported digest algorithm or quality of protection")
)

func (alg DigestAlgorithm) sum(parts ...string) string {
	text := make([]byte, 0, 512)
	for i, part := range parts {
		if i > 0 {
			text = append(text, ':')
		}
		text = append(text, part...)
	}
	var sum [sha256.Size]byte
	size := sha256.Size
	switch alg {
	case SHA512256:
		sum = sha512.Sum512_256(text)
	case SHA256:
		sum = sha256.Sum256(text)
	default:
		short := md5.Sum(text)
		size = copy(sum[:], short[:])
	}
	return hex.EncodeToString(sum[:size])
}

// HA1 is H(username:realm:password) in lower-case hex: all that a server keeps
// of a password (RFC 7616 §3.4.2). Whoever has it can sign in to the realm, so
// it is as secret as the password.
func HA1(alg DigestAlgorithm, username, realm, password string) string {
	return alg.sum(username, realm, password)
}

// algorithmNamed reads an algorithm field. Where it is missing, MD5 is meant
// (RFC 7616 §3.3).
func algorithmNamed(name string) (alg DigestAlgorithm, session bool, err error) {
	if name == "" {
		return MD5, false, nil
	}
	name = strings.ToUpper(name)
	name, session = strings.CutSuffix(name, "-SESS")
	switch alg = DigestAlgorithm(name); alg {
	case SHA512256, SHA256, MD5:
		return alg, session, nil
	}
	return "", false, ErrDigestUnsupported
}

func algorithmName(alg DigestAlgorithm, session bool) string {
	if session {
		return string(alg) + "-sess"
	}
	return string(alg)
}

// Challenge is the value of one WWW-Authenticate or Proxy-Authenticate field
// (RFC 7616 §3.3).
type Challenge struct {
	Realm, Nonce, Opaque string
	// Algorithm is the hash; with Session it is its -sess variant.
	Algorithm DigestAlgorithm
	Session   bool
	// QOP lists the qualities of protection on offer: "auth" and "auth-int".
	QOP []string
	// Stale says that the password was right and the nonce too old.
	Stale bool
}

// ParseChallenge reads one challenge. The error is ErrDigestScheme,
// ErrDigestUnsupported for an algorithm that is not known here, or ErrDigestSyntax.
func ParseChallenge(header string) (Challenge, error) {
	fields, err := digestFields(header)
	if err != nil {
		return Challenge{}, err
	}
	c := Challenge{
		Realm: fields.get("realm"), Nonce: fields.get("nonce"), Opaque: fields.get("opaque"),
		Stale: strings.EqualFold(fields.get("stale"), "true"),
	}
	if c.Algorithm, c.Session, err = algorithmNamed(fields.get("algorithm")); err != nil {
		return Challenge{}, err
	}
	if !fields.has("realm") || c.Nonce == "" {
		return Challenge{}, ErrDigestSyntax
	}
	for qop := range strings.SplitSeq(fields.get("qop"), ",") {
		if qop = strings.ToLower(strings.TrimSpace(qop)); qop != "" {
			c.QOP = append(c.QOP, qop)
		}
	}
	return c, nil
}

// String is the value of the header field.
func (c Challenge) String() string {
	b := make([]byte, 0, 256)
	b = appendQuoted(append(b, "Digest realm="...), c.Realm)
	b = appendQuoted(append(b, ", nonce="...), c.Nonce)
	b = append(append(b, ", algorithm="...), algorithmName(c.Algorithm, c.Session)...)
	if len(c.QOP) > 0 {
		b = appendQuoted(append(b, ", qop="...), strings.Join(c.QOP, ","))
	}
	if c.Opaque != "" {
		b = appendQuoted(append(b, ", opaque="...), c.Opaque)
	}
	if c.Stale {
		b = append(b, ", stale=true"...)
	}
	return string(b)
}

// Answer makes the credentials that meet the challenge for one request, with the
// quality of protection "auth", or with none where the server offers none
// (RFC 3261 §22.4). nc counts the uses of the nonce, from 1. The error is
// ErrDigestUnsupported where others are on offer alone.
func (c Challenge) Answer(username, password string, method Method, uri, cnonce string, nc uint32) (Credentials, error) {
	if !c.answerable() {
		return Credentials{}, ErrDigestUnsupported
	}
	creds := Credentials{
		Username: username, Realm: c.Realm, Nonce: c.Nonce, Opaque: c.Opaque, URI: uri,
		Algorithm: c.Algorithm, Session: c.Session, CNonce: cnonce, NC: nc,
	}
	if len(c.QOP) > 0 {
		creds.QOP = "auth"
	}
	creds.Response = creds.response(HA1(c.Algorithm, username, c.Realm, password), string(method))
	return creds, nil
}

func (c Challenge) answerable() bool { return len(c.QOP) == 0 || slices.Contains(c.QOP, "auth") }

// Credentials are the value of an Authorization or Proxy-Authorization field
// (RFC 7616 §3.4).
type Credentials struct {
	Username, Realm, Nonce, URI, Response, CNonce, Opaque string

	Algorithm DigestAlgorithm
	Session   bool
	QOP       string
	// NC counts the uses of the nonce.
	NC uint32
	// nc is NC as it was written, since it is part of what is hashed.
	nc string
}

// ParseCredentials reads credentials with the quality of protection "auth". Any
// other is refused with ErrDigestUnsupported: without one a response could be
// replayed, and "auth-int" breaks as soon as a proxy touches the body. A hashed
// user name (userhash) is refused likewise, since none is ever asked for.
func ParseCredentials(header string) (Credentials, error) {
	fields, err := digestFields(header)
	if err != nil {
		return Credentials{}, err
	}
	c := Credentials{
		Username: fields.get("username"), Realm: fields.get("realm"), Nonce: fields.get("nonce"), URI: fields.get("uri"),
		Response: strings.ToLower(fields.get("response")), CNonce: fields.get("cnonce"), Opaque: fields.get("opaque"),
		QOP: strings.ToLower(fields.get("qop")), nc: fields.get("nc"),
	}
	if c.Algorithm, c.Session, err = algorithmNamed(fields.get("algorithm")); err != nil {
		return Credentials{}, err
	}
	if c.QOP != "auth" || strings.EqualFold(fields.get("userhash"), "true") {
		return Credentials{}, ErrDigestUnsupported
	}
	nc, err := strconv.ParseUint(c.nc, 16, 32)
	for _, name := range []string{"username", "realm"} {
		if !fields.has(name) {
			return Credentials{}, ErrDigestSyntax
		}
	}
	if err != nil || len(c.nc) != 8 || c.Nonce == "" || c.URI == "" || c.Response == "" || c.CNonce == "" {
		return Credentials{}, ErrDigestSyntax
	}
	c.NC = uint32(nc)
	return c, nil
}

// String is the value of the header field.
func (c Credentials) String() string {
	b := append(make([]byte, 0, 512), "Digest"...)
	for i, kv := range [...]HeaderKV{
		{K: " username=", V: c.Username}, {K: " realm=", V: c.Realm}, {K: " nonce=", V: c.Nonce},
		{K: " uri=", V: c.URI}, {K: " response=", V: c.Response},
	} {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendQuoted(append(b, kv.K...), kv.V)
	}
	b = append(append(b, ", algorithm="...), algorithmName(c.Algorithm, c.Session)...)
	if c.QOP != "" {
		b = append(append(b, ", qop="...), c.QOP...)
		b = append(append(b, ", nc="...), c.count()...)
	}
	if c.QOP != "" || c.Session {
		b = appendQuoted(append(b, ", cnonce="...), c.CNonce)
	}
	if c.Opaque != "" {
		b = appendQuoted(append(b, ", opaque="...), c.Opaque)
	}
	return string(b)
}

// LogValue keeps the response out of logs.
func (c Credentials) LogValue() slog.Value {
	return slog.StringValue("Digest of " + strconv.Quote(c.Username))
}

func (c Credentials) count() string {
	if c.nc != "" {
		return c.nc
	}
	return fmt.Sprintf("%08x", c.NC)
}

// response is the request-digest of RFC 7616 §3.4.1.
func (c Credentials) response(ha1, method string) string {
	if c.Session {
		ha1 = c.Algorithm.sum(ha1, c.Nonce, c.CNonce)
	}
	ha2 := c.Algorithm.sum(method, c.URI)
	if c.QOP == "" {
		return c.Algorithm.sum(ha1, c.Nonce, ha2)
	}
	return c.Algorithm.sum(ha1, c.Nonce, c.count(), c.CNonce, c.QOP, ha2)
}

// Verify reports, in a time that does not depend on where they differ, whether
// the response was made with the password behind ha1, for this method. Whether
// realm, nonce, count and URI are acceptable is the caller's to check.
func (c Credentials) Verify(ha1 string, method Method) bool {
	if c.QOP != "auth" {
		return false
	}
	want := c.response(ha1, string(method))
	return subtle.ConstantTimeCompare([]byte(want), []byte(c.Response)) == 1
}

func appendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	for i := range len(s) {
		if s[i] == '"' || s[i] == '\\' {
			b = append(b, '\\')
		}
		b = append(b, s[i])
	}
	return append(b, '"')
}

// unquote resolves the quoted pairs of a quoted-string.
func unquote(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// digestParams are the fields of a challenge or of credentials. They are some ten.
type digestParams []HeaderKV

func (p digestParams) get(name string) string {
	for i := range p {
		if p[i].K == name {
			return p[i].V
		}
	}
	return ""
}

func (p digestParams) has(name string) bool {
	for i := range p {
		if p[i].K == name {
			return true
		}
	}
	return false
}

// maxDigestParams bounds the fields: looking for twins takes the square of their
// number.
const maxDigestParams = 64

// digestFields reads "Digest" and its fields, each of which may stand once.
func digestFields(header string) (digestParams, error) {
	sc := scanner{s: strings.TrimSpace(header)}
	if !strings.EqualFold(sc.run(classToken), "Digest") {
		return nil, ErrDigestScheme
	}
	// No account is named with control characters, so not even quoted ones are read.
	if len(header) > MaxDigestBytes || !visible(header) && printable(header) != header {
		return nil, ErrDigestSyntax
	}
	sc.skipSpace()
	fields := make(digestParams, 0, 12)
	for {
		name := strings.ToLower(sc.run(classToken))
		if name == "" || fields.has(name) || len(fields) == maxDigestParams || !sc.take('=') {
			return nil, ErrDigestSyntax
		}
		text, quoted := sc.quoted()
		if quoted {
			text = unquote(text)
		} else if text = sc.run(classToken); text == "" {
			return nil, ErrDigestSyntax
		}
		fields = append(fields, HeaderKV{K: name, V: text})
		if sc.skipSpace(); sc.done() {
			return fields, nil
		}
		if !sc.take(',') {
			return nil, ErrDigestSyntax
		}
	}
}
