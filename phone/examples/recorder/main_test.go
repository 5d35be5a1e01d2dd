package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"webphone/internal/edge/edgetest"
	"webphone/internal/phonetest"
	"webphone/phone"
)

func TestWhatTheCallerSaysIsInTheFile(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), phonetest.Limit)
	defer cancel()
	place := edgetest.Open(t)
	folder := t.TempDir()
	running, stop := context.WithCancel(ctx)
	over := make(chan error, 1)
	go func() { over <- run(running, phonetest.Config("1002", place), folder) }()
	p := phonetest.New(ctx, t, "1001", phone.Handlers{}, place)
	for {
		call, err := p.MakeCall(ctx, "1002")
		if err != nil {
			t.Fatal(err)
		}
		if call.WaitAnswered(ctx) != nil {
			continue // The example has not signed in yet.
		}
		phonetest.Hears(ctx, t, call, 1000)
		phonetest.Hears(ctx, t, call, 0)
		if err := call.Play(ctx, phone.Tone(700, -10, time.Second)); err != nil {
			t.Fatal(err)
		}
		if err := call.Hangup(ctx); err != nil {
			t.Fatal(err)
		}
		break
	}
	var names []string
	for len(names) == 0 {
		names, _ = filepath.Glob(filepath.Join(folder, "*.wav"))
		select {
		case <-ctx.Done():
			t.Fatal("no file was written")
		case <-time.After(10 * time.Millisecond):
		}
	}
	file, err := os.Open(names[0])
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	sound, err := phone.NewWAVReader(file)
	if err != nil {
		t.Fatal(err)
	}
	meter := phone.NewMeter()
	frame := make([]int16, phone.FrameSamples)
	heard := false
	for !heard {
		n, err := sound.ReadPCM(frame)
		_ = meter.WritePCM(frame[:n])
		level, hz := meter.Read()
		heard = level > -15 && hz > 690 && hz < 710
		if err != nil {
			break
		}
	}
	if !heard {
		t.Error("the tone is not in the file")
	}
	stop()
	if err := <-over; err != nil {
		t.Error(err)
	}
}
