package media

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newEngine(t *testing.T, config Config) *Engine {
	t.Helper()
	config.Loopback = true
	engine, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
	})
	return engine
}

// caller is the phone's side of an echo call: a real peer connection.
type caller struct {
	t        *testing.T
	pc       *webrtc.PeerConnection
	track    *webrtc.TrackLocalStaticRTP
	received chan *rtp.Packet
	sequence uint16
}

func newCaller(t *testing.T, mime string, rate uint32) *caller {
	t.Helper()
	settings := webrtc.SettingEngine{}
	settings.SetIncludeLoopbackCandidate(true)
	codecs := &webrtc.MediaEngine{}
	if err := codecs.RegisterDefaultCodecs(); err != nil {
		t.Fatal(err)
	}
	api := webrtc.NewAPI(webrtc.WithSettingEngine(settings), webrtc.WithMediaEngine(codecs))
	pc, err := api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	track, err := webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: mime, ClockRate: rate}, "a", "a")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pc.AddTrack(track); err != nil {
		t.Fatal(err)
	}
	c := &caller{t: t, pc: pc, track: track, received: make(chan *rtp.Packet, 1000)}
	pc.OnTrack(func(remote *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		for {
			packet, _, err := remote.ReadRTP()
			if err != nil {
				return
			}
			select {
			case c.received <- packet:
			default:
			}
		}
	})
	t.Cleanup(func() { _ = pc.Close() })
	return c
}

func (c *caller) offer() string {
	c.t.Helper()
	offer, err := c.pc.CreateOffer(nil)
	if err != nil {
		c.t.Fatal(err)
	}
	gathered := webrtc.GatheringCompletePromise(c.pc)
	if err := c.pc.SetLocalDescription(offer); err != nil {
		c.t.Fatal(err)
	}
	<-gathered
	return c.pc.LocalDescription().SDP
}

func (c *caller) accept(answer string) {
	c.t.Helper()
	if err := c.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer}); err != nil {
		c.t.Fatal(err)
	}
}

// send sends one packet; a packet before the path is up is lost, as on a wire.
func (c *caller) send(payload []byte) {
	c.sequence++
	_ = c.track.WriteRTP(&rtp.Packet{
		Header:  rtp.Header{Version: 2, SequenceNumber: c.sequence, Timestamp: uint32(c.sequence) * 960},
		Payload: payload,
	})
}

// heard sends until a packet with the payload came back, or says false.
func (c *caller) heard(payload []byte, tries int) bool {
	for range tries {
		c.send(payload)
		select {
		case packet := <-c.received:
			if bytes.Equal(packet.Payload, payload) {
				return true
			}
		case <-time.After(20 * time.Millisecond):
		}
	}
	return false
}

func TestEchoSendsBackEveryCodec(t *testing.T) {
	for _, codec := range []struct {
		mime string
		rate uint32
	}{
		{webrtc.MimeTypeOpus, 48000},
		{webrtc.MimeTypePCMU, 8000},
		{webrtc.MimeTypePCMA, 8000},
		{webrtc.MimeTypeG722, 8000},
		{webrtc.MimeTypeVP8, 90000},
		{webrtc.MimeTypeH264, 90000},
	} {
		t.Run(codec.mime, func(t *testing.T) {
			engine := newEngine(t, Config{})
			c := newCaller(t, codec.mime, codec.rate)
			session, answer, err := engine.Echo(t.Context(), c.offer(), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer session.Close()
			c.accept(answer)
			if !c.heard([]byte("is there an echo"), 500) {
				t.Fatal("nothing came back")
			}
		})
	}
}

func TestEchoIsSilentWhileTheCallerHolds(t *testing.T) {
	engine := newEngine(t, Config{})
	c := newCaller(t, webrtc.MimeTypeOpus, 48000)
	session, answer, err := engine.Echo(t.Context(), c.offer(), nil)
	if err != nil {
		t.Fatal(err)
	}
	c.accept(answer)
	if !c.heard([]byte("before"), 500) {
		t.Fatal("nothing came back before the hold")
	}

	exchange := func(direction string) string {
		offer, err := c.pc.CreateOffer(nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.pc.SetLocalDescription(offer); err != nil {
			t.Fatal(err)
		}
		answer, err := session.Answer(t.Context(), strings.Replace(c.pc.LocalDescription().SDP, "a=sendrecv", "a="+direction, 1))
		if err != nil {
			t.Fatal(err)
		}
		c.accept(answer)
		return answer
	}
	if held := exchange("sendonly"); !strings.Contains(held, "a=recvonly") {
		t.Fatalf("a hold is answered with recvonly, got\n%s", held)
	}
	for len(c.received) > 0 {
		<-c.received
	}
	if c.heard([]byte("during"), 20) {
		t.Fatal("echo while on hold")
	}
	exchange("sendrecv")
	if !c.heard([]byte("after"), 500) {
		t.Fatal("nothing came back after the hold")
	}
}

func TestAllSessionsShareOnePort(t *testing.T) {
	engine := newEngine(t, Config{})
	for range 3 {
		c := newCaller(t, webrtc.MimeTypePCMU, 8000)
		session, answer, err := engine.Echo(t.Context(), c.offer(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer session.Close()
		c.accept(answer)
		for line := range strings.Lines(answer) {
			if fields := strings.Fields(line); strings.HasPrefix(line, "a=candidate:") && len(fields) > 5 {
				if got := fields[5]; got != strconv.Itoa(engine.Port()) {
					t.Fatalf("candidate on port %s, want %d: %s", got, engine.Port(), line)
				}
			}
		}
		if !c.heard([]byte("one of three"), 500) {
			t.Fatal("nothing came back")
		}
	}
	if n := engine.Sessions(); n != 3 {
		t.Fatalf("%d sessions, want 3", n)
	}
}

func TestOffersThatCannotBeAnsweredAreRefusedAndForgotten(t *testing.T) {
	engine := newEngine(t, Config{})
	valid := newCaller(t, webrtc.MimeTypePCMU, 8000).offer()
	section := valid[strings.Index(valid, "m=audio"):]
	for name, test := range map[string]struct {
		offer string
		want  error
	}{
		"empty":             {"", ErrOffer},
		"not SDP":           {"hello", ErrOffer},
		"too long":          {valid + strings.Repeat("a=x\r\n", 20_000), ErrOffer},
		"no media":          {"v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n", ErrOffer},
		"too many sections": {valid + strings.Repeat(section, 9), ErrOffer},
		"no fingerprint":    {strings.ReplaceAll(valid, "a=fingerprint", "a=x"), ErrOffer},
		"no ICE":            {strings.ReplaceAll(valid, "a=ice-ufrag", "a=x"), ErrOffer},
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, err := engine.Echo(t.Context(), test.offer, nil); !errors.Is(err, test.want) {
				t.Fatalf("got %v, want %v", err, test.want)
			}
		})
	}
	if n := engine.Sessions(); n != 0 {
		t.Fatalf("%d sessions left over", n)
	}
}

func TestSessionsAreBounded(t *testing.T) {
	engine := newEngine(t, Config{MaxSessions: 1})
	offer := newCaller(t, webrtc.MimeTypePCMU, 8000).offer()
	session, _, err := engine.Echo(context.Background(), offer, nil)
	if err != nil {
		t.Fatal(err)
	}
	second := newCaller(t, webrtc.MimeTypePCMU, 8000).offer()
	if _, _, err := engine.Echo(context.Background(), second, nil); !errors.Is(err, ErrBusy) {
		t.Fatalf("got %v, want ErrBusy", err)
	}
	session.Close()
	if _, _, err := engine.Echo(context.Background(), second, nil); err != nil {
		t.Fatalf("a place was freed, and yet: %v", err)
	}
}

func TestASessionThatLastsTooLongEnds(t *testing.T) {
	engine := newEngine(t, Config{MaxDuration: 10 * time.Millisecond})
	ended := make(chan string, 2)
	_, _, err := engine.Echo(t.Context(), newCaller(t, webrtc.MimeTypePCMU, 8000).offer(), func(reason string) { ended <- reason })
	if err != nil {
		t.Fatal(err)
	}
	if reason := <-ended; reason != "longest duration reached" {
		t.Fatalf("ended with %q", reason)
	}
	if n := engine.Sessions(); n != 0 {
		t.Fatalf("%d sessions left over", n)
	}
}

func FuzzOffer(f *testing.F) {
	f.Add("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\n")
	f.Add("")
	engine, err := New(Config{Loopback: true})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = engine.Close() })
	f.Fuzz(func(t *testing.T, offer string) {
		session, _, err := engine.Echo(t.Context(), offer, nil)
		if err == nil {
			session.Close()
		}
	})
}
