package endpoint

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

func TestOffersThatCannotBeAnsweredLeaveTheCallAsItIs(t *testing.T) {
	caller, callee := called(t, Config{})
	valid := caller.offer(OfferOptions{})
	section := valid[strings.Index(valid, "m=audio"):]
	replace := func(old, new string) string { return strings.ReplaceAll(valid, old, new) }
	for name, offer := range map[string]string{
		"empty":                "",
		"not SDP":              "hello",
		"too long":             valid + strings.Repeat("a=x\r\n", 20_000),
		"no media":             valid[:strings.Index(valid, "m=audio")],
		"too many sections":    valid + strings.Repeat(section, 8),
		"no audio":             replace("m=audio", "m=video"),
		"audio refused":        replace(section[:strings.Index(section, " UDP")], "m=audio 0"),
		"no fingerprint":       replace("a=fingerprint", "a=x"),
		"a weak fingerprint":   replace("a=fingerprint:sha-256", "a=fingerprint:sha-1"),
		"no ICE":               replace("a=ice-ufrag", "a=x"),
		"a short ICE password": replace(attribute(valid, "ice-pwd"), "short"),
		"an odd ICE user":      replace(attribute(valid, "ice-ufrag"), "a b c d"),
		"an odd setup":         replace("a=setup:actpass", "a=setup:holdconn"),
		"an odd mid":           replace("a=mid:0", "a=mid:0 1"),
	} {
		if _, err := callee.Answer(t.Context(), offer); !errors.Is(err, ErrOffer) {
			t.Errorf("%s: got %v, want ErrOffer", name, err)
		}
	}
	if _, err := callee.Answer(t.Context(), replace("PCM", "XYZ")); !errors.Is(err, ErrNoCodec) || !errors.Is(err, ErrOffer) {
		t.Errorf("no codec in common: got %v", err)
	}
	for name, answer := range map[string]string{
		"empty":          "",
		"two sections":   valid + section,
		"audio refused":  replace(section[:strings.Index(section, " UDP")], "m=audio 0"),
		"no fingerprint": replace("a=fingerprint", "a=x"),
		"no codec":       replace("PCM", "XYZ"),
	} {
		if err := caller.Accept(answer, false); !errors.Is(err, ErrAnswer) {
			t.Errorf("%s: got %v, want ErrAnswer", name, err)
		}
	}
	caller.accept(callee.answer(valid), false)
	talk(t, caller, callee, "after all that")
}

func TestWhatIsNotAudioIsRefusedWhereItStands(t *testing.T) {
	caller, callee := newSide(t, newEndpoint(t, Config{})), newSide(t, newEndpoint(t, Config{}))
	offer := caller.offer(OfferOptions{})
	at := strings.Index(offer, "m=audio")
	video := "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\nc=IN IP4 0.0.0.0\r\na=mid:v\r\na=sendrecv\r\na=rtpmap:96 VP8/90000\r\n"
	data := "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:d\r\n"
	answer := callee.answer(offer[:at] + video + offer[at:] + data)
	for _, want := range []string{
		"m=video 0 UDP/TLS/RTP/SAVPF 96 97\r\n", "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n", "a=group:BUNDLE 0\r\n",
	} {
		if !strings.Contains(answer, want) {
			t.Errorf("no %q in\n%s", want, answer)
		}
	}
	if v, a, d := strings.Index(answer, "m=video"), strings.Index(answer, "m=audio"), strings.Index(answer, "m=application"); v > a || a > d {
		t.Error("the sections have changed places (RFC 3264 §6)")
	}
	again := callee.offer(OfferOptions{})
	if strings.Count(again, "m=") != 3 || !strings.Contains(again, "m=video 0") {
		t.Errorf("a later offer leaves sections out (RFC 3264 §8):\n%s", again)
	}
}

func TestPayloadTypesAreThoseOfTheOtherSideForTheWholeCall(t *testing.T) {
	e := newEndpoint(t, Config{Codecs: []string{"opus", "PCMU"}})
	caller, callee := newSide(t, e), newSide(t, newEndpoint(t, Config{Codecs: []string{"opus", "PCMA"}}))
	offer := strings.NewReplacer(" 111 ", " 101 ", ":111 ", ":101 ", " 101\r\n", " 120\r\n", " 101 ", " 120 ", ":101 ", ":120 ").
		Replace(caller.offer(OfferOptions{}))
	answer := callee.answer(offer)
	if callee.PayloadType() != 101 || callee.ClockRate() != 48000 {
		t.Errorf("opus is %d at %d Hz:\n%s", callee.PayloadType(), callee.ClockRate(), answer)
	}
	again := callee.offer(OfferOptions{})
	if !strings.Contains(again, "a=rtpmap:101 opus/48000/2") || strings.Count(again, "a=rtpmap:101 ") != 1 {
		t.Errorf("the payload types have changed (RFC 3264 §8.3.2):\n%s", again)
	}
}

func TestAnOfferDoesNotWaitForAServerThatIsNotThere(t *testing.T) {
	// A socket that never answers.
	silent, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	caller := newSide(t, newEndpoint(t, Config{ICEServers: []webrtc.ICEServer{{URLs: []string{"stun:" + silent.LocalAddr().String()}}}}))
	callee := newSide(t, newEndpoint(t, Config{}))
	offer := caller.offer(OfferOptions{})
	if attribute(offer, "candidate") == "" {
		t.Error("no addresses of the machine in the offer")
	}
	if strings.Contains(offer, "a=end-of-candidates") {
		t.Error("the offer has waited for the server")
	}
	caller.accept(callee.answer(offer), false)
	talk(t, caller, callee, "meanwhile")
}

func TestTheEndOfCandidatesIsTold(t *testing.T) {
	// Port 9 of a machine without that service refuses at once.
	e := newEndpoint(t, Config{ICEServers: []webrtc.ICEServer{{URLs: []string{"stun:127.0.0.1:9"}}}})
	caller := newSide(t, e)
	path, err := e.openPath(func(*path) {})
	if err != nil {
		t.Fatal(err)
	}
	defer path.close()
	path.told(caller.late("0", path))
	path.gathered(nil)
	for {
		select {
		case candidate := <-caller.candidates:
			if candidate.Ufrag != path.ufrag || candidate.Mid != "0" {
				t.Errorf("got %+v", candidate)
			}
			if candidate.Line == "" {
				return
			}
		case <-time.After(patience):
			t.Fatal("no end of candidates")
		}
	}
}

func TestCandidatesThatCannotBeUsedAreNoError(t *testing.T) {
	caller, callee := newSide(t, newEndpoint(t, Config{})), newSide(t, newEndpoint(t, Config{}))
	offer := caller.offer(OfferOptions{})
	odd := "a=candidate:1 1 udp 1 0a1b2c3d-0000-4000-8000-000000000000.local 9 typ host\r\n" +
		"a=candidate:1 1 tcp 1 192.0.2.1 9 typ host tcptype active\r\na=candidate:nonsense\r\n"
	caller.accept(callee.answer(strings.Replace(offer, "a=candidate", odd+"a=candidate", 1)), false)
	talk(t, caller, callee, "all the same")
}

func TestCandidatesAreBounded(t *testing.T) {
	caller, callee := newSide(t, newEndpoint(t, Config{})), newSide(t, newEndpoint(t, Config{}))
	offer := caller.offer(OfferOptions{})
	callee.answer(offer)
	ufrag, pwd := attribute(offer, "ice-ufrag"), attribute(offer, "ice-pwd")
	var err error
	taken := 0
	for ; err == nil && taken < 1000; taken++ {
		line := fmt.Sprintf("candidate:1 1 udp 1 127.0.0.1 %d typ host", 10000+taken)
		err = callee.AddCandidates(FormatFragment(Candidate{"0", ufrag, pwd, line}))
	}
	if !errors.Is(err, ErrFragment) || taken > maxCandidates {
		t.Errorf("%d were taken, then %v", taken, err)
	}
}

func TestWhatIsClosedTakesNothing(t *testing.T) {
	caller, callee := called(t, Config{})
	if err := caller.Close(); err != nil {
		t.Fatal(err)
	}
	_, offering := caller.Offer(t.Context(), OfferOptions{})
	_, answering := caller.Answer(t.Context(), callee.offer(OfferOptions{}))
	for name, err := range map[string]error{
		"offer": offering, "answer": answering, "accept": caller.Accept("", false), "rollback": caller.Rollback(),
		"RTP": caller.WriteRTP(&rtp.Packet{}), "digit": caller.SendDigit(t.Context(), '1'),
	} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("%s: got %v, want ErrClosed", name, err)
		}
	}
	if _, ok := caller.Quality(); !ok {
		t.Error("the quality of a call cannot be asked when it is over")
	}
	if err := callee.endpoint.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := callee.endpoint.NewPeer(Handler{}); !errors.Is(err, ErrClosed) {
		t.Errorf("a peer of a closed endpoint: got %v", err)
	}
}

func TestAHandlerMayCloseItsPeer(t *testing.T) {
	callee := newSide(t, newEndpoint(t, Config{}))
	closed := make(chan error)
	var caller *Peer
	caller, err := newEndpoint(t, Config{}).NewPeer(Handler{OnPath: func(p Path) {
		if p == PathWell {
			closed <- caller.Close()
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	offer, err := caller.Offer(t.Context(), OfferOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := caller.Accept(callee.answer(offer), false); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-closed:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(patience):
		t.Fatal("it does not end")
	}
}

func TestAnOfferEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := newSide(t, newEndpoint(t, Config{ICEServers: []webrtc.ICEServer{{URLs: []string{"stun:192.0.2.1:3478"}}}}))
	if _, err := s.Offer(ctx, OfferOptions{}); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestALongPacketIsRefused(t *testing.T) {
	caller, _ := called(t, Config{})
	if err := caller.WriteRTP(&rtp.Packet{Payload: make([]byte, maxPacket)}); !errors.Is(err, errPacket) {
		t.Errorf("got %v", err)
	}
}

func TestSettingsThatMakeNoSenseAreRefused(t *testing.T) {
	for name, config := range map[string]Config{
		"codec":         {Codecs: []string{"G729"}},
		"URL":           {ICEServers: []webrtc.ICEServer{{URLs: []string{"http://example.com"}}}},
		"TURN password": {ICEServers: []webrtc.ICEServer{{URLs: []string{"turn:192.0.2.1"}, Username: "u"}}},
	} {
		if _, err := New(config); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestACertificateThatIsNotTheOneDescribedIsRefused(t *testing.T) {
	caller, callee := newSide(t, newEndpoint(t, Config{})), newSide(t, newEndpoint(t, Config{}))
	answer := callee.answer(caller.offer(OfferOptions{}))
	caller.accept(strings.Replace(answer, callee.endpoint.fingerprint, caller.endpoint.fingerprint, 1), false)
	caller.await(PathSick)
	if callee.isHeardBy(caller, "an impostor", few) {
		t.Error("it is heard")
	}
}

func FuzzRemote(f *testing.F) {
	e, err := New(Config{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = e.Close() })
	peer, err := e.NewPeer(Handler{})
	if err != nil {
		f.Fatal(err)
	}
	offer, err := peer.Offer(f.Context(), OfferOptions{})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(offer)
	f.Add("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := readRemote(text, -1)
		if err != nil {
			return
		}
		list := common(withEvents(codecs), r.codecs, false)
		answer := local{sections: r.sections, audio: r.audio, codecs: list, direction: answerTo(r.direction, true), ufrag: r.ufrag, pwd: r.pwd}
		if strings.Count(answer.text(), "\nm=") != len(r.sections) {
			t.Errorf("an answer has other sections than its offer:\n%s", answer.text())
		}
	})
}
