package sip

import "time"

// Clock is the source of time for every timer of this package, so that tests
// run the 32 seconds of a transaction in microseconds.
type Clock interface {
	Now() time.Time
	// AfterFunc calls f once, on a goroutine of its own, when d has passed.
	AfterFunc(d time.Duration, f func()) Timer
}

// Timer is a call of AfterFunc that has yet to happen.
type Timer interface {
	// Stop reports whether it kept f from being called.
	Stop() bool
}

// SystemClock is the clock of the operating system.
var SystemClock Clock = systemClock{}

type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

func (systemClock) AfterFunc(d time.Duration, f func()) Timer { return time.AfterFunc(d, f) }
