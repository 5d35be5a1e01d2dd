package endpoint

import (
	"fmt"
	"strings"

	"webphone/internal/media"
)

// FormatFragment writes late candidates of one generation as the body of an
// application/trickle-ice-sdpfrag (RFC 8840 §9). It is empty without candidates.
func FormatFragment(candidates ...Candidate) string {
	if len(candidates) == 0 {
		return ""
	}
	var b strings.Builder
	of := candidates[0]
	fmt.Fprintf(&b, "a=ice-ufrag:%s\r\na=ice-pwd:%s\r\nm=audio 9 RTP/AVP 0\r\na=mid:%s\r\n", of.Ufrag, of.Pwd, of.Mid)
	for _, candidate := range candidates {
		switch {
		case candidate.Ufrag != of.Ufrag:
		case candidate.Line == "":
			b.WriteString("a=end-of-candidates\r\n")
		default:
			fmt.Fprintf(&b, "a=%s\r\n", candidate.Line)
		}
	}
	return b.String()
}

// AddCandidates takes late candidates of the other side, as the body of an
// application/trickle-ice-sdpfrag (RFC 8840 §9) of at most 16 KiB. Those of a
// generation that is not the current one are ignored (RFC 8840 §4.4); at most 64
// are taken for each. The error is ErrFragment, and then nothing is taken.
func (p *Peer) AddCandidates(text string) error {
	f, err := media.ParseFragment(text)
	if err != nil {
		return err
	}
	p.negotiating.Lock()
	defer p.negotiating.Unlock()
	p.mu.Lock()
	path, closed := p.path, p.closed
	p.mu.Unlock()
	switch {
	case closed:
		return ErrClosed
	case p.remote == nil || p.remote.ufrag != f.Ufrag || path == nil:
		return nil
	}
	for _, mid := range f.Mids {
		if !p.remote.hasMid(mid) {
			return fmt.Errorf("%w: no such media section", ErrFragment)
		}
	}
	if !path.add(f.Candidates) {
		return fmt.Errorf("%w: too many candidates", ErrFragment)
	}
	return nil
}
