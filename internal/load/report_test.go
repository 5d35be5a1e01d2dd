package load

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
)

func TestPercentilesAreRightToThreePercent(t *testing.T) {
	var h histogram
	for i := 1; i <= 10_000; i++ {
		h.add(time.Duration(i) * 100 * time.Microsecond)
	}
	l := h.latency("x")
	for want, got := range map[float64]float64{0.1: l.Min, 500: l.P50, 900: l.P90, 950: l.P95, 990: l.P99, 1000: l.Max, 500.05: l.Mean} {
		if math.Abs(got-want) > 0.03*want {
			t.Errorf("%v, want %v", got, want)
		}
	}
	if l.Count != 10_000 {
		t.Errorf("%d", l.Count)
	}
}

func TestNoDurationFallsOutOfTheBuckets(t *testing.T) {
	var h histogram
	for _, d := range []time.Duration{-time.Second, 0, time.Nanosecond, 31 * time.Microsecond, 32 * time.Microsecond, 1000 * time.Hour, math.MaxInt64} {
		h.add(d)
	}
	if h.count != 7 || h.percentile(1) != math.MaxInt64 || h.percentile(0) != 0 {
		t.Errorf("%d %v %v", h.count, h.percentile(1), h.percentile(0))
	}
	if empty := (&histogram{}).latency("x"); empty.P99 != 0 || empty.Mean != 0 {
		t.Errorf("%+v", empty)
	}
}

func TestKindsOfFailuresAreBounded(t *testing.T) {
	var s stats
	for i := range maxKinds + 50 {
		s.fail("call", fmt.Sprint(i))
	}
	if kinds := s.kinds(); len(kinds) != maxKinds+1 || kinds[0] != (Failure{"other", 50}) || s.failed != maxKinds+50 {
		t.Errorf("%d kinds, first %v", len(kinds), kinds[0])
	}
}

func TestSamplesOfALongRunAreThinnedOut(t *testing.T) {
	w := watch{every: 1}
	for i := range 10 * maxSamples {
		w.keep(Sample{Seconds: float64(i)})
	}
	if n := len(w.samples); n > maxSamples || n < maxSamples/2 {
		t.Errorf("%d samples are kept", n)
	}
	for i := 1; i < len(w.samples); i++ {
		if w.samples[i].Seconds <= w.samples[i-1].Seconds {
			t.Fatal("they are out of order")
		}
	}
}

func TestTheReportNamesFailuresAndShowsNoPassword(t *testing.T) {
	p := newPlace(t)
	c := config(t, p.url+"/sip?token=secret", 4)
	c.Accounts[3].Password = "wrong horse"
	c.CallRate, c.Duration, c.CallDuration = 20, 300*time.Millisecond, 10*time.Millisecond
	r := run(t, c)
	var text, page bytes.Buffer
	if err := r.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	if err := r.WriteHTML(&page); err != nil {
		t.Fatal(err)
	}
	encoded, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	for name, report := range map[string]string{"text": text.String(), "page": page.String(), "JSON": string(encoded)} {
		for _, secret := range []string{password, "wrong horse", "token", c.Accounts[0].Username} {
			if strings.Contains(report, secret) {
				t.Errorf("the %s shows %q", name, secret)
			}
		}
		for _, want := range []string{"register: 401", "127.0.0.1", "register", "answer", "hang up"} {
			if !strings.Contains(report, want) {
				t.Errorf("the %s lacks %q", name, want)
			}
		}
	}
	if html := page.String(); strings.Contains(html, "<script") || strings.Contains(html, "src=") || strings.Count(html, "<figure>") != 4 {
		t.Error("the page is not one of charts alone")
	}
	if r.FailedShare() <= 0 || r.FailedShare() >= 100 {
		t.Errorf("%v %% failed", r.FailedShare())
	}
}

func TestTheWholeRunIsOnTheTimeline(t *testing.T) {
	p := newPlace(t)
	c := config(t, p.url, 2)
	c.Duration = 1200 * time.Millisecond
	r := run(t, c)
	names := ""
	registrations := 0
	for _, phase := range r.Phases {
		names += phase.Name + " "
		registrations += phase.Registrations
	}
	if names != "ramp steady ending " || registrations != 2+r.Counts.Refreshes {
		t.Errorf("%s, %d registrations; %+v", names, registrations, r.Counts)
	}
	if len(r.Timeline) == 0 || r.Timeline[0].Phase != "ramp" {
		t.Errorf("%+v", r.Timeline)
	}
}
