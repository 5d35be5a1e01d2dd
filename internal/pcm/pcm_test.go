package pcm

import (
	"bytes"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/pion/rtp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// take reads a time of sound.
func take(t *testing.T, from Reader, d time.Duration) []int16 {
	t.Helper()
	p := make([]int16, samplesIn(d))
	n := 0
	for n < len(p) {
		got, err := from.ReadPCM(p[n:])
		n += got
		if err != nil {
			t.Fatalf("after %d samples of %d: %v", n, len(p), err)
		}
	}
	return p
}

// near says whether a tone is in p at its level, which G.711 bends a little.
func near(p []int16, hz, dbfs float64) bool {
	found, level := Strongest(p)
	return math.Abs(found-hz) < 5 && math.Abs(level-dbfs) < 0.5
}

// The first decision value of each segment, as ITU-T G.711 has it in its tables
// 1a (of 12 bits and a sign) and 2a (of 13), and the code of the step above.
func TestG711IsThatOfTheRecommendation(t *testing.T) {
	for _, table := range []struct {
		law   Law
		shift int
		steps map[int]byte
		// ends are the codes of the loudest samples.
		ends [2]byte
	}{
		{A, 3, map[int]byte{0: 0xd5, 64: 0xf5, 128: 0xe5, 256: 0x95, 512: 0x85, 1024: 0xb5, 2048: 0xa5}, [2]byte{0x2a, 0xaa}},
		{Mu, 2, map[int]byte{0: 0xff, 1: 0xfe, 31: 0xef, 95: 0xdf, 223: 0xcf, 479: 0xbf, 991: 0xaf, 2015: 0x9f, 4063: 0x8f}, [2]byte{0x00, 0x80}},
	} {
		for value, code := range table.steps {
			if got := table.law.Encode(nil, []int16{int16(value << table.shift)})[0]; got != code {
				t.Errorf("%v of %d is %#x, want %#x", table.law, value, got, code)
			}
		}
		if got := table.law.Encode(nil, []int16{math.MinInt16, math.MaxInt16}); [2]byte(got) != table.ends {
			t.Errorf("%v of the loudest is %#x, want %#x", table.law, got, table.ends)
		}
	}
}

func TestG711GivesEachOfItsCodesBack(t *testing.T) {
	for _, law := range []Law{Mu, A} {
		for code := range 256 {
			sample := law.Decode(nil, []byte{byte(code)})
			if again := law.Encode(nil, sample)[0]; again != byte(code) && sample[0] != 0 {
				t.Errorf("%v %#x is %d is %#x", law, code, sample[0], again)
			}
		}
		for sample := math.MinInt16; sample < math.MaxInt16; sample++ {
			here, next := law.Decode(nil, law.Encode(nil, []int16{int16(sample)}))[0], law.Decode(nil, law.Encode(nil, []int16{int16(sample + 1)}))[0]
			if here > next {
				t.Fatalf("%v: %d is louder than %d", law, sample, sample+1)
			}
		}
	}
}

func TestATonesFrequencyAndLevelAreFound(t *testing.T) {
	for _, hz := range []float64{100, 440, 1004, 3333} {
		for _, dbfs := range []float64{0, -10, -40} {
			p := take(t, Tone(hz, dbfs, 0), 200*time.Millisecond)
			if !near(p, hz, dbfs) {
				found, level := Strongest(p)
				t.Errorf("%v Hz at %v dBFS is found at %v, %v", hz, dbfs, found, level)
			}
			if level := Level(p); math.Abs(level-dbfs) > 0.5 {
				t.Errorf("%v Hz at %v dBFS measures %v", hz, dbfs, level)
			}
		}
	}
	if Level(take(t, Silence(0), time.Second)) != Quiet || Level(nil) != Quiet {
		t.Error("silence is not quiet")
	}
	if hz, level := Strongest(make([]int16, 800)); hz != 0 || level != Quiet {
		t.Errorf("silence has %v Hz at %v", hz, level)
	}
}

func TestSoundHasItsLength(t *testing.T) {
	for _, source := range []Reader{Tone(440, -10, 25*time.Millisecond), Silence(25 * time.Millisecond)} {
		p := make([]int16, 1000)
		if n, err := source.ReadPCM(p); n != 200 || err != nil {
			t.Errorf("got %d samples, %v", n, err)
		}
		if n, err := source.ReadPCM(p); n != 0 || !errors.Is(err, io.EOF) {
			t.Errorf("after the end: %d samples, %v", n, err)
		}
	}
}

// fakeClock runs when it is told to.
type fakeClock struct {
	now   time.Time
	calls []*fakeCall
}

type fakeCall struct {
	at time.Time
	f  func()
}

func (c *fakeClock) Now() time.Time { return c.now }

func (c *fakeClock) AfterFunc(d time.Duration, f func()) func() bool {
	call := &fakeCall{c.now.Add(d), f}
	c.calls = append(c.calls, call)
	return func() bool {
		at := slices.Index(c.calls, call)
		if at >= 0 {
			c.calls = slices.Delete(c.calls, at, at+1)
		}
		return at >= 0
	}
}

// advance runs what falls due, each late by late.
func (c *fakeClock) advance(d, late time.Duration) {
	for end := c.now.Add(d); ; {
		at := slices.IndexFunc(c.calls, func(call *fakeCall) bool { return !call.at.Add(late).After(end) })
		if at < 0 {
			c.now = end
			return
		}
		call := c.calls[at]
		c.calls = slices.Delete(c.calls, at, at+1)
		if due := call.at.Add(late); due.After(c.now) {
			c.now = due
		}
		call.f()
	}
}

// sent is a sender with what it has sent.
func sent(law Law) (*Sender, *fakeClock, *[]*rtp.Packet) {
	clock := &fakeClock{now: time.Unix(1_000_000, 0)}
	var packets []*rtp.Packet
	return NewSender(law, clock, func(p *rtp.Packet) error {
		packets = append(packets, p)
		return nil
	}), clock, &packets
}

func TestASenderDoesNotDrift(t *testing.T) {
	sender, clock, packets := sent(A)
	sender.Play(Tone(440, -10, 0), nil)
	sender.Start()
	sender.Start()
	// A clock that is late by 3 ms each time.
	clock.advance(10*time.Second, 3*time.Millisecond)
	sender.Stop()
	if n := len(*packets); n != 500 {
		t.Errorf("%d packets in 10 s, want 500", n)
	}
	for i, packet := range *packets {
		first := (*packets)[0]
		if packet.SequenceNumber != first.SequenceNumber+uint16(i) || packet.Timestamp != first.Timestamp+uint32(i*FrameSamples) ||
			packet.Marker != (i == 0) || packet.PayloadType != uint8(A) || len(packet.Payload) != FrameSamples {
			t.Fatalf("packet %d: %v", i, packet)
		}
	}
	clock.advance(time.Second, 0)
	if len(*packets) != 500 {
		t.Error("packets after Stop")
	}
}

func TestASenderIsSilentWhenThereIsNothing(t *testing.T) {
	sender, clock, packets := sent(Mu)
	ended := 0
	sender.Play(Tone(440, -10, 50*time.Millisecond), func() { ended++ })
	sender.Start()
	clock.advance(195*time.Millisecond, 0)
	if ended != 1 {
		t.Errorf("told of the end %d times", ended)
	}
	if n := len(*packets); n != 10 {
		t.Fatalf("%d packets, want 10", n)
	}
	for i, packet := range *packets {
		if quiet := Level(Mu.Decode(nil, packet.Payload)) == Quiet; quiet != (i >= 3) {
			t.Errorf("packet %d is quiet: %v", i, quiet)
		}
	}
	sender.Play(Tone(440, -10, 0), nil)
	sender.Mute(true)
	clock.advance(20*time.Millisecond, 0)
	if Level(Mu.Decode(nil, (*packets)[10].Payload)) != Quiet {
		t.Error("a muted sender is heard")
	}
	sender.Stop()
}

func TestASenderSkipsWhatItHasSleptThrough(t *testing.T) {
	sender, clock, packets := sent(Mu)
	sender.Start()
	clock.advance(30*time.Millisecond, 0)
	before := (*packets)[len(*packets)-1]
	clock.now = clock.now.Add(time.Minute)
	clock.advance(0, 0)
	sender.Stop()
	after := (*packets)[2:]
	if len(after) > 12 {
		t.Fatalf("%d packets at once", len(after))
	}
	if gap := after[0].Timestamp - before.Timestamp; !after[0].Marker || gap < 59*Rate || after[0].SequenceNumber != before.SequenceNumber+1 {
		t.Errorf("the timestamp moves by %d, marker %v", gap, after[0].Marker)
	}
}

// stream are packets of a tone.
func stream(t *testing.T, n int) []*rtp.Packet {
	t.Helper()
	source := Tone(440, -10, 0)
	var packets []*rtp.Packet
	for i := range n {
		packets = append(packets, &rtp.Packet{
			Header:  rtp.Header{SequenceNumber: uint16(i), Timestamp: 0xffffff00 + uint32(i*FrameSamples), SSRC: 1},
			Payload: Mu.Encode(nil, take(t, source, FrameTime)),
		})
	}
	return packets
}

// played pushes packets and reads a frame after each.
func played(t *testing.T, r *Receiver, packets []*rtp.Packet) (p []int16) {
	t.Helper()
	for _, packet := range packets {
		if packet != nil {
			r.Push(packet)
		}
		p = append(p, take(t, r, FrameTime)...)
	}
	return p
}

func TestAReceiverIsTransparentForWhatComesInOrder(t *testing.T) {
	r := NewReceiver()
	packets := stream(t, 50)
	p := played(t, r, packets)[delaySamples:]
	var want []int16
	for _, packet := range packets {
		want = Mu.Decode(want, packet.Payload)
	}
	if !slices.Equal(p, want[:len(p)]) {
		t.Error("the sound has changed")
	}
	if stats := r.Stats(); stats != (ReceiverStats{Packets: 50}) {
		t.Errorf("%+v", stats)
	}
}

func TestAReceiverPutsPacketsInOrder(t *testing.T) {
	packets := stream(t, 60)
	want := played(t, NewReceiver(), slices.Clone(packets))
	for i := 2; i+1 < len(packets); i += 2 {
		packets[i], packets[i+1] = packets[i+1], packets[i]
	}
	packets = slices.Insert(packets, 10, packets[9])
	r := NewReceiver()
	got := played(t, r, slices.Delete(slices.Clone(packets), 10, 11))
	if !slices.Equal(got, want) || r.Stats().Late != 0 {
		t.Errorf("the sound has changed: %+v", r.Stats())
	}
}

func TestAReceiverFillsALossAndFadesIntoSilence(t *testing.T) {
	packets := stream(t, 60)
	packets[20] = nil
	r := NewReceiver()
	p := played(t, r, packets)
	if gap := p[delaySamples+20*FrameSamples:][:FrameSamples]; Level(gap) < -16 || Level(gap) > -9 {
		t.Errorf("a lost packet has a level of %v", Level(gap))
	}
	if after := p[delaySamples+21*FrameSamples:][:10*FrameSamples]; !near(after, 440, -10) {
		t.Error("the sound after it has changed")
	}
	p = take(t, r, time.Second)
	if Level(p[len(p)/2:]) != Quiet {
		t.Error("no silence at the end")
	}
}

func TestAReceiverHoldsNoMoreThan200Milliseconds(t *testing.T) {
	r := NewReceiver()
	for _, packet := range stream(t, 500) {
		r.Push(packet)
	}
	take(t, r, maxBuffered)
	if late := take(t, r, time.Second); Level(late[len(late)/2:]) != Quiet {
		t.Error("sound of more than 200 ms was kept")
	}
}

func TestAReceiverFollowsASenderThatBeginsAgain(t *testing.T) {
	r := NewReceiver()
	packets := stream(t, 120)
	for i, packet := range packets[60:] {
		packet.SSRC, packet.Timestamp = 2, uint32(i*FrameSamples)
	}
	p := played(t, r, packets)
	if end := p[len(p)-20*FrameSamples:]; !near(end, 440, -10) {
		t.Error("the second sender is not heard")
	}
	// And one that has been silent and goes on at another time.
	take(t, r, time.Second)
	for i, packet := range packets[60:] {
		packet.Timestamp = 1<<31 + uint32(i*FrameSamples)
	}
	if p = played(t, r, packets[60:]); !near(p[20*FrameSamples:], 440, -10) {
		t.Error("a sender that was silent is not heard")
	}
}

func TestAReceiverTakesAnyPacket(t *testing.T) {
	r := NewReceiver()
	random := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		r.Push(&rtp.Packet{
			Header:  rtp.Header{Timestamp: random.Uint32() >> random.UintN(32), SSRC: random.Uint32N(2), PayloadType: uint8(random.UintN(128)) & 8},
			Payload: make([]byte, random.UintN(2000)),
		})
		if _, err := r.ReadPCM(make([]int16, random.UintN(500))); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := r.ReadPCM(make([]int16, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("after Close: %v", err)
	}
}

// memory is a Writer, and one that breaks.
type memory struct {
	samples []int16
	err     error
}

func (m *memory) WritePCM(p []int16) error {
	m.samples = append(m.samples, p...)
	return m.err
}

func TestARecorderTakesAFrameEvery20Milliseconds(t *testing.T) {
	clock := &fakeClock{now: time.Unix(1_000_000, 0)}
	to := &memory{}
	recorder := NewRecorder(clock, Tone(440, -10, time.Second), to)
	recorder.Start()
	clock.advance(199*time.Millisecond, 0)
	if len(to.samples) != 10*FrameSamples || recorder.Err() != nil {
		t.Errorf("%d samples in 199 ms, %v", len(to.samples), recorder.Err())
	}
	clock.advance(2*time.Second, 0)
	if len(to.samples) != Rate || !errors.Is(recorder.Err(), io.EOF) {
		t.Errorf("%d samples of 8000, %v", len(to.samples), recorder.Err())
	}
	recorder.Stop()
	broken := NewRecorder(clock, Silence(0), &memory{err: ErrFull})
	broken.Start()
	clock.advance(time.Second, 0)
	broken.Stop()
	if !errors.Is(broken.Err(), ErrFull) {
		t.Errorf("got %v", broken.Err())
	}
}

// stuck is a source that blocks until it is let go.
type stuck struct{ entered, release chan struct{} }

func (s stuck) ReadPCM(p []int16) (int, error) {
	s.entered <- struct{}{}
	<-s.release
	for i := range p {
		p[i] = 1000
	}
	return len(p), io.EOF
}

func TestASourceThatBlocksHoldsUpNobodyElse(t *testing.T) {
	said := make(chan []byte, 1)
	s := NewSender(Mu, SystemClock{}, func(p *rtp.Packet) error {
		select {
		case said <- p.Payload:
		default:
		}
		return nil
	})
	source := stuck{make(chan struct{}), make(chan struct{})}
	s.Play(source, func() { t.Error("a source that another took the place of was said to have ended") })
	s.Start()
	<-source.entered
	// Neither waits for it.
	s.Mute(false)
	s.Play(nil, nil)
	close(source.release)
	if payload := <-said; !bytes.Equal(payload, bytes.Repeat([]byte{0xff}, FrameSamples)) {
		t.Error("a source that another took the place of was heard")
	}
	s.Stop()
}
