package edge

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"webphone/internal/sip"
)

// ear is the media of a phone that calls the echo test.
type ear struct {
	t     *testing.T
	pc    *webrtc.PeerConnection
	track *webrtc.TrackLocalStaticRTP
	heard chan []byte
}

func newEar(t *testing.T) *ear {
	t.Helper()
	settings := webrtc.SettingEngine{}
	settings.SetIncludeLoopbackCandidate(true)
	codecs := &webrtc.MediaEngine{}
	if err := codecs.RegisterDefaultCodecs(); err != nil {
		t.Fatal(err)
	}
	pc, err := webrtc.NewAPI(webrtc.WithSettingEngine(settings), webrtc.WithMediaEngine(codecs)).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pc.Close() })
	track, err := webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypePCMU, ClockRate: 8000}, "a", "a")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pc.AddTrack(track); err != nil {
		t.Fatal(err)
	}
	e := &ear{t: t, pc: pc, track: track, heard: make(chan []byte, 1000)}
	pc.OnTrack(func(remote *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		for {
			packet, _, err := remote.ReadRTP()
			if err != nil {
				return
			}
			select {
			case e.heard <- packet.Payload:
			default:
			}
		}
	})
	return e
}

func (e *ear) offer(options *webrtc.OfferOptions) string {
	e.t.Helper()
	offer, err := e.pc.CreateOffer(options)
	if err != nil {
		e.t.Fatal(err)
	}
	gathered := webrtc.GatheringCompletePromise(e.pc)
	if err := e.pc.SetLocalDescription(offer); err != nil {
		e.t.Fatal(err)
	}
	<-gathered
	return e.pc.LocalDescription().SDP
}

// hears says that what is said comes back.
func (e *ear) hears(answer *sip.Response, words string) {
	e.t.Helper()
	description := webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: string(answer.Body())}
	if err := e.pc.SetRemoteDescription(description); err != nil {
		e.t.Fatal(err)
	}
	for n := range uint16(500) {
		_ = e.track.WriteRTP(&rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: n, Timestamp: uint32(n) * 160}, Payload: []byte(words)})
		select {
		case payload := <-e.heard:
			if bytes.Equal(payload, []byte(words)) {
				return
			}
		case <-time.After(20 * time.Millisecond):
		}
	}
	e.t.Fatalf("%q did not come back", words)
}

// echoed is a call to the echo test that is up.
func (c *client) echoed(sdp string, headers ...string) (sent message, ok *sip.Response) {
	c.t.Helper()
	c.register("1001", instance)
	sent = c.callEcho("sip:echo@"+domain, sdp, headers...)
	c.response(100)
	ok = c.response(200)
	c.send(inDialog("ACK", sent, ok))
	return sent, ok
}

// reoffers sends an offer within a call to the echo test.
func (c *client) reoffers(sent message, ok *sip.Response, sdp string, headers ...string) *sip.Response {
	c.t.Helper()
	m := inDialog("INVITE", sent, ok)
	m.contentType, m.body = "application/sdp", sdp
	m.headers = append(append(m.headers, "Contact: "+c.contact()), headers...)
	sent = c.send(m)
	res := c.response(200)
	c.send(inDialog("ACK", sent, res))
	return res
}

func TestACallToTheEchoTestComesBackAfterItsPathIsLostAndAfterAReload(t *testing.T) {
	h := newHarness(t, withEcho(t))
	c := h.dial()
	page := newEar(t)
	sent, ok := c.echoed(page.offer(nil))
	page.hears(ok, "at first")

	page.hears(c.reoffers(sent, ok, page.offer(&webrtc.OfferOptions{ICERestart: true})), "over another path")

	// The page is loaded anew: another connection, another PeerConnection.
	h.leave(c)
	_ = page.pc.Close()
	again := h.dial()
	again.register("1001", instance)
	again.cseq = sent.cseq + 10
	page = newEar(t)
	page.hears(again.reoffers(sent, ok, page.offer(nil)), "after the reload")
	again.send(inDialog("BYE", sent, ok))
	again.response(200)
	again.silent()
	if n := h.edge.config.Media.Sessions(); n != 0 {
		t.Errorf("%d media sessions left over", n)
	}
}

func TestTheEchoTestHangsUpOverTheCallersNewConnection(t *testing.T) {
	h := newHarness(t, withEcho(t))
	c := h.dial()
	c.echoed(offer(t))
	h.leave(c)
	again := h.back("1001", instance)
	h.edge.echo.shutdown()
	again.request(sip.BYE)
}

const trickleInfo = "Info-Package: trickle-ice"

func TestTheEchoTestSaysThatItTakesLateCandidates(t *testing.T) {
	h := newHarness(t, withEcho(t))
	c := h.dial()
	_, ok := c.echoed(offer(t), "Require: trickle-ice")
	c.authorized(message{method: "OPTIONS", uri: "sip:echo@" + domain, to: "sip:echo@" + domain})
	for _, res := range []*sip.Response{ok, c.response(200)} {
		if !has(values(res, "Supported"), "trickle-ice") || !has(values(res, "Recv-Info"), "trickle-ice") {
			t.Errorf("it is not said in\n%s", res)
		}
	}
}

func TestLateCandidatesComeByINFO(t *testing.T) {
	h := newHarness(t, withEcho(t))
	c := h.dial()
	page := newEar(t)
	full := page.offer(nil)
	var bare, late []string
	for line := range strings.Lines(full) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "a=candidate"), strings.HasPrefix(line, "a=end-of-candidates"):
			late = append(late, line)
		case strings.HasPrefix(line, "m="):
			bare = append(bare, "a=ice-options:trickle", line)
		default:
			bare = append(bare, line)
		}
	}
	ufrag := full[strings.Index(full, "a=ice-ufrag:"):]
	ufrag, _, _ = strings.Cut(ufrag, "\r\n")
	sent, ok := c.echoed(strings.Join(bare, "\r\n") + "\r\n")

	info := inDialog("INFO", sent, ok)
	info.contentType = fragmentType
	try := func(name string, want int, header, body string) *sip.Response {
		t.Helper()
		m := info
		m.body = body
		if header != "" {
			m.headers = append([]string{header}, m.headers...)
		}
		c.send(m)
		res, is := c.next().(*sip.Response)
		if !is || res.StatusCode != want {
			t.Fatalf("%s: %v, want %d", name, res, want)
		}
		return res
	}
	fragment := strings.Join(append([]string{ufrag, "m=audio 9 RTP/AVP 0", "a=mid:0"}, late...), "\r\n") + "\r\n"
	try("no fragment", 400, trickleInfo, "hello")
	try("too long a fragment", 400, trickleInfo, fragment+strings.Repeat("a=x\r\n", 4000))
	try("an old generation", 200, trickleInfo, strings.Replace(fragment, ufrag, "a=ice-ufrag:old", 1))
	try("late candidates", 200, trickleInfo+";x=y", fragment)
	refused := try("another package", 469, "Info-Package: conference", fragment)
	if !has(values(refused, "Recv-Info"), "trickle-ice") {
		t.Errorf("the answer does not say which packages are taken (RFC 6086 §4.2.2):\n%s", refused)
	}
	info.contentType = "application/sdp"
	try("another type", 415, trickleInfo, fragment)
	info.contentType = "application/dtmf-relay"
	try("DTMF", 200, "", "Signal=1\r\nDuration=100\r\n")
	page.hears(ok, "after all that")
}
