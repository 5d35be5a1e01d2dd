package server

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
)

// maxForwarded bounds the entries of X-Forwarded-For that are looked at, from
// the last.
const maxForwarded = 20

// trustedProxies are the reverse proxies whose word on where a request comes
// from is believed.
type trustedProxies []netip.Prefix

// parseProxies reads addresses and prefixes (RFC 4632 §3.1, RFC 4291 §2.3).
func parseProxies(list []string) (trustedProxies, error) {
	var proxies trustedProxies
	for _, text := range list {
		prefix, err := netip.ParsePrefix(text)
		if address, parseErr := netip.ParseAddr(text); parseErr == nil && address.Zone() == "" {
			prefix, err = address.Prefix(address.BitLen())
		}
		if err != nil {
			return nil, fmt.Errorf("server: the trusted proxy %q is neither an address nor a prefix such as 10.0.0.0/8", text)
		}
		if address, bits := prefix.Addr(), prefix.Bits(); address.Is4In6() && bits >= 96 {
			prefix = netip.PrefixFrom(address.Unmap(), bits-96)
		}
		proxies = append(proxies, prefix)
	}
	return proxies, nil
}

func (p trustedProxies) trust(address netip.Addr) bool {
	for _, prefix := range p {
		if prefix.Contains(address) {
			return true
		}
	}
	return false
}

// client is who sent a request that came from peer. Each proxy adds the address
// that it saw at the end of X-Forwarded-For, so that only what stands behind the
// last address that is not a proxy's is known to be true: a client can write
// whatever it likes before. Where that leads to no address, it is the peer.
func (p trustedProxies) client(peer netip.Addr, header http.Header) netip.Addr {
	if !p.trust(peer) {
		return peer
	}
	text := strings.Join(header.Values("X-Forwarded-For"), ",")
	for range maxForwarded {
		at := strings.LastIndexByte(text, ',')
		entry := strings.TrimSpace(text[at+1:])
		address, err := netip.ParseAddr(entry)
		if err != nil {
			// Some proxies write the port too.
			var both netip.AddrPort
			both, err = netip.ParseAddrPort(entry)
			address = both.Addr()
		}
		if err != nil {
			return peer
		}
		// A zone means nothing here, and could be any text.
		if address = address.Unmap().WithZone(""); !p.trust(address) {
			return address
		}
		if at < 0 {
			return peer
		}
		text = text[:at]
	}
	return peer
}

// reveal gives requests that come through a trusted proxy the address of their
// client, for all that counts by address. The port stays that of the proxy's
// connection, since the client's is not known.
func (p trustedProxies) reveal(next http.Handler) http.Handler {
	if len(p) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if peer, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
			own := peer.Addr().Unmap()
			if client := p.client(own, r.Header); client != own {
				seen := *r
				seen.RemoteAddr = netip.AddrPortFrom(client, peer.Port()).String()
				r = &seen
			}
		}
		next.ServeHTTP(w, r)
	})
}
