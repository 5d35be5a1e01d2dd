package media

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"
)

// localPort is the port at which the caller's media path ends.
func (c *caller) localPort() uint16 {
	c.t.Helper()
	pair, err := c.pc.SCTP().Transport().ICETransport().GetSelectedCandidatePair()
	if err != nil || pair == nil {
		c.t.Fatalf("no candidate pair: %v", err)
	}
	return pair.Local.Port
}

// drain forgets what came before.
func (c *caller) drain() {
	for len(c.received) > 0 {
		<-c.received
	}
}

// echoed is a call whose media flows.
func echoed(t *testing.T, config Config) (*Session, *caller) {
	t.Helper()
	c := newCaller(t, webrtc.MimeTypePCMU, 8000)
	session, answer, err := newEngine(t, config).Echo(t.Context(), c.offer(), nil)
	if err != nil {
		t.Fatal(err)
	}
	c.accept(answer)
	if !c.heard([]byte("before"), 500) {
		t.Fatal("nothing came back at first")
	}
	return session, c
}

func attribute(sdp, name string) string {
	for line := range strings.Lines(sdp) {
		if value, is := strings.CutPrefix(strings.TrimSpace(line), "a="+name+":"); is {
			return value
		}
	}
	return ""
}

func TestMediaFlowsAfterAnICERestartFromAnotherPort(t *testing.T) {
	session, c := echoed(t, Config{})
	before := c.localPort()
	for range 2 {
		offer, err := c.pc.CreateOffer(&webrtc.OfferOptions{ICERestart: true})
		if err != nil {
			t.Fatal(err)
		}
		gathered := webrtc.GatheringCompletePromise(c.pc)
		if err := c.pc.SetLocalDescription(offer); err != nil {
			t.Fatal(err)
		}
		<-gathered
		first := session.peer
		answer, err := session.Answer(t.Context(), c.pc.LocalDescription().SDP)
		if err != nil {
			t.Fatal(err)
		}
		if session.peer != first {
			t.Error("an ICE restart keeps the DTLS association (RFC 8842 §5.5), and so the PeerConnection")
		}
		c.drain()
		c.accept(answer)
		if !c.heard([]byte("after"), 500) {
			t.Fatal("nothing came back after the restart")
		}
		if after := c.localPort(); after == before {
			t.Fatalf("the path is still that of port %d", before)
		}
	}
}

func TestAnAnswerToAnICERestartHasNewCredentials(t *testing.T) {
	engine := newEngine(t, Config{})
	c := newCaller(t, webrtc.MimeTypePCMU, 8000)
	offer := c.offer()
	session, first, err := engine.Echo(t.Context(), offer, nil)
	if err != nil {
		t.Fatal(err)
	}
	same, err := session.Answer(t.Context(), offer)
	if err != nil {
		t.Fatal(err)
	}
	if attribute(same, "ice-ufrag") != attribute(first, "ice-ufrag") {
		t.Error("an offer that restarts nothing is answered with a restart")
	}
	restart := strings.NewReplacer(attribute(offer, "ice-ufrag"), "another", attribute(offer, "ice-pwd"), strings.Repeat("p", 24)).Replace(offer)
	again, err := session.Answer(t.Context(), restart)
	if err != nil {
		t.Fatal(err)
	}
	if attribute(again, "ice-ufrag") == attribute(first, "ice-ufrag") {
		t.Error("a restart is answered with the old credentials (RFC 8445 §9)")
	}
}

func TestACallerThatStartsAnewWithOtherKeysIsHeardAgain(t *testing.T) {
	session, old := echoed(t, Config{})
	engine := session.engine
	if err := old.pc.Close(); err != nil {
		t.Fatal(err)
	}
	reloaded := newCaller(t, webrtc.MimeTypeOpus, 48000)
	answer, err := session.Answer(t.Context(), reloaded.offer())
	if err != nil {
		t.Fatal(err)
	}
	reloaded.accept(answer)
	if !reloaded.heard([]byte("after the reload"), 500) {
		t.Fatal("nothing came back after the reload")
	}
	if n := engine.Sessions(); n != 1 {
		t.Errorf("%d sessions, want the one of before", n)
	}
}

func TestAnOfferWithOtherKeysThatCannotBeAnsweredLeavesTheCallAsItIs(t *testing.T) {
	session, c := echoed(t, Config{})
	other := newCaller(t, webrtc.MimeTypePCMU, 8000).offer()
	if _, err := session.Answer(t.Context(), strings.ReplaceAll(other, "a=ice-ufrag", "a=x")); !errors.Is(err, ErrOffer) {
		t.Fatalf("got %v, want ErrOffer", err)
	}
	c.drain()
	if !c.heard([]byte("still there"), 500) {
		t.Error("the call is gone")
	}
}

func TestASessionWhoseMediaPathIsLostWaitsForIt(t *testing.T) {
	c := newCaller(t, webrtc.MimeTypePCMU, 8000)
	ended := make(chan string, 1)
	engine := newEngine(t, Config{LostTimeout: 20 * time.Millisecond})
	session, answer, err := engine.Echo(t.Context(), c.offer(), func(reason string) { ended <- reason })
	if err != nil {
		t.Fatal(err)
	}
	c.accept(answer)
	if !c.heard([]byte("before"), 500) {
		t.Fatal("nothing came back at first")
	}
	// What Pion tells after seconds without a packet.
	session.changed(session.peer, webrtc.PeerConnectionStateDisconnected)
	session.changed(session.peer, webrtc.PeerConnectionStateConnected)
	if session.lost != nil {
		t.Error("a path that is back is still waited for")
	}
	session.changed(&peer{}, webrtc.PeerConnectionStateFailed)
	if session.lost != nil {
		t.Error("the end of an earlier PeerConnection counts as the end of this one's path")
	}
	session.changed(session.peer, webrtc.PeerConnectionStateFailed)
	if reason := <-ended; reason != "media path lost" {
		t.Fatalf("ended with %q", reason)
	}
	if n := engine.Sessions(); n != 0 {
		t.Errorf("%d sessions left over", n)
	}
}

// trickling is a call whose offer has no candidates.
func trickling(t *testing.T) (*Session, *caller, string) {
	t.Helper()
	c := newCaller(t, webrtc.MimeTypePCMU, 8000)
	full := c.offer()
	var lines []string
	for line := range strings.Lines(full) {
		if !strings.HasPrefix(line, "a=candidate") && !strings.HasPrefix(line, "a=end-of-candidates") {
			lines = append(lines, line)
		}
	}
	bare := strings.Replace(strings.Join(lines, ""), "t=0 0\r\n", "t=0 0\r\na=ice-options:trickle\r\n", 1)
	session, answer, err := newEngine(t, Config{}).Echo(t.Context(), bare, nil)
	if err != nil {
		t.Fatal(err)
	}
	c.accept(answer)
	return session, c, full
}

func fragmentOf(offer string, lines ...string) string {
	head := []string{"a=ice-ufrag:" + attribute(offer, "ice-ufrag"), "a=ice-pwd:" + attribute(offer, "ice-pwd"), "m=audio 9 RTP/AVP 0", "a=mid:0"}
	return strings.Join(append(head, lines...), "\r\n") + "\r\n"
}

// remoteCandidates are those that the session has been told of.
func remoteCandidates(session *Session) (n int) {
	for _, stats := range session.peer.pc.GetStats() {
		if candidate, is := stats.(webrtc.ICECandidateStats); is && candidate.Type == webrtc.StatsTypeRemoteCandidate {
			n++
		}
	}
	return n
}

const late = "a=candidate:1 1 UDP 2130706431 192.0.2.%d 9000 typ host"

func TestAnOfferWithoutCandidatesIsAnsweredAndMediaFlows(t *testing.T) {
	session, c, full := trickling(t)
	if err := session.Trickle(fragmentOf(full, "a=candidate:"+attribute(full, "candidate"), "a=end-of-candidates")); err != nil {
		t.Fatal(err)
	}
	if !c.heard([]byte("trickled"), 500) {
		t.Fatal("nothing came back")
	}
}

func TestLateCandidatesAreTaken(t *testing.T) {
	session, _, full := trickling(t)
	before := remoteCandidates(session)
	if err := session.Trickle(fragmentOf(full, fmt.Sprintf(late, 1), fmt.Sprintf(late, 2))); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(5 * time.Second); remoteCandidates(session) < before+2; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d remote candidates, want 2 more than %d", remoteCandidates(session), before)
		}
	}
}

func TestCandidatesOfAnEarlierOfferAreIgnored(t *testing.T) {
	session, _, full := trickling(t)
	stale := strings.Replace(fragmentOf(full, fmt.Sprintf(late, 1)), attribute(full, "ice-ufrag"), "stale", 1)
	if err := session.Trickle(stale); err != nil {
		t.Fatalf("a fragment that is late is no error: %v", err)
	}
	if session.peer.taken != 0 {
		t.Error("its candidate was taken")
	}
}

func TestFragmentsThatMakeNoSenseAreRefused(t *testing.T) {
	session, c, full := trickling(t)
	ok := fmt.Sprintf(late, 1)
	var many []string
	for i := range MaxLateCandidates + 1 {
		many = append(many, fmt.Sprintf(late, i))
	}
	for name, text := range map[string]string{
		"empty":                    "",
		"no SDP":                   "hello\r\n",
		"too long":                 fragmentOf(full, ok) + strings.Repeat("a=x\r\n", maxFragmentBytes/5),
		"too many lines":           fragmentOf(full, ok) + strings.Repeat("a=\n", maxFragmentLines),
		"too many candidates":      fragmentOf(full, many...),
		"no ufrag":                 strings.Replace(fragmentOf(full, ok), "a=ice-ufrag", "a=x", 1),
		"two ufrags":               fragmentOf(full, ok, "a=ice-ufrag:other"),
		"a candidate too early":    "a=ice-ufrag:" + attribute(full, "ice-ufrag") + "\r\n" + ok,
		"a candidate of no mid":    strings.Replace(fragmentOf(full, ok), "a=mid", "a=x", 1),
		"an unknown media section": strings.Replace(fragmentOf(full, ok), "a=mid:0", "a=mid:7", 1),
		"a candidate cut short":    fragmentOf(full, "a=candidate:1 1 UDP"),
		"a candidate of no host":   fragmentOf(full, "a=candidate:1 1 UDP 1 host.example 9 typ host"),
	} {
		if err := session.Trickle(text); !errors.Is(err, ErrFragment) {
			t.Errorf("%s: got %v, want ErrFragment", name, err)
		}
	}
	if session.peer.taken != 0 {
		t.Errorf("%d candidates of refused fragments were taken", session.peer.taken)
	}
	if !c.heard([]byte("no harm"), 500) {
		t.Error("the call is gone")
	}
}

func TestLateCandidatesAreBoundedOverAllFragments(t *testing.T) {
	session, _, full := trickling(t)
	for i := range MaxLateCandidates {
		if err := session.Trickle(fragmentOf(full, fmt.Sprintf(late, i))); err != nil {
			t.Fatal(err)
		}
	}
	if err := session.Trickle(fragmentOf(full, fmt.Sprintf(late, 200))); !errors.Is(err, ErrFragment) {
		t.Fatalf("got %v, want ErrFragment", err)
	}
}

func TestCandidatesThatCannotBeUsedAreNoError(t *testing.T) {
	session, _, full := trickling(t)
	if err := session.Trickle(fragmentOf(full,
		"a=candidate:1 1 UDP 1 0a1b2c3d-0000-4000-8000-000000000000.local 9 typ host",
		"a=candidate:1 1 TCP 1 192.0.2.1 9 typ host tcptype active",
		"a=candidate:1 1 UDP 1 192.0.2.1 9 typ future",
	)); err != nil {
		t.Fatal(err)
	}
}

func TestASessionThatHasEndedTakesNothing(t *testing.T) {
	session, c, full := trickling(t)
	session.Close()
	if err := session.Trickle(fragmentOf(full, fmt.Sprintf(late, 1))); !errors.Is(err, ErrClosed) {
		t.Errorf("got %v, want ErrClosed", err)
	}
	if _, err := session.Answer(t.Context(), c.offer()); !errors.Is(err, ErrClosed) {
		t.Errorf("got %v, want ErrClosed", err)
	}
}

func FuzzFragment(f *testing.F) {
	f.Add("a=ice-ufrag:8hhY\r\na=ice-pwd:asd88fgpdd777uzjYhagZg\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\n" +
		fmt.Sprintf(late, 1) + "\r\na=end-of-candidates\r\n")
	f.Add("m=\na=mid:\na=candidate:")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ParseFragment(text)
		switch {
		case err != nil && !errors.Is(err, ErrFragment):
			t.Fatalf("got %v", err)
		case err == nil && (got.Ufrag == "" || len(got.Candidates) > MaxLateCandidates || len(got.Mids) != len(got.Candidates)):
			t.Fatalf("%q became %+v", text, got)
		}
	})
}
