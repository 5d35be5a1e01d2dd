// Package phonetest makes phones for the tests of what is called by them.
package phonetest

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"webphone/internal/edge/edgetest"
	"webphone/phone"
)

// Limit bounds every wait; a test that reaches it has failed.
const Limit = 20 * time.Second

// Config are the settings of an account at these places.
func Config(username string, places ...*edgetest.Place) phone.Config {
	config := phone.Config{
		Username: username, Password: edgetest.Password, Realm: edgetest.Domain,
		Log: slog.New(slog.DiscardHandler),
	}
	for _, p := range places {
		config.Servers = append(config.Servers, p.URL)
	}
	return config
}

// New makes a phone that is registered and ends with the test; ctx bounds it.
func New(ctx context.Context, t *testing.T, username string, handlers phone.Handlers, places ...*edgetest.Place) *phone.Phone {
	t.Helper()
	p, err := phone.New(Config(username, places...), handlers)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
	if err := p.Register(ctx); err != nil {
		t.Fatal(err)
	}
	return p
}

// Hears waits until a call hears a tone of this frequency, or with 0 silence.
func Hears(ctx context.Context, t *testing.T, call *phone.Call, hz float64) {
	t.Helper()
	meter := phone.NewMeter()
	stop := call.Record(meter)
	defer stop()
	for {
		level, strongest := meter.Read()
		switch {
		case hz == 0 && meter.Frames() > 10 && level < -60:
			return
		case hz != 0 && level > -30 && strongest > hz-40 && strongest < hz+40:
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%.0f Hz is not heard: %.0f Hz at %.0f dBFS", hz, strongest, level)
		case <-time.After(20 * time.Millisecond):
		}
	}
}
