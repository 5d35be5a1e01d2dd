package endpoint

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds what a test waits for; nothing asserts how long it takes.
const patience = 10 * time.Second

func newEndpoint(t *testing.T, config Config) *Endpoint {
	t.Helper()
	e, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// side is one end of a call, and what its handler was told.
type side struct {
	*Peer
	t          *testing.T
	paths      chan Path
	packets    chan *rtp.Packet
	digits     chan rune
	candidates chan Candidate
	sequence   uint16
}

func newSide(t *testing.T, e *Endpoint) *side {
	t.Helper()
	s := &side{
		t:          t,
		paths:      make(chan Path, 100),
		packets:    make(chan *rtp.Packet, 10_000),
		digits:     make(chan rune, 100),
		candidates: make(chan Candidate, 100),
	}
	peer, err := e.NewPeer(Handler{
		OnPath:      func(p Path) { s.paths <- p },
		OnRTP:       func(p *rtp.Packet) { s.packets <- p },
		OnDigit:     func(d rune) { s.digits <- d },
		OnCandidate: func(c Candidate) { s.candidates <- c },
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Peer = peer
	return s
}

func (s *side) offer(options OfferOptions) string {
	s.t.Helper()
	offer, err := s.Offer(s.t.Context(), options)
	if err != nil {
		s.t.Fatal(err)
	}
	return offer
}

func (s *side) answer(offer string) string {
	s.t.Helper()
	answer, err := s.Answer(s.t.Context(), offer)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer
}

func (s *side) accept(answer string, early bool) {
	s.t.Helper()
	if err := s.Accept(answer, early); err != nil {
		s.t.Fatal(err)
	}
}

// await waits until the path is in a state.
func (s *side) await(want Path) {
	s.t.Helper()
	limit := time.After(patience)
	for {
		select {
		case p := <-s.paths:
			if p == want {
				return
			}
		case <-limit:
			s.t.Fatalf("the path did not get %v", want)
		}
	}
}

// says sends a packet.
func (s *side) says(payload string) {
	s.t.Helper()
	s.sequence++
	if err := s.WriteRTP(&rtp.Packet{
		Header:  rtp.Header{SequenceNumber: s.sequence, Timestamp: uint32(s.sequence) * 160},
		Payload: []byte(payload),
	}); err != nil {
		s.t.Fatal(err)
	}
}

// hears says that other hears what s says, sent up to a number of times.
func (s *side) isHeardBy(other *side, payload string, tries int) bool {
	s.t.Helper()
	for range tries {
		s.says(payload)
		limit := time.After(10 * time.Millisecond)
	wait:
		for {
			select {
			case packet := <-other.packets:
				if bytes.Equal(packet.Payload, []byte(payload)) {
					return true
				}
			case <-limit:
				break wait
			}
		}
	}
	return false
}

const many, few = 500, 20

func talk(t *testing.T, a, b *side, what string) {
	t.Helper()
	if !a.isHeardBy(b, what+" there", many) || !b.isHeardBy(a, what+" back", many) {
		t.Fatalf("%s: no sound in both directions", what)
	}
}

// called is a call that is up.
func called(t *testing.T, config Config) (caller, callee *side) {
	t.Helper()
	caller, callee = newSide(t, newEndpoint(t, config)), newSide(t, newEndpoint(t, config))
	caller.accept(callee.answer(caller.offer(OfferOptions{})), false)
	caller.await(PathWell)
	callee.await(PathWell)
	talk(t, caller, callee, "call")
	return caller, callee
}

func attribute(sdp, name string) string {
	for line := range strings.Lines(sdp) {
		if value, is := strings.CutPrefix(strings.TrimSpace(line), "a="+name+":"); is {
			return value
		}
	}
	return ""
}

func directionIn(sdp string) string {
	for _, direction := range []string{"sendrecv", "sendonly", "recvonly", "inactive"} {
		if strings.Contains(sdp, "a="+direction+"\r\n") {
			return direction
		}
	}
	return ""
}

func TestTwoPeersHearEachOther(t *testing.T) {
	for _, codec := range []string{"PCMU", "PCMA", "G722", "opus"} {
		t.Run(codec, func(t *testing.T) {
			caller, callee := called(t, Config{Codecs: []string{codec}})
			if caller.Codec() != codec || callee.Codec() != codec {
				t.Errorf("agreed on %q and %q, want %q", caller.Codec(), callee.Codec(), codec)
			}
			if q, ok := callee.Quality(); !ok || q.MOS < 4 || q.PacketsLost != 0 {
				t.Errorf("quality %+v, %v", q, ok)
			}
		})
	}
}
