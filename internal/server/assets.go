package server

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
)

// embeddable tells the files that other sites' pages load: phone-….js are what
// the modules load from their own folder when it is needed, and themes/ the ready
// themes. A preview of the builder counts as another site, since its frame has no
// origin.
func embeddable(name string) bool {
	switch name {
	case "webphone.js", "phone.js", "webphone.d.ts", "custom-elements.json",
		"page.js", "page.css", "embed.js", "builder/guard.js":
		return true
	}
	return strings.HasPrefix(name, "phone-") && strings.HasSuffix(name, ".js") || strings.HasPrefix(name, "themes/")
}

// pagePolicy lets a page of ours do what a phone needs and nothing else. Other
// SIP servers may be named on the sign-in page, so any WebSocket is allowed.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; " +
	"media-src 'self' blob:; connect-src 'self' ws: wss:; manifest-src 'self'; worker-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// galleryPolicy lets the gallery hold its own scenes in frames.
var galleryPolicy = strings.Replace(pagePolicy, "frame-ancestors 'none'", "frame-src 'self'; frame-ancestors 'self'", 1)

// builderPolicy is for the page of administrators. Its code editor makes style
// elements, and it holds previews in frames.
const builderPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; " +
	"img-src 'self' data: blob: https:; connect-src 'self' ws: wss:; frame-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// examplesPolicy lets the site of an example hold its page in a frame.
const examplesPolicy = pagePolicy + "; frame-src 'self'"

// workerPolicy lets the page's service worker fetch the page's files.
const workerPolicy = "default-src 'none'; connect-src 'self'"

var contentTypes = map[string]string{
	".ts":          "text/plain; charset=utf-8",
	".webmanifest": "application/manifest+json",
}

// assets serves the built files from memory.
type assets struct {
	files map[string]*asset
}

// asset is one file with its compressed forms, made when first asked for.
type asset struct {
	content     []byte
	contentType string
	etag        string
	shared      bool
	// policy is the Content-Security-Policy of a page or worker, or empty.
	policy   string
	compress sync.Once
	br, gz   []byte
}

func newAssets(dist fs.FS) (*assets, error) {
	a := &assets{files: map[string]*asset{}}
	err := fs.WalkDir(dist, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(dist, name)
		if err != nil {
			return err
		}
		contentType := contentTypes[path.Ext(name)]
		if contentType == "" {
			contentType = mime.TypeByExtension(path.Ext(name))
		}
		sum := sha256.Sum256(content)
		file := &asset{content: content, contentType: contentType, etag: hex.EncodeToString(sum[:12])}
		file.shared = embeddable(name)
		switch {
		case name == "sw.js":
			file.policy = workerPolicy
		case !strings.HasPrefix(contentType, "text/html"):
		case strings.HasPrefix(name, "gallery/"):
			file.policy = galleryPolicy
		case strings.HasPrefix(name, "builder/"):
			file.policy = builderPolicy
		case strings.HasPrefix(name, "examples/"):
			file.policy = examplesPolicy
		default:
			file.policy = pagePolicy
		}
		a.files["/"+name] = file
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	if a.files["/index.html"] == nil {
		return nil, fmt.Errorf("server: the built pages are missing")
	}
	return a, nil
}

// ServeHTTP serves a file, or the index of a folder; / is the phone.
func (a *assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := path.Clean(r.URL.Path)
	if strings.HasSuffix(r.URL.Path, "/") {
		name = path.Join(name, "index.html")
	}
	file := a.files[name]
	if file == nil {
		http.NotFound(w, r)
		return
	}
	readOnly(file.serve)(w, r)
}

func (f *asset) serve(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	if f.shared {
		// Public code without credentials: any page may load it.
		header.Set("Access-Control-Allow-Origin", "*")
		header.Set("Cross-Origin-Resource-Policy", "cross-origin")
	} else {
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
	}
	if f.policy != "" {
		header.Set("Content-Security-Policy", f.policy)
	}
	if strings.HasPrefix(f.contentType, "text/html") {
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Permissions-Policy", permissions)
	}
	header.Set("Content-Type", f.contentType)
	header.Set("Vary", "Accept-Encoding")
	// Names do not change with the content, so that every use asks whether it
	// has; the answer is 304 and a few bytes.
	header.Set("Cache-Control", "no-cache")
	body, encoding := f.encoded(r.Header.Get("Accept-Encoding"))
	tag := `"` + f.etag + `"`
	if encoding != "" {
		header.Set("Content-Encoding", encoding)
		tag = `"` + f.etag + "-" + encoding + `"`
	}
	header.Set("ETag", tag)
	if matches(r.Header.Get("If-None-Match"), tag) {
		header.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	header.Set("Content-Length", fmt.Sprint(len(body)))
	if r.Method == http.MethodGet {
		_, _ = w.Write(body)
	}
}

func (f *asset) encoded(accept string) (body []byte, encoding string) {
	// Below this the header costs more than compression saves; images are
	// compressed already.
	if len(f.content) < 512 || strings.HasPrefix(f.contentType, "image/png") {
		return f.content, ""
	}
	f.compress.Do(func() {
		var buffer bytes.Buffer
		br := brotli.NewWriterLevel(&buffer, brotli.BestCompression)
		_, _ = br.Write(f.content)
		_ = br.Close()
		f.br = bytes.Clone(buffer.Bytes())
		buffer.Reset()
		gz, _ := gzip.NewWriterLevel(&buffer, gzip.BestCompression)
		_, _ = gz.Write(f.content)
		_ = gz.Close()
		f.gz = bytes.Clone(buffer.Bytes())
	})
	switch {
	case accepts(accept, "br"):
		return f.br, "br"
	case accepts(accept, "gzip"):
		return f.gz, "gzip"
	default:
		return f.content, ""
	}
}

// accepts reads an Accept-Encoding (RFC 9110 §12.5.3).
func accepts(header, coding string) bool {
	for item := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(strings.TrimSpace(item), ";")
		if strings.EqualFold(strings.TrimSpace(name), coding) {
			weight := strings.ToLower(strings.ReplaceAll(params, " ", ""))
			return strings.Trim(strings.TrimPrefix(weight, "q="), "0.") != "" || weight == ""
		}
	}
	return false
}

// matches reads an If-None-Match (RFC 9110 §13.1.2).
func matches(header, tag string) bool {
	for item := range strings.SplitSeq(header, ",") {
		if item = strings.TrimPrefix(strings.TrimSpace(item), "W/"); item == tag || item == "*" {
			return true
		}
	}
	return false
}
