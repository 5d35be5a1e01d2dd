package main

import (
	"context"
	"sync"
	"testing"

	"webphone/internal/edge/edgetest"
	"webphone/internal/phonetest"
	"webphone/phone"
)

func TestTheBotBeepsAsOftenAsTheDigitsSay(t *testing.T) {
	for digits, want := range map[string]int{"3#": 3, "1#": 1} {
		t.Run(digits, func(t *testing.T) { dial(t, digits, want) })
	}
}

func dial(t *testing.T, digits string, want int) {
	ctx, cancel := context.WithTimeout(t.Context(), phonetest.Limit)
	defer cancel()
	place := edgetest.Open(t)
	running, stop := context.WithCancel(ctx)
	over := make(chan error, 1)
	go func() { over <- run(running, phonetest.Config("1002", place)) }()
	p := phonetest.New(ctx, t, "1001", phone.Handlers{}, place)
	for {
		call, err := p.MakeCall(ctx, "1002")
		if err != nil {
			t.Fatal(err)
		}
		if call.WaitAnswered(ctx) != nil {
			continue // The example has not signed in yet.
		}
		phonetest.Hears(ctx, t, call, 600)
		phonetest.Hears(ctx, t, call, 0)
		beeps := &beeps{}
		call.Record(beeps)
		for _, digit := range digits {
			if err := call.DialpadPress(ctx, digit); err != nil {
				t.Fatal(err)
			}
		}
		record, err := call.Wait(ctx)
		if err != nil || record.EndedBy != "remote" {
			t.Fatalf("%+v (%v)", record, err)
		}
		if got := beeps.count(); got != want {
			t.Errorf("%d beeps, want %d", got, want)
		}
		break
	}
	stop()
	if err := <-over; err != nil {
		t.Error(err)
	}
}

// beeps counts stretches of sound between silences.
type beeps struct {
	mu    sync.Mutex
	loud  bool
	quiet int
	total int
}

// WritePCM implements phone.PCMWriter.
func (b *beeps) WritePCM(p []int16) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	peak := int16(0)
	for _, sample := range p {
		peak = max(peak, sample)
	}
	switch {
	case peak > 2000:
		if !b.loud {
			b.total++
		}
		b.loud, b.quiet = true, 0
	default:
		if b.quiet++; b.quiet >= 3 {
			b.loud = false
		}
	}
	return nil
}

func (b *beeps) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.total
}
