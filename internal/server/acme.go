package server

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"path/filepath"
	"strconv"

	"github.com/caddyserver/certmagic"
	"go.uber.org/zap"
)

// ACME says how certificates are had from a certificate authority (RFC 8555).
type ACME struct {
	// Domains are the names on the certificate. At least one.
	Domains []string
	// CA is the authority's directory URL. Default: Let's Encrypt.
	CA string
	// Email is told to the authority, for notices. May be empty.
	Email string
	// Folder keeps the certificates and the account's key.
	Folder string
	// Listen is the server's own listener, which answers the authority's
	// tls-alpn-01 challenge (RFC 8737); the authority asks on port 443.
	Listen string
	Log    *slog.Logger
}

// TLSAuto returns a TLS configuration whose certificates are fetched and
// renewed, and start, to be called when the listener is open; start returns at
// once, and what it began ends with its context. Nothing is contacted before.
func TLSAuto(a ACME) (config *tls.Config, start func(context.Context) error, err error) {
	if len(a.Domains) == 0 {
		return nil, nil, errors.New("--tls auto needs --domain: the name for which a certificate is to be had")
	}
	host, text, err := net.SplitHostPort(a.Listen)
	if err != nil {
		return nil, nil, err
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return nil, nil, err
	}
	if a.CA == "" {
		a.CA = certmagic.LetsEncryptProductionCA
	}
	var magic *certmagic.Config
	cache := certmagic.NewCache(certmagic.CacheOptions{
		GetConfigForCert: func(certmagic.Certificate) (*certmagic.Config, error) { return magic, nil },
		Logger:           zap.NewNop(),
	})
	magic = certmagic.New(cache, certmagic.Config{
		Storage: &certmagic.FileStorage{Path: filepath.Join(a.Folder, "acme")},
		Logger:  zap.NewNop(),
		OnEvent: func(_ context.Context, event string, data map[string]any) error {
			switch event {
			case "cert_obtained":
				a.Log.Info("a certificate was obtained", "domain", data["identifier"])
			case "cert_failed":
				a.Log.Error("no certificate was obtained; it is tried again", "domain", data["identifier"], "error", data["error"])
			}
			return nil
		},
	})
	magic.Issuers = []certmagic.Issuer{certmagic.NewACMEIssuer(magic, certmagic.ACMEIssuer{
		CA: a.CA, Email: a.Email, Agreed: true,
		DisableHTTPChallenge: true, ListenHost: host, AltTLSALPNPort: port,
		Logger: zap.NewNop(),
	})}
	config = magic.TLSConfig()
	config.MinVersion = tls.VersionTLS12
	return config, func(ctx context.Context) error {
		context.AfterFunc(ctx, cache.Stop)
		return magic.ManageAsync(ctx, a.Domains)
	}, nil
}
