package server

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"encoding/json"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"webphone/internal/pages"
)

// permissions are those that a page of ours takes for itself.
const permissions = "microphone=(self), camera=(self), display-capture=(self), geolocation=()"

// shell is what stands around a page: /page.js draws it from its data.
var shell = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="{{.Language}}" dir="{{.Direction}}" data-appearance="{{.Appearance}}" data-layout="{{.Layout}}">
  <head>
    <meta charset="utf-8" />
    <title>{{.Title}}</title>
    <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
    <meta name="color-scheme" content="{{.ColorScheme}}" />
    <link rel="icon" href="/icons/icon.svg" type="image/svg+xml" />
{{- if .Manifest}}
    <link rel="apple-touch-icon" href="/icons/icon-192.png" />
    <link rel="manifest" href="{{.Manifest}}" />
{{- end}}
    <link rel="stylesheet" href="/page.css" />
{{- if .Theme}}
    <link rel="stylesheet" href="{{.Theme}}" />
{{- end}}
    <script type="application/json" id="page-data">{{.Data}}</script>
    <script type="module" src="/page.js" nonce="{{.Nonce}}"></script>
  </head>
  <body>
    <main id="page"></main>
    <noscript>This page makes telephone calls, for which it needs JavaScript. Allow it in your browser and load the page again.</noscript>
  </body>
</html>
`))

// notice is a page in words alone.
var notice = template.Must(template.New("notice").Parse(`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>{{.Title}}</title>
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <link rel="icon" href="/icons/icon.svg" type="image/svg+xml" />
    <link rel="stylesheet" href="/page.css" />
  </head>
  <body>
    <main id="page">
      <h1>{{.Title}}</h1>
      <p>{{.Detail}}</p>
    </main>
  </body>
</html>
`))

const noticePolicy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors *"

// serveSchema answers with the schema of a page's export file.
func serveSchema(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/schema+json")
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(pages.Schema())
}

// show answers with a page, or with the draft for which there is a token.
func (p *pageServer) show(w http.ResponseWriter, r *http.Request) {
	page, err := p.find(r, r.URL.Query().Get("draft"))
	if err != nil {
		p.refuse(w, err)
		return
	}
	at, err := originOf(r)
	if err != nil {
		p.refuse(w, err)
		return
	}
	data, err := page.data()
	if err != nil {
		p.log.Error("a page cannot be shown", "page", page.name, "error", err)
		p.refuse(w, errBroken)
		return
	}
	// A nonce is used once (Content Security Policy Level 3 §7.1).
	nonce := rand.Text()
	document := page.document
	view := struct {
		Title, Language, Direction, Appearance, Layout, ColorScheme, Manifest, Theme, Nonce string
		Data                                                                                template.JS
	}{
		Title: document.Title, Language: cmp.Or(document.Language, "en"), Appearance: cmp.Or(document.Appearance, "system"),
		Layout: cmp.Or(document.Layout, "page"), Nonce: nonce, Data: template.JS(data),
	}
	view.Direction = directionOf(view.Language)
	view.ColorScheme = map[string]string{"light": "light", "dark": "dark"}[view.Appearance]
	if view.ColorScheme == "" {
		view.ColorScheme = "light dark"
	}
	if document.Installable && page.draft == "" {
		view.Manifest = page.base + "manifest.webmanifest"
	}
	if document.Theme != "" && document.Theme != "default" {
		view.Theme = "/themes/" + document.Theme + ".css"
	}
	header := w.Header()
	header.Set("Content-Security-Policy", page.policy(at, nonce))
	header.Set("Permissions-Policy", permissions)
	// The builder's pages have same-origin: so neither holds the other's window.
	header.Set("Cross-Origin-Opener-Policy", "unsafe-none")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	if len(document.Embedding) > 0 {
		header.Set("Cross-Origin-Resource-Policy", "cross-origin")
	}
	header.Set("Cache-Control", "no-cache")
	if page.draft != "" {
		header.Set("Cache-Control", "no-store")
	}
	p.write(w, http.StatusOK, shell, view)
}

// refuse answers in words.
func (p *pageServer) refuse(w http.ResponseWriter, err error) {
	refusal := errBroken
	errors.As(err, &refusal)
	w.Header().Set("Content-Security-Policy", noticePolicy)
	w.Header().Set("Cache-Control", "no-store")
	p.write(w, refusal.status, notice, struct{ Title, Detail string }{refusal.title, refusal.detail})
}

func (p *pageServer) write(w http.ResponseWriter, status int, text *template.Template, view any) {
	var body bytes.Buffer
	if err := text.Execute(&body, view); err != nil {
		p.log.Error("a page cannot be written", "error", err)
		http.Error(w, errBroken.detail, http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes())
}

// manifest makes a page installable as an app (W3C Web Application Manifest).
func (p *pageServer) manifest(w http.ResponseWriter, r *http.Request) {
	page, err := p.find(r, "")
	if err == nil && !page.document.Installable {
		err = errNoPage
	}
	if err != nil {
		p.refuse(w, err)
		return
	}
	icon := func(name, sizes, kind, purpose string) map[string]string {
		return map[string]string{"src": "/icons/" + name, "sizes": sizes, "type": kind, "purpose": purpose}
	}
	w.Header().Set("Content-Type", "application/manifest+json")
	w.Header().Set("Cache-Control", "no-cache")
	_ = json.NewEncoder(w).Encode(map[string]any{
		"id": page.home, "name": page.document.Title, "short_name": page.document.Title,
		"lang": cmp.Or(page.document.Language, "en"), "dir": directionOf(page.document.Language),
		"start_url": page.home, "scope": page.home, "display": "standalone",
		"background_color": "#f3f5f8", "theme_color": "#157f3d",
		"icons": []any{
			icon("icon.svg", "any", "image/svg+xml", "any"), icon("icon-192.png", "192x192", "image/png", "any"),
			icon("icon-512.png", "512x512", "image/png", "any"), icon("maskable-512.png", "512x512", "image/png", "maskable"),
		},
	})
}

// policy is the page's Content-Security-Policy. Actions run under the nonce.
// What they may reach leaves out this server's API, where the browser of a
// signed-in administrator would send the session along. The origin stands
// beside 'self' since a preview's frame has none that 'self' would match.
func (s *shown) policy(at origin, nonce string) string {
	here := at.http()
	connect := []string{"ws:", "wss:", here + s.base + "functions/", here + "/themes/"}
	for _, function := range s.document.Functions {
		if function.Kind != pages.KindURL || function.Runs != pages.RunsInBrowser {
			continue
		}
		if scheme, host, port := originOfURL(function.URL); host != "" && !at.is(host, port) {
			connect = append(connect, scheme+"://"+host+portSuffix(scheme, port))
		}
	}
	ancestors := strings.Join(s.document.Embedding, " ")
	switch {
	case s.draft != "", s.own && ancestors == "":
		ancestors = "'self'"
	case s.own:
		ancestors += " 'self'"
	case ancestors == "":
		ancestors = "'none'"
	}
	return strings.Join([]string{
		"default-src 'none'",
		"script-src 'nonce-" + nonce + "' 'strict-dynamic'",
		"style-src 'self' " + here + " 'unsafe-inline'",
		"img-src 'self' " + here + " data: blob: https:",
		"media-src 'self' " + here + " blob: https:",
		"connect-src " + strings.Join(connect, " "),
		"manifest-src 'self'",
		"worker-src 'none'",
		"frame-src 'none'",
		"form-action 'none'",
		"base-uri 'none'",
		"frame-ancestors " + ancestors,
	}, "; ")
}

// hostAndPort is what may stand in a Host header and a policy: a name or an
// address, and a port.
var hostAndPort = regexp.MustCompile(`^([A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?$`)

// originOfURL is the scheme, host and port of a URL's template, or nothing when
// they cannot stand in a policy.
func originOfURL(template string) (scheme, host string, port uint64) {
	end := len(template)
	if _, rest, found := strings.Cut(template, "://"); found {
		if at := strings.IndexAny(rest, "/?#"); at >= 0 {
			end = len(template) - len(rest) + at
		}
	}
	parsed, err := url.Parse(template[:end])
	if err != nil || !hostAndPort.MatchString(parsed.Host) || defaultPorts[parsed.Scheme] == 0 {
		return "", "", 0
	}
	host, port, err = splitHost(parsed.Host, parsed.Scheme)
	if err != nil {
		return "", "", 0
	}
	return parsed.Scheme, host, port
}

var defaultPorts = map[string]uint64{"http": 80, "https": 443}

// splitHost reads what hostAndPort matches. The host is in small letters, and
// keeps the brackets of an address.
func splitHost(text, scheme string) (host string, port uint64, err error) {
	host, port = strings.ToLower(text), defaultPorts[scheme]
	if at := strings.LastIndexByte(text, ':'); at > strings.LastIndexByte(text, ']') {
		host = host[:at]
		port, err = strconv.ParseUint(text[at+1:], 10, 16)
	}
	return host, port, err
}

// portSuffix is a port as it stands in an origin.
func portSuffix(scheme string, port uint64) string {
	if port == defaultPorts[scheme] {
		return ""
	}
	return ":" + strconv.FormatUint(port, 10)
}

// origin is where a visitor's browser finds this server.
type origin struct {
	secure bool
	host   string
}

var errHost = &notShown{http.StatusBadRequest, "This address cannot be used", "The name of the server in the request is not a host name."}

// originOf reads a request's. A proxy in front may say that it has TLS; it
// cannot take it away.
func originOf(r *http.Request) (origin, error) {
	if !hostAndPort.MatchString(r.Host) {
		return origin{}, errHost
	}
	return origin{overTLS(r), r.Host}, nil
}

func (o origin) http() string {
	if o.secure {
		return "https://" + o.host
	}
	return "http://" + o.host
}

// is tells whether a policy that allows a host and port allows this server. The
// default ports count as one, since http://host in a policy matches https://host
// too (Content Security Policy Level 3 §6.7.2.8), and a proxy may have TLS without
// saying so.
func (o origin) is(host string, port uint64) bool {
	scheme := "http"
	if o.secure {
		scheme = "https"
	}
	own, ownPort, err := splitHost(o.host, scheme)
	standard := func(port uint64) bool { return port == 80 || port == 443 }
	return err != nil || host == own && (port == ownPort || standard(port) && standard(ownPort))
}

func (o origin) ws() string { return "ws" + strings.TrimPrefix(o.http(), "http") }

// rightToLeft are the languages that are written so (BCP 47 primary subtags).
var rightToLeft = map[string]bool{
	"ar": true, "ckb": true, "dv": true, "fa": true, "he": true, "ps": true, "sd": true, "ug": true, "ur": true, "yi": true,
}

func directionOf(language string) string {
	primary, _, _ := strings.Cut(strings.ToLower(language), "-")
	if rightToLeft[primary] {
		return "rtl"
	}
	return "ltr"
}
