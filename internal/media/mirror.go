package media

import (
	"crypto/rand"
	"sync"
	"sync/atomic"

	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"
)

// mirror is a track that sends what it is handed under its own SSRC. It keeps
// the payload type: in one media section it means the same both ways, so that
// a change of codec or a telephone-event comes back as it went.
type mirror struct {
	id     string
	kind   webrtc.RTPCodecType
	paused atomic.Bool

	mu          sync.Mutex
	writer      webrtc.TrackLocalWriter
	ssrc        uint32
	askKeyFrame func()
}

func newMirror(kind webrtc.RTPCodecType) *mirror {
	return &mirror{id: rand.Text(), kind: kind}
}

// Bind is called by Pion when the codecs are agreed.
func (m *mirror) Bind(ctx webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
	codecs := ctx.CodecParameters()
	if len(codecs) == 0 {
		return webrtc.RTPCodecParameters{}, webrtc.ErrUnsupportedCodec
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.writer = ctx.WriteStream()
	m.ssrc = uint32(ctx.SSRC())
	return codecs[0], nil
}

// Unbind is called by Pion when the track stops.
func (m *mirror) Unbind(webrtc.TrackLocalContext) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.writer = nil
	return nil
}

// ID, RID, StreamID and Kind name the track for Pion.
func (m *mirror) ID() string                { return m.id }
func (m *mirror) RID() string               { return "" }
func (m *mirror) StreamID() string          { return "echo" }
func (m *mirror) Kind() webrtc.RTPCodecType { return m.kind }

// copyFrom sends back every packet of remote until it ends.
func (m *mirror) copyFrom(remote *webrtc.TrackRemote, askKeyFrame func()) {
	m.mu.Lock()
	m.askKeyFrame = askKeyFrame
	m.mu.Unlock()
	for {
		packet, _, err := remote.ReadRTP()
		if err != nil {
			return
		}
		if m.paused.Load() {
			continue
		}
		m.mu.Lock()
		writer, ssrc := m.writer, m.ssrc
		m.mu.Unlock()
		if writer == nil {
			continue
		}
		// Header extensions are numbered by the sender's own stream (transport
		// sequence, mid): they are not ours to repeat.
		packet.Extension = false
		packet.Extensions = nil
		packet.SSRC = ssrc
		if _, err := writer.WriteRTP(&packet.Header, packet.Payload); err != nil {
			return
		}
	}
}

// readFeedback passes the viewer's wish for a key frame to the camera, which
// is the same browser.
func readFeedback(sender *webrtc.RTPSender, m *mirror) {
	for {
		packets, _, err := sender.ReadRTCP()
		if err != nil {
			return
		}
		for _, packet := range packets {
			switch packet.(type) {
			case *rtcp.PictureLossIndication, *rtcp.FullIntraRequest:
				m.mu.Lock()
				ask := m.askKeyFrame
				m.mu.Unlock()
				if ask != nil {
					ask()
				}
			}
		}
	}
}
