package phone

import (
	"cmp"
	"slices"
	"strconv"

	"webphone/internal/sip"
)

// maxTargets bounds the other targets that one call tries.
const maxTargets = 5

// redirects are where a call that was sent elsewhere goes (RFC 3261 §8.1.3.4).
type redirects struct {
	seen    map[string]bool
	targets []sip.URI
}

// next is the next target after this refusal by uri.
func (r *redirects) next(refusal *sip.Response, uri sip.URI) (sip.URI, bool) {
	if r.seen == nil {
		r.seen = map[string]bool{}
	}
	r.seen[uri.String()] = true
	switch status := refusal.StatusCode; {
	case status >= 600:
		// A failure for good (§21.6).
		r.targets = nil
	case status >= 300 && status <= 302:
		r.targets = append(r.read(refusal), r.targets...)
	}
	if len(r.targets) == 0 {
		return sip.URI{}, false
	}
	target := r.targets[0]
	r.targets = r.targets[1:]
	return target, true
}

// read gives the contacts that a phone can call, by their q values, without
// those that were tried.
func (r *redirects) read(res *sip.Response) (found []sip.URI) {
	type candidate struct {
		uri sip.URI
		q   float64
	}
	var list []candidate
	for _, h := range res.GetHeaders("Contact") {
		contact, ok := h.(*sip.ContactHeader)
		// Fields in a URI are for pages that link to a call.
		if !ok || contact.Address.Wildcard || len(contact.Address.Headers) > 0 ||
			!slices.Contains([]string{"sip", "sips", "tel"}, contact.Address.Scheme) {
			continue
		}
		q, err := strconv.ParseFloat(contact.Params.GetOr("q", "1"), 64)
		if err != nil || !(q >= 0 && q <= 1) {
			q = 0
		}
		list = append(list, candidate{*contact.Address.Clone(), q})
	}
	slices.SortStableFunc(list, func(a, b candidate) int { return cmp.Compare(b.q, a.q) })
	for _, c := range list {
		if key := c.uri.String(); len(r.seen) <= maxTargets && !r.seen[key] {
			r.seen[key] = true
			found = append(found, c.uri)
		}
	}
	return found
}
