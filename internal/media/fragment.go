package media

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pion/ice/v4"
	"github.com/pion/webrtc/v4"
)

// Bounds of the candidates that come after an offer.
const (
	maxFragmentBytes = 16 << 10
	// maxFragmentLines bounds the lines of one fragment.
	maxFragmentLines = 256
	// MaxLateCandidates bounds those of one offer, over all fragments.
	MaxLateCandidates = 64
	maxUfrag          = 256
)

// Fragment is what a trickle-ice-sdpfrag says (RFC 8840 §9.2), as far as an
// agent with one transport needs it.
type Fragment struct {
	// Ufrag names the generation that the candidates belong to.
	Ufrag string
	// Mids are the media sections that candidates came under, one for each
	// candidate.
	Mids []string
	// Candidates are without "candidate:".
	Candidates []string
	// Complete says that no more candidates follow.
	Complete bool
}

// ParseFragment reads a fragment of at most 16 KiB, 256 lines and
// MaxLateCandidates candidates; the error is ErrFragment. It takes attributes that it does not know
// (RFC 8840 §9.2 is open to more) and refuses lines that are none.
func ParseFragment(text string) (f Fragment, err error) {
	bad := func(what string) (Fragment, error) { return Fragment{}, fmt.Errorf("%w: %s", ErrFragment, what) }
	if len(text) > maxFragmentBytes {
		return bad("too long")
	}
	inSection, mid, n := false, "", 0
	for line := range strings.Lines(text) {
		if n++; n > maxFragmentLines {
			return bad("too many lines")
		}
		line = strings.TrimRight(line, "\r\n")
		attribute, isAttribute := strings.CutPrefix(line, "a=")
		if !isAttribute {
			if !strings.HasPrefix(line, "m=") {
				return bad("a line is neither attribute nor media")
			}
			inSection, mid = true, ""
			continue
		}
		name, value, _ := strings.Cut(attribute, ":")
		switch name {
		case "ice-ufrag":
			if value == "" || len(value) > maxUfrag || f.Ufrag != "" && f.Ufrag != value {
				return bad("its ice-ufrag")
			}
			f.Ufrag = value
		case "mid":
			mid = value
		case "end-of-candidates":
			f.Complete = true
		case "candidate":
			if !inSection || mid == "" {
				return bad("a candidate of no media section")
			}
			if len(f.Candidates) == MaxLateCandidates {
				return bad("too many candidates")
			}
			if !usable(value) {
				return bad("a candidate cannot be read")
			}
			f.Mids = append(f.Mids, mid)
			f.Candidates = append(f.Candidates, value)
		}
	}
	if f.Ufrag == "" {
		return bad("no ice-ufrag")
	}
	return f, nil
}

// usable tells whether a candidate is one, or of a kind to be ignored (RFC 8839
// §5.1).
func usable(candidate string) bool {
	_, err := ice.UnmarshalCandidate(candidate)
	return err == nil || errors.Is(err, ice.ErrUnknownCandidateTyp) || errors.Is(err, ice.ErrDetermineNetworkType)
}

// trickle takes a fragment's candidates.
func (p *peer) trickle(f Fragment) error {
	if f.Ufrag != p.remote.ufrag {
		// It belongs to a generation that is over (RFC 8840 §4.4).
		return nil
	}
	for _, mid := range f.Mids {
		if !slices.Contains(p.remote.mids, mid) {
			return fmt.Errorf("%w: no such media section", ErrFragment)
		}
	}
	if p.taken += len(f.Candidates); p.taken > MaxLateCandidates {
		p.taken -= len(f.Candidates)
		return fmt.Errorf("%w: too many candidates", ErrFragment)
	}
	candidates := f.Candidates
	if f.Complete {
		candidates = append(candidates, "")
	}
	for _, candidate := range candidates {
		if err := p.pc.AddICECandidate(webrtc.ICECandidateInit{Candidate: candidate}); err != nil {
			return fmt.Errorf("%w: %w", ErrFragment, err)
		}
	}
	return nil
}
