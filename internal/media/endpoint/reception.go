package endpoint

import (
	"math"
	"sync"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
)

// maxDropout is the jump of a sequence number in packets from which on a sender
// counts as one that has started anew (RFC 3550 appendix A.1).
const maxDropout = 3000

// reception counts what is received (RFC 3550 §6.4.1 and appendix A).
type reception struct {
	mu   sync.Mutex
	ssrc uint32
	seen bool
	// base and highest are extended sequence numbers of the current source.
	base, highest uint32
	received      uint32
	// lostBefore and receivedBefore are those of sources that are over.
	lostBefore, receivedBefore int64
	// jitter is in units of the clock of rate.
	jitter  float64
	rate    int
	transit float64
	timed   bool
	// expectedPrior and receivedPrior are those at the last report.
	expectedPrior, receivedPrior uint32
	// roundTrip is the last one measured.
	roundTrip time.Duration
	// report is the middle of the last sender report's time, at its arrival.
	report uint32
	at     time.Time

	// event is the timestamp of the digit that was heard last.
	event   uint32
	pressed bool
}

// take counts a packet. Events do not count for jitter: their timestamps stand
// still.
func (r *reception) take(header *rtp.Header, rate int, audio bool) {
	now := time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	sequence := header.SequenceNumber
	step := sequence - uint16(r.highest)
	switch {
	case !r.seen || header.SSRC != r.ssrc, step > maxDropout && -step > maxDropout:
		r.renew(header.SSRC, sequence)
	case step < 1<<15:
		r.highest += uint32(step)
	}
	r.received++
	if audio {
		r.time(header.Timestamp, rate, now)
	}
}

// renew begins with another source.
func (r *reception) renew(ssrc uint32, sequence uint16) {
	if r.seen {
		r.lostBefore += r.lost()
		r.receivedBefore += int64(r.received)
	}
	r.seen, r.ssrc = true, ssrc
	r.base, r.highest = uint32(sequence), uint32(sequence)
	r.received, r.expectedPrior, r.receivedPrior = 0, 0, 0
	r.timed, r.report = false, 0
}

// time takes a packet's timestamp into the jitter (RFC 3550 appendix A.8).
func (r *reception) time(timestamp uint32, rate int, now time.Time) {
	if rate != r.rate {
		r.jitter, r.rate, r.timed = 0, rate, false
	}
	arrival := float64(now.UnixNano()) / float64(time.Second) * float64(rate)
	transit := math.Mod(arrival, 1<<32) - float64(timestamp)
	if r.timed {
		// A timestamp that has wrapped is not a delay of hours.
		d := math.Abs(math.Remainder(transit-r.transit, 1<<32))
		r.jitter += (d - r.jitter) / 16
	}
	r.transit, r.timed = transit, true
}

func (r *reception) expected() uint32 { return r.highest - r.base + 1 }

// lost may be negative: a packet may come twice.
func (r *reception) lost() int64 { return int64(r.expected()) - int64(r.received) }

// digit reads a telephone event (RFC 4733 §2.3) and says whether it is one that
// was not heard yet: all packets of one have the same timestamp.
func (r *reception) digit(packet *rtp.Packet) (rune, bool) {
	if len(packet.Payload) < 4 || int(packet.Payload[0]) >= len(digits) {
		return 0, false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pressed && int32(packet.Timestamp-r.event) <= 0 && r.ssrc == packet.SSRC && r.event-packet.Timestamp < 1<<20 {
		return 0, false
	}
	r.event, r.pressed = packet.Timestamp, true
	return rune(digits[packet.Payload[0]]), true
}

// block is the report about the current source, if there is one.
func (r *reception) block() []rtcp.ReceptionReport {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.seen {
		return nil
	}
	expected, received := r.expected()-r.expectedPrior, r.received-r.receivedPrior
	r.expectedPrior, r.receivedPrior = r.expected(), r.received
	fraction := uint8(0)
	if expected > received && expected > 0 {
		fraction = uint8(min(255, (expected-received)*256/expected))
	}
	report := rtcp.ReceptionReport{
		SSRC:               r.ssrc,
		FractionLost:       fraction,
		TotalLost:          uint32(min(max(r.lost(), 0), 1<<23-1)),
		LastSequenceNumber: r.highest,
		Jitter:             uint32(r.jitter),
		LastSenderReport:   r.report,
	}
	if r.report != 0 {
		report.Delay = uint32(time.Since(r.at).Seconds() * 65536)
	}
	return []rtcp.ReceptionReport{report}
}

// Quality is how a call sounded to us.
type Quality struct {
	// MOS is the mean opinion score, 1 to 4.5.
	MOS float64
	// Jitter is in milliseconds (RFC 3550 §6.4.1).
	Jitter float64
	// PacketsLost are those that were sent to us and did not come.
	PacketsLost int
	// RoundTripTime is in milliseconds, 0 before it is known.
	RoundTripTime float64
}

// Quality is that of the audio received so far, and false when none was.
func (p *Peer) Quality() (Quality, bool) {
	r := &p.reception
	r.mu.Lock()
	defer r.mu.Unlock()
	received := int64(r.received) + r.receivedBefore
	if received == 0 {
		return Quality{}, false
	}
	lost := max(0, r.lost()+r.lostBefore)
	q := Quality{PacketsLost: int(lost), RoundTripTime: math.Round(float64(r.roundTrip) / float64(time.Millisecond))}
	if r.rate > 0 {
		q.Jitter = math.Round(r.jitter / float64(r.rate) * 1000)
	}
	q.MOS = MeanOpinion(q.RoundTripTime, q.Jitter, 100*float64(lost)/float64(lost+received))
	return q, true
}

// MeanOpinion is the mean opinion score by the E-model (ITU-T G.107), reduced
// to what a receiver knows; times are in milliseconds. The terms are
//
//	d   = roundTripTime / 2 + 2 · jitter + 20     one-way delay: network, jitter buffer, codec
//	Id  = 0.024 d + 0.11 max(0, d - 177.3)        impairment by delay
//	Ie  = 95 · p / (p + 10)                       impairment by p percent of packets lost at random
//	R   = 93.2 - Id - Ie
//	MOS = 1 + 0.035 R + 7·10⁻⁶ R (R - 60)(100 - R), between 1 and 4.5
func MeanOpinion(roundTripTime, jitter, percentLost float64) float64 {
	delay := roundTripTime/2 + 2*jitter + 20
	byDelay := 0.024*delay + 0.11*max(0, delay-177.3)
	rating := 93.2 - byDelay - 95*percentLost/(percentLost+10)
	score := 1.0
	if rating >= 0 {
		score = 1 + 0.035*rating + 7e-6*rating*(rating-60)*(100-rating)
	}
	return math.Round(min(4.5, max(1, score))*100) / 100
}
