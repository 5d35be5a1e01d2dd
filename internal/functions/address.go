package functions

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// errPrivate says that a name leads to an address that is not public.
var errPrivate = errors.New("not a public address")

// special are the ranges that netip's own questions leave out and that lead to
// no public host: IANA's special-purpose registries (RFC 6890), and tunnels that
// carry an address within an address.
var special = func() (all []netip.Prefix) {
	for _, prefix := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15",
		"198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
	} {
		all = append(all, netip.MustParsePrefix(prefix))
	}
	return all
}()

var (
	globalIPv6 = netip.MustParsePrefix("2000::/3")
	// nat64 holds IPv4 addresses (RFC 6052 §2.1).
	nat64 = netip.MustParsePrefix("64:ff9b::/96")
)

// isPublic tells whether an address is of a host on the Internet.
func isPublic(address netip.Addr) bool {
	if address.Zone() != "" {
		return false
	}
	address = address.Unmap()
	if nat64.Contains(address) {
		bytes := address.As16()
		address = netip.AddrFrom4([4]byte(bytes[12:]))
	}
	if address.Is6() && !globalIPv6.Contains(address) {
		return false
	}
	return address.IsGlobalUnicast() && !address.IsPrivate() &&
		!slices.ContainsFunc(special, func(p netip.Prefix) bool { return p.Contains(address) })
}

// hosts are those that may be private or spoken to without TLS: "host" for
// each of its ports or "host:port".
type hosts map[string]bool

// parseHosts reads a setting.
func parseHosts(list []string) (hosts, error) {
	named := hosts{}
	for _, item := range list {
		parsed, err := url.Parse("//" + item)
		if err != nil || parsed.Host != item || parsed.Hostname() == "" || strings.HasSuffix(item, ":") {
			return nil, fmt.Errorf("functions: %q is not a host or host:port", item)
		}
		named[hostKey(parsed.Hostname(), parsed.Port())] = true
	}
	return named, nil
}

func hostKey(host, port string) string {
	host = strings.ToLower(host)
	if port == "" {
		return host
	}
	return net.JoinHostPort(host, port)
}

// have tells whether a host and port are named.
func (h hosts) have(host, port string) bool { return h[hostKey(host, "")] || h[hostKey(host, port)] }

// portOf is the port that a URL means.
func portOf(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	default:
		return "80"
	}
}
