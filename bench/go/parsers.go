package main

import (
	"context"
	"fmt"
	"os"
	"time"

	sipgo "github.com/emiago/sipgo/sip"

	"webphone/bench/edge/figures"
	"webphone/internal/sip"
)

const (
	// rounds are the samples of each, interleaved.
	rounds = 15
	// batch is how long one sample takes.
	batch = 60 * time.Millisecond
)

// used keeps what was read from being left out by the compiler.
var used int

// read touches what a server looks at in a message. sipgo reads header fields
// when they are asked for, so that both have read the same afterwards.
func read(msg sip.Message) {
	used += len(msg.Via().Host) + len(msg.From().Address.User) + len(msg.To().Address.User) +
		len(*msg.CallID()) + int(msg.CSeq().SeqNo) + len(msg.Body())
	switch m := msg.(type) {
	case *sip.Request:
		used += len(m.Contact().Address.Host) + int(*m.MaxForwards())
		if route := m.RecordRoute(); route != nil {
			used += len(route.Address.Host)
		}
	case *sip.Response:
		used += len(m.Contact().Address.Host) + m.StatusCode
		if route := m.RecordRoute(); route != nil {
			used += len(route.Address.Host)
		}
	}
}

func parsers(ctx context.Context, file string) error {
	r := figures.New(
		"One goroutine. Samples of both take turns. After reading, Via, From, To, Call-ID, CSeq, Contact, Record-Route, Max-Forwards and the body are looked at: sipgo reads them when they are asked for.",
		"internal/sip refuses what RFC 4475 calls invalid; sipgo v1.7.2 as it comes.",
	)
	other := sipgo.NewParser()
	for _, m := range messages() {
		msg, err := sip.Parse(m.text)
		if err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
		theirs, err := other.ParseSIP(m.text)
		if err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
		r.Figures = append(r.Figures,
			race("go-read-"+m.id, "Reading "+m.name, map[string]func(){
				"internal/sip": func() {
					if msg, err := sip.Parse(m.text); err == nil {
						read(msg)
					}
				},
				"sipgo": func() {
					if msg, err := other.ParseSIP(m.text); err == nil {
						read(msg)
					}
				},
			}),
			race("go-write-"+m.id, "Writing "+m.name, map[string]func(){
				"internal/sip": func() { used += len(sip.Bytes(msg)) },
				"sipgo":        func() { used += len(theirs.String()) },
			}))
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return r.Write(file)
}

// race times both in turns, in ns.
func race(id, title string, both map[string]func()) figures.Figure {
	f := figures.Figure{
		ID: id, Title: title, Unit: "ns", Better: "lower",
		Goal: &figures.Goal{Text: "ahead of sipgo", Who: "internal/sip", Against: "sipgo", AtMost: 1},
	}
	names := []string{"internal/sip", "sipgo"}
	samples := map[string][]float64{}
	for range rounds {
		for _, name := range names {
			samples[name] = append(samples[name], each(both[name]))
		}
	}
	for _, name := range names {
		f.Series = append(f.Series, figures.Series{Who: name, Samples: samples[name]})
	}
	fmt.Fprintf(os.Stderr, "%s: %.0f ns, sipgo %.0f ns\n", title, samples[names[0]][rounds/2], samples[names[1]][rounds/2])
	return f
}

// each is how long one call takes.
func each(do func()) float64 {
	const block = 200
	n, began := 0, time.Now()
	for time.Since(began) < batch {
		for range block {
			do()
		}
		n += block
	}
	return float64(time.Since(began).Nanoseconds()) / float64(n)
}
