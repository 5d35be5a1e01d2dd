package server

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestTheSelfSignedCertificateServesItsNames(t *testing.T) {
	config, err := TLSSelfSigned(t.TempDir(), []string{domain})
	if err != nil {
		t.Fatal(err)
	}
	r := start(t, func(c *Config) { c.TLS = config })
	if !strings.HasPrefix(r.server.URL(), "https://localhost:") {
		t.Errorf("the link is %s", r.server.URL())
	}
	roots := x509.NewCertPool()
	leaf, err := x509.ParseCertificate(config.Certificates[0].Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	roots.AddCert(leaf)
	for _, name := range []string{domain, "localhost", "127.0.0.1", "::1"} {
		r.client.Transport.(*http.Transport).TLSClientConfig = &tls.Config{RootCAs: roots, ServerName: name}
		r.client.CloseIdleConnections()
		if res, _ := r.do("GET", "/healthz"); res.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", name, res.StatusCode)
		}
	}
	// SIP over WebSocket takes the same way.
	if ws := r.phone("/sip"); ws.request("OPTIONS", "sip:"+domain, "1001").StatusCode != 200 {
		t.Error("no OPTIONS over TLS")
	}
}

func TestTheSelfSignedCertificateOutlivesARestart(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "new")
	first, err := TLSSelfSigned(folder, []string{domain})
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(folder, "self-signed.pem"))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the file with the key has mode %o", info.Mode().Perm())
	}
	second, err := TLSSelfSigned(folder, []string{domain})
	if err != nil {
		t.Fatal(err)
	}
	if string(first.Certificates[0].Certificate[0]) != string(second.Certificates[0].Certificate[0]) {
		t.Error("the second start made another certificate; a browser's exception is void")
	}
}

func TestADamagedSelfSignedCertificateIsReported(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "self-signed.pem")
	if err := os.WriteFile(path, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := TLSSelfSigned(folder, []string{domain}); err == nil || !strings.Contains(err.Error(), path) {
		t.Fatalf("got %v", err)
	}
}

// pairFiles are a certificate's two files, whose time moves with every write.
type pairFiles struct {
	t         *testing.T
	cert, key string
	written   time.Time
}

func (p *pairFiles) write(path string, content []byte) {
	p.t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		p.t.Fatal(err)
	}
	p.written = p.written.Add(time.Minute)
	if err := os.Chtimes(path, p.written, p.written); err != nil {
		p.t.Fatal(err)
	}
}

func newPairFiles(t *testing.T) *pairFiles {
	folder := t.TempDir()
	return &pairFiles{
		t: t, cert: filepath.Join(folder, "cert.pem"), key: filepath.Join(folder, "key.pem"),
		written: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
	}
}

// newPair is one PEM text of a certificate and its key; each reader takes its
// own part of it.
func newPair(t *testing.T, name string) []byte {
	t.Helper()
	text, err := newSelfSigned([]string{name})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func servedName(t *testing.T, config *tls.Config) string {
	t.Helper()
	pair, err := config.GetCertificate(nil)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	return leaf.Subject.CommonName
}

func TestARenewedCertificateIsServedWithoutARestart(t *testing.T) {
	for _, order := range []string{"certificate first", "key first"} {
		t.Run(order, func(t *testing.T) {
			files := newPairFiles(t)
			first := newPair(t, "first.example")
			files.write(files.cert, first)
			files.write(files.key, first)
			config, err := TLSFiles(files.cert, files.key)
			if err != nil {
				t.Fatal(err)
			}
			if got := servedName(t, config); got != "first.example" {
				t.Fatalf("served %s", got)
			}
			one, other := files.cert, files.key
			if order == "key first" {
				one, other = other, one
			}
			second := newPair(t, "second.example")
			files.write(one, second)
			if got := servedName(t, config); got != "first.example" {
				t.Errorf("with half of the renewal on disk, served %s", got)
			}
			files.write(other, second)
			if got := servedName(t, config); got != "second.example" {
				t.Errorf("after the renewal, served %s", got)
			}
		})
	}
}

func TestTheOldCertificateServesWhileTheFileIsGone(t *testing.T) {
	files := newPairFiles(t)
	pair := newPair(t, "first.example")
	files.write(files.cert, pair)
	files.write(files.key, pair)
	config, err := TLSFiles(files.cert, files.key)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(files.cert); err != nil {
		t.Fatal(err)
	}
	if got := servedName(t, config); got != "first.example" {
		t.Errorf("served %s", got)
	}
}

func TestAStartWithoutItsCertificateIsRefused(t *testing.T) {
	files := newPairFiles(t)
	files.write(files.cert, newPair(t, "a.example"))
	files.write(files.key, newPair(t, "b.example"))
	for name, pair := range map[string][2]string{
		"no names":      {"", ""},
		"no key":        {files.cert, ""},
		"no such file":  {files.cert + ".missing", files.key},
		"not of a pair": {files.cert, files.key},
	} {
		if _, err := TLSFiles(pair[0], pair[1]); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
