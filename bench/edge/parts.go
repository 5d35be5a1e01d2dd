package main

import (
	"context"
	"errors"
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
		Series: refreshes.series(), Note: itoa(phones) + " phones refresh their registrations, " + itoa(refreshRate) + " in a second",
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

// memory puts idle phones on a server and returns what each adds, in kB, and the
// CPU of a refresh, in µs.
func (b *bench) memory(ctx context.Context, who string, n int, secure bool, change func(*load.Config)) (perPhone, refresh float64, err error) {
	s, accounts, before, err := b.open(ctx, who, n, secure)
	if err != nil {
		return 0, 0, err
	}
	var after int64
	report, err := b.put(ctx, s, accounts, func(c *load.Config) {
		c.Progress = func(sample load.Sample) {
			if sample.Phase == "steady" {
				after = sample.Memory
			}
		}
		change(c)
	})
	if err = errors.Join(err, s.Stop()); err != nil {
		return 0, 0, err
	}
	p := steady(report)
	if p.Registrations > 0 {
		refresh = p.CPU / float64(p.Registrations) * 1e6
	}
	return float64(after-before) / float64(n) / 1000, refresh, nil
}

// idle is the memory of a phone that is registered and silent.
func (b *bench) idle(ctx context.Context) error {
	for _, kind := range []struct {
		id, title string
		secure    bool
		goal      *figures.Goal
	}{
		{"edge-idle-ws", "Memory of the server for an idle WS phone", false, nil},
		{"edge-idle-wss", "Memory of the server for an idle WSS phone", true, &figures.Goal{Text: "at most 40 kB", Who: "webphone", AtMost: 40}},
	} {
		all := samples{}
		for range b.rounds {
			for _, who := range whos {
				kb, _, err := b.memory(ctx, who, idlePhones, kind.secure, func(c *load.Config) { c.NoRefresh, c.RegisterRate = true, 500 })
				if err != nil {
					return err
				}
				all[who] = append(all[who], kb)
				b.say("%s, %s: %.1f kB", kind.id, who, kb)
			}
		}
		b.add(figures.Figure{
			ID: kind.id, Title: kind.title, Unit: "kB", Better: "lower", Goal: kind.goal, Series: all.series(),
			Note: itoa(idlePhones) + " phones registered, against the same server without phones",
		})
	}
	return nil
}

// growth is how cost grows with the number of phones.
func (b *bench) growth(ctx context.Context) error {
	sizes := []int{100, 1000, 10_000, most()} // what a few phones take is lost in what the server does by itself
	cpu, memory := map[string][][]float64{}, map[string][][]float64{}
	values := make([]any, len(sizes))
	for i, n := range sizes {
		values[i] = n
		for _, who := range whos {
			kb, us, err := b.memory(ctx, who, n, false, func(c *load.Config) {})
			if err != nil {
				return err
			}
			cpu[who] = append(cpu[who], []float64{us})
			memory[who] = append(memory[who], []float64{kb})
			b.say("%d phones, %s: %.1f µs for a refresh, %.1f kB for a phone", n, who, us, kb)
		}
	}
	x := &figures.Axis{Label: "phones", Values: values}
	note := itoa(growthRate) + " refreshes a second, whatever the number of phones. A process here may have some 20,000 open files."
	times, sizesOf := figures.Figure{
		ID: "edge-growth-cpu", Title: "CPU of the server for a refresh, by the number of phones", Unit: "µs", Better: "lower", X: x, Note: note,
	}, figures.Figure{
		ID: "edge-growth-memory", Title: "Memory of the server for a phone, by the number of phones", Unit: "kB", Better: "lower", X: x, Note: note,
	}
	for _, who := range whos {
		times.Series = append(times.Series, figures.Series{Who: who, Samples: cpu[who]})
		sizesOf.Series = append(sizesOf.Series, figures.Series{Who: who, Samples: memory[who]})
	}
	b.add(times)
	b.add(sizesOf)
	// Flat: the cost with the most phones against that with 1,000.
	for _, g := range []struct {
		id, title string
		of        map[string][][]float64
	}{
		{"edge-flat-cpu", "CPU for a refresh with the most phones, against 1,000 phones", cpu},
		{"edge-flat-memory", "Memory for a phone with the most phones, against 1,000 phones", memory},
	} {
		ratios := samples{}
		for _, who := range whos {
			ratios[who] = []float64{g.of[who][3][0] / g.of[who][1][0]}
		}
		b.add(figures.Figure{
			ID: g.id, Title: g.title, Unit: "times", Better: "lower", Series: ratios.series(),
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
