package main

import (
	"context"
	"errors"
	"strings"
	"syscall"

	"webphone/bench/edge/figures"
	"webphone/internal/load"
)

// samples are by who was measured.
type samples map[string][]float64

func (s samples) series() (all []figures.Series) {
	for _, who := range whos {
		all = append(all, figures.Series{Who: who, Samples: s[who]})
	}
	return all
}

func (b *bench) add(f figures.Figure) { b.results.Figures = append(b.results.Figures, f) }

// work is what a second of CPU does.
func (b *bench) work(ctx context.Context) error {
	refreshes, arrivals, calls := samples{}, samples{}, samples{}
	for round := range b.rounds {
		for _, who := range whos {
			s, accounts, _, err := b.open(ctx, who, phones, false)
			if err != nil {
				return err
			}
			first, err := b.put(ctx, s, accounts, func(c *load.Config) { c.RegisterRate = refreshRate })
			var second *load.Report
			if err == nil {
				second, err = b.put(ctx, s, accounts, func(c *load.Config) { c.NoRefresh, c.CallRate = true, callRate })
			}
			if err = errors.Join(err, s.Stop()); err != nil {
				return err
			}
			refreshes[who] = append(refreshes[who], float64(steady(first).Registrations)/steady(first).CPU)
			arrivals[who] = append(arrivals[who], float64(ramp(second).Registrations)/ramp(second).CPU)
			calls[who] = append(calls[who], float64(steady(second).Answers)/steady(second).CPU)
			b.say("round %d, %s: %.0f refreshes, %.0f arrivals, %.0f calls for a second of CPU", round+1, who,
				refreshes[who][round], arrivals[who][round], calls[who][round])
		}
	}
	b.add(figures.Figure{
		ID: "edge-registrations", Title: "Registrations for each second of the server's CPU", Unit: "registrations", Better: "higher",
		Goal:   &figures.Goal{Text: "at least equal to Kamailio", Who: "webphone", Against: "kamailio", AtLeast: 1},
		Series: refreshes.series(), Note: itoa(phones) + " phones refresh their registrations, " + "as many as the machine can do, up to " + itoa(refreshRate) + " in a second",
		Profile: registrationProfile,
	})
	b.add(figures.Figure{
		ID: "edge-arrivals", Title: "Phones that connect and register for each second of the server's CPU", Unit: "phones", Better: "higher",
		Series: arrivals.series(), Note: "TCP, WebSocket handshake, REGISTER, challenge, REGISTER with credentials",
	})
	b.add(figures.Figure{
		ID: "edge-calls", Title: "Calls for each second of the server's CPU", Unit: "calls", Better: "higher",
		Series: calls.series(), Note: itoa(callRate) + " calls begin in a second",
	})
	return nil
}

// registrationProfile is what a CPU profile of the server showed under refreshes,
// arrivals and calls.
const registrationProfile = "Of the server's CPU time, 18 % are system calls, a read and a write for each message, as Kamailio has them too. " +
	"17 % go into checking credentials: reading the header, two hashes by SHA-256, the nonce's signature, and a look whether accounts have changed. " +
	"12 % go into reading the message, all of it and strictly; Kamailio reads the fields that its script asks for. " +
	"20 % are the price of a managed runtime: 12 % to allocate memory and 8 % to collect it. 5 % are its scheduler, " +
	"which wakes a goroutine for each message. The profile is of Go's own setting for garbage; the server collects half as often, " +
	"as it was measured here. With a quarter (GOGC=400) the ratio came to 0.96 in one run, in which memory was not looked at."

// highest looks for the highest rate of calls, and measures latencies at half of
// what both can do.
func (b *bench) highest(ctx context.Context) error {
	rates := samples{}
	for _, who := range whos {
		rate, err := b.sustained(ctx, who)
		if err != nil {
			return err
		}
		rates[who] = []float64{rate}
		b.say("%s sustains %.0f calls a second", who, rate)
	}
	b.add(figures.Figure{
		ID: "edge-highest", Title: "Highest rate of calls", Unit: "calls/s", Better: "higher", Series: rates.series(),
		Note: "Tried in steps of a fifth: at least 97 % of the calls offered were answered, none failed, and 99 of 100 were answered within half a second. The generator has a part of the same two cores.",
	})
	half := min(rates["webphone"][0], rates["kamailio"][0]) / 2
	names := []string{"answer", "hang up", "refresh"}
	shares := []any{"p50", "p90", "p99"}
	times := map[string]map[string][][]float64{}
	for range b.rounds {
		for _, who := range whos {
			s, accounts, _, err := b.open(ctx, who, phones, false)
			if err != nil {
				return err
			}
			report, err := b.put(ctx, s, accounts, func(c *load.Config) { c.CallRate = half })
			if err = errors.Join(err, s.Stop()); err != nil {
				return err
			}
			for _, name := range names {
				if times[name] == nil {
					times[name] = map[string][][]float64{}
				}
				if times[name][who] == nil {
					times[name][who] = make([][]float64, len(shares))
				}
				l := latencyOf(report, name)
				for i, v := range []float64{l.P50, l.P90, l.P99} {
					times[name][who][i] = append(times[name][who][i], v)
				}
			}
		}
	}
	titles := map[string]string{"answer": "INVITE to 200", "hang up": "BYE to 200", "refresh": "REGISTER to 200"}
	for _, name := range names {
		f := figures.Figure{
			ID: "edge-latency-" + name[:3], Title: titles[name] + " at half load", Unit: "ms", Better: "lower",
			X:    &figures.Axis{Label: "percentile", Values: shares},
			Note: itoa(int(half)) + " calls and " + itoa(growthRate) + " refreshes a second",
		}
		for _, who := range whos {
			f.Series = append(f.Series, figures.Series{Who: who, Samples: times[name][who]})
		}
		b.add(f)
	}
	return nil
}

// sustained is the highest rate of calls that a server takes.
func (b *bench) sustained(ctx context.Context, who string) (float64, error) {
	s, accounts, _, err := b.open(ctx, who, 4*phones, false)
	if err != nil {
		return 0, err
	}
	good := 0.0
	for rate := float64(firstRate); rate < load.MaxRate; rate *= 1.2 {
		report, tryErr := b.try(ctx, s, accounts, func(c *load.Config) {
			c.NoRefresh, c.CallRate, c.Duration, c.RegisterRate = true, rate, sustainedFor, 4000
		})
		if tryErr != nil {
			err = tryErr
			break
		}
		p := steady(report)
		b.say("%s at %.0f calls a second: %d answered, %d failed %v, p99 %.0f ms", who, rate, p.Answers, report.Failed, report.Failures, latencyOf(report, "answer").P99)
		if float64(p.Answers) < 0.97*rate*sustainedFor.Seconds() || report.Failed > 0 || latencyOf(report, "answer").P99 > 500 {
			break
		}
		good = rate
	}
	return good, errors.Join(err, s.Stop())
}

// used is what a server uses with n phones.
type used struct {
	n int
	// bytes are of memory with all phones, and perPhone what each adds beyond the
	// first quarter, in kB: what a server frees after its start takes in the first.
	bytes    int64
	perPhone float64
	// refresh is the CPU of one, in µs.
	refresh float64
}

// settle puts phones on a server and measures it once all are registered.
func (b *bench) settle(ctx context.Context, who string, n int, secure bool, change func(*load.Config)) (u used, err error) {
	s, accounts, _, err := b.open(ctx, who, n, secure)
	if err != nil {
		return u, err
	}
	u.n = n
	var quarter load.Sample
	report, err := b.put(ctx, s, accounts, func(c *load.Config) {
		c.Progress = func(sample load.Sample) {
			if quarter.Registered == 0 && sample.Registered >= n/4 && sample.Registered < n {
				quarter = sample
			}
			if sample.Phase == "steady" {
				u.bytes = sample.Memory
			}
		}
		change(c)
	})
	if err = errors.Join(err, s.Stop()); err != nil {
		return u, err
	}
	if p := steady(report); p.Registrations > 0 {
		u.refresh = p.CPU / float64(p.Registrations) * 1e6
	}
	if quarter.Registered > 0 {
		u.perPhone = float64(u.bytes-quarter.Memory) / float64(n-quarter.Registered) / 1000
	}
	return u, nil
}

// idle is the memory of a phone that is registered and silent.
func (b *bench) idle(ctx context.Context) error {
	for _, kind := range []struct {
		id, title string
		secure    bool
		phones    int // more where each costs less, and is lost in what the server does by itself
		rate      float64
		goal      *figures.Goal
	}{
		{"edge-idle-ws", "Memory of the server for an idle WS phone", false, 4 * idlePhones, 1000, nil},
		{"edge-idle-wss", "Memory of the server for an idle WSS phone", true, idlePhones, 250, &figures.Goal{Text: "at most 40 kB", Who: "webphone", AtMost: 40}},
	} {
		all := samples{}
		for range b.rounds {
			for _, who := range whos {
				u, err := b.settle(ctx, who, kind.phones, kind.secure, func(c *load.Config) { c.NoRefresh, c.RegisterRate = true, kind.rate })
				if err != nil {
					return err
				}
				all[who] = append(all[who], u.perPhone)
				b.say("%s, %s: %.1f kB", kind.id, who, u.perPhone)
			}
		}
		b.add(figures.Figure{
			ID: kind.id, Title: kind.title, Unit: "kB", Better: "lower", Goal: kind.goal, Series: all.series(),
			Note: "What each phone adds, from a quarter of " + itoa(kind.phones) + " phones to all of them. What handshakes leave to be collected is in what the first quarter has.",
		})
	}
	return nil
}

// growth is how cost grows with the number of phones.
func (b *bench) growth(ctx context.Context) error {
	sizes := []int{100, 1000, 10_000, most()}
	cpu, memory := map[string][][]float64{}, map[string][][]float64{}
	before := map[string]used{}
	var all, beyond []any
	for i, n := range sizes {
		all = append(all, n)
		for _, who := range whos {
			u, err := b.settle(ctx, who, n, false, func(c *load.Config) {})
			if err != nil {
				return err
			}
			cpu[who] = append(cpu[who], []float64{u.refresh})
			if i > 0 {
				kb := float64(u.bytes-before[who].bytes) / float64(n-before[who].n) / 1000
				memory[who] = append(memory[who], []float64{kb})
				b.say("%d phones, %s: each beyond %d adds %.1f kB", n, who, before[who].n, kb)
			}
			before[who] = u
			b.say("%d phones, %s: %.1f µs for a refresh", n, who, u.refresh)
		}
		if i > 0 {
			beyond = append(beyond, n)
		}
	}
	note := itoa(growthRate) + " refreshes a second, whatever the number of phones. A process here may have some 20,000 open files."
	for _, g := range []struct {
		figure figures.Figure
		ratio  string
		of     map[string][][]float64
		first  int // of the values, that of 1,000 phones
	}{
		{figures.Figure{
			ID: "edge-growth-cpu", Title: "CPU of the server for a refresh, by the number of phones", Unit: "µs", Better: "lower",
			X: &figures.Axis{Label: "phones", Values: all}, Note: note,
		}, "CPU for a refresh with the most phones, against 1,000 phones", cpu, 1},
		{figures.Figure{
			ID: "edge-growth-memory", Title: "Memory of the server for each phone more, by the number of phones", Unit: "kB", Better: "lower",
			X: &figures.Axis{Label: "phones", Values: beyond}, Note: note + " What each phone adds that the number before did not have.",
		}, "Memory for each phone more with the most phones, against 1,000 phones", memory, 0},
	} {
		ratios := samples{}
		for _, who := range whos {
			g.figure.Series = append(g.figure.Series, figures.Series{Who: who, Samples: g.of[who]})
			ratios[who] = []float64{g.of[who][len(g.of[who])-1][0] / g.of[who][g.first][0]}
		}
		b.add(g.figure)
		b.add(figures.Figure{
			ID: strings.Replace(g.figure.ID, "growth", "flat", 1), Title: g.ratio, Unit: "times", Better: "lower", Series: ratios.series(),
			Goal: &figures.Goal{Text: "flat: at most 1.25", Who: "webphone", AtMost: 1.25},
		})
	}
	return nil
}

// most is 20,000 phones, or as many as the limit of open files lets be.
func most() int {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return 10_000
	}
	return int(min(20_000, limit.Cur-200))
}
