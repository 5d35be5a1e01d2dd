package endpoint

import (
	"math/rand/v2"
	"sync"
	"time"

	"github.com/pion/rtcp"
)

const (
	// firstReport comes soon, so that a short call too knows its round trip.
	firstReport = time.Second
	// reportInterval is the mean one (RFC 3550 §6.2).
	reportInterval = 5 * time.Second
	// ntpEpoch is 1970 in the seconds of NTP, which count from 1900.
	ntpEpoch = 2208988800
)

// reports sends RTCP reports at intervals (RFC 3550 §6.4).
type reports struct {
	mu      sync.Mutex
	timer   *time.Timer
	stopped bool
}

func (r *reports) start(p *Peer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.timer == nil && !r.stopped {
		r.timer = time.AfterFunc(firstReport, func() { r.tick(p) })
	}
}

func (r *reports) tick(p *Peer) {
	p.sendReport()
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.stopped {
		// Spread, so that the reports of many calls do not come together (§6.3.1).
		r.timer.Reset(reportInterval/2 + rand.N(reportInterval))
	}
}

func (r *reports) stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stopped = true
	if r.timer != nil {
		r.timer.Stop()
	}
}

func (p *Peer) sendReport() {
	a := p.agreed.Load()
	p.mu.Lock()
	association := p.association
	p.mu.Unlock()
	if a == nil || !a.mux || association == nil {
		return
	}
	packets := []rtcp.Packet{p.report(a), rtcp.NewCNAMESourceDescription(p.ssrc, p.cname)}
	if raw, err := rtcp.Marshal(packets); err == nil {
		association.sealRTCP(raw, p.write)
	}
}

// report is a sender report once something was sent.
func (p *Peer) report(a *agreed) rtcp.Packet {
	blocks := p.reception.block()
	s := &p.sender
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.packets == 0 {
		return &rtcp.ReceiverReport{SSRC: p.ssrc, Reports: blocks}
	}
	now := time.Now()
	return &rtcp.SenderReport{
		SSRC:        p.ssrc,
		NTPTime:     ntp(now),
		RTPTime:     s.timestamp + uint32(now.Sub(s.at).Seconds()*float64(a.codec.rate)),
		PacketCount: s.packets,
		OctetCount:  s.octets,
		Reports:     blocks,
	}
}

// heardReport takes the other side's reports. The round trip is the time since
// our report that it answers, less the time that it was kept there (RFC 3550
// §6.4.1).
func (p *Peer) heardReport(raw []byte) {
	packets, err := rtcp.Unmarshal(raw)
	if err != nil {
		return
	}
	now := time.Now()
	r := &p.reception
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, packet := range packets {
		var blocks []rtcp.ReceptionReport
		switch report := packet.(type) {
		case *rtcp.SenderReport:
			blocks = report.Reports
			if r.seen && report.SSRC == r.ssrc {
				r.report, r.at = uint32(report.NTPTime>>16), now
			}
		case *rtcp.ReceiverReport:
			blocks = report.Reports
		}
		for _, block := range blocks {
			if block.SSRC != p.ssrc || block.LastSenderReport == 0 {
				continue
			}
			// In units of 1/65536 s.
			trip := uint32(ntp(now)>>16) - block.LastSenderReport - block.Delay
			if trip < 1<<31 {
				r.roundTrip = time.Duration(trip) * time.Second / 65536
			}
		}
	}
}

// ntp is a time as RTCP has it: 32 bits of seconds and 32 of their fraction.
func ntp(t time.Time) uint64 {
	return uint64(t.Unix()+ntpEpoch)<<32 | uint64(t.Nanosecond())<<32/uint64(time.Second)
}
