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

func TestTheCallerHearsTheFileToItsEnd(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), phonetest.Limit)
	defer cancel()
	place := edgetest.Open(t)
	name := filepath.Join(t.TempDir(), "prompt.wav")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	writer, err := phone.NewWAVWriter(file)
	if err != nil {
		t.Fatal(err)
	}
	tone := phone.Tone(800, -10, time.Second)
	frame := make([]int16, phone.FrameSamples)
	for {
		n, err := tone.ReadPCM(frame)
		if n > 0 {
			if err := writer.WritePCM(frame[:n]); err != nil {
				t.Fatal(err)
			}
		}
		if err != nil {
			break
		}
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}

	running, stop := context.WithCancel(ctx)
	over := make(chan error, 1)
	go func() { over <- run(running, phonetest.Config("1002", place), name) }()
	p := phonetest.New(ctx, t, "1001", phone.Handlers{}, place)
	var call *phone.Call
	for {
		// The example may not have signed in yet.
		if call, err = p.MakeCall(ctx, "1002"); err != nil {
			t.Fatal(err)
		}
		if call.WaitAnswered(ctx) == nil {
			break
		}
	}
	phonetest.Hears(ctx, t, call, 800)
	record, err := call.Wait(ctx)
	if err != nil || record.EndedBy != "remote" {
		t.Errorf("%+v (%v)", record, err)
	}
	stop()
	if err := <-over; err != nil {
		t.Error(err)
	}
}
