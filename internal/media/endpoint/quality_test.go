package endpoint

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
)

func TestTheMeanOpinionScoreIsThatOfTheBrowser(t *testing.T) {
	text, err := os.ReadFile("../../../test/conformance/quality.json")
	if err != nil {
		t.Fatal(err)
	}
	var table struct {
		Scores []struct{ RoundTripTime, Jitter, Lost, MOS float64 }
	}
	if err := json.Unmarshal(text, &table); err != nil {
		t.Fatal(err)
	}
	if len(table.Scores) != 6 {
		t.Errorf("%d vectors, want 6", len(table.Scores))
	}
	for _, v := range table.Scores {
		if got := MeanOpinion(v.RoundTripTime, v.Jitter, v.Lost); got != v.MOS {
			t.Errorf("%+v: got %v", v, got)
		}
	}
}

func packet(ssrc uint32, sequence uint16) *rtp.Header {
	return &rtp.Header{SSRC: ssrc, SequenceNumber: sequence}
}

func TestLossIsCountedOverWrapsAndSources(t *testing.T) {
	p := newPeer(&Endpoint{}, Handler{})
	if _, ok := p.Quality(); ok {
		t.Error("a quality of nothing")
	}
	r := &p.reception
	// 65533 to 4 without 65535 and 1, which comes late; one comes twice.
	for _, sequence := range []uint16{65533, 65534, 0, 2, 1, 3, 4} {
		r.take(packet(1, sequence), 8000, false)
	}
	if q, _ := p.Quality(); q.PacketsLost != 1 {
		t.Errorf("%d lost, want 1", q.PacketsLost)
	}
	if blocks := r.block(); blocks[0].TotalLost != 1 || blocks[0].FractionLost != 256/8 || blocks[0].LastSequenceNumber != 65536+4 {
		t.Errorf("reported as %+v", blocks[0])
	}
	// Another source counts anew, and so does one that jumps.
	for _, header := range []*rtp.Header{packet(2, 100), packet(2, 102), packet(2, 40_000), packet(2, 40_001)} {
		r.take(header, 8000, false)
	}
	if q, _ := p.Quality(); q.PacketsLost != 2 {
		t.Errorf("%d lost, want 2", q.PacketsLost)
	}
}

func TestJitterIsThatOfTheTimestamps(t *testing.T) {
	r := &reception{}
	start := time.Unix(1_000_000, 0)
	// 20 ms apart, and every second one 10 ms late: a difference of 10 ms each time.
	for i := range 200 {
		late := time.Duration(i%2) * 10 * time.Millisecond
		r.time(0xffffff00+uint32(i*160), 8000, start.Add(time.Duration(i)*20*time.Millisecond+late))
	}
	if r.jitter < 79 || r.jitter > 81 {
		t.Errorf("a jitter of %v, want 80 of 8000 Hz", r.jitter)
	}
}

func TestTheRoundTripIsWhatTheReportsTell(t *testing.T) {
	p := newPeer(&Endpoint{}, Handler{})
	// Our report left 1 s ago and was kept for 0.5 s.
	report := &rtcp.ReceiverReport{SSRC: 1, Reports: []rtcp.ReceptionReport{{
		SSRC: p.ssrc, LastSenderReport: uint32(ntp(time.Now().Add(-time.Second)) >> 16), Delay: 1 << 15,
	}}}
	raw, err := report.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	p.heardReport(raw)
	if trip := p.reception.roundTrip; trip < 499*time.Millisecond || trip > 5*time.Second {
		t.Errorf("a round trip of %v, want 500 ms", trip)
	}
	p.heardReport([]byte{1, 2, 3})
}

func TestReportsGoBothWays(t *testing.T) {
	caller, callee := called(t, Config{})
	for range 3 {
		caller.sendReport()
		callee.sendReport()
		talk(t, caller, callee, "between reports")
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		caller.reception.mu.Lock()
		known := caller.reception.roundTrip > 0
		caller.reception.mu.Unlock()
		if known {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("no round trip is known")
		}
		caller.sendReport()
		callee.sendReport()
	}
}

func FuzzReport(f *testing.F) {
	f.Add([]byte{0x80, 201, 0, 1, 0, 0, 0, 1})
	p := newPeer(&Endpoint{}, Handler{})
	f.Fuzz(func(_ *testing.T, raw []byte) { p.heardReport(raw) })
}
