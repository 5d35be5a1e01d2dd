package probe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"webphone/phone"
)

// Call is a call to be made.
type Call struct {
	Account
	Address string
	// Play is a WAV file that is said, Tone a frequency in Hz that is said where
	// there is none; without both the call says silence.
	Play string
	Tone float64
	// Record is a WAV file that is written with what is heard.
	Record string
	// Digits are pressed after the answer.
	Digits string
	// Lasts is how long the call lasts after the answer; 0 is until Play is said,
	// or 10 seconds without it.
	Lasts time.Duration
	// Rings is how long it may ring. Default 30 seconds.
	Rings time.Duration
	// Register signs in before the call, as some servers want it.
	Register bool
	// ExpectSound makes a call fail in which nothing louder than -50 dBFS was
	// heard, MinMOS one whose quality is below, or not known.
	ExpectSound bool
	MinMOS      float64
	// Progress is told what happens, a line each. nil discards it.
	Progress io.Writer
}

// Heard is what came from the other side.
type Heard struct {
	// Level is the loudest 200 ms in dBFS, -100 for silence, and Frequency what was
	// strongest in them, in Hz.
	Level     float64 `json:"level"`
	Frequency float64 `json:"frequency"`
	// Seconds is how much sound that was.
	Seconds float64 `json:"seconds"`
}

// Result is what became of a call.
type Result struct {
	OK bool `json:"ok"`
	// Code is the error's of the reference, or "quality" where the call was up and
	// not what was expected; empty where it is OK.
	Code    string `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
	// Server is the one that was used.
	Server string `json:"server,omitempty"`
	// Setup is the time from the INVITE to the answer in seconds.
	Setup float64 `json:"setup"`
	// Digits are those that the other side pressed.
	Digits string     `json:"digits,omitempty"`
	Heard  *Heard     `json:"heard"`
	Record *phone.CDR `json:"record"`
}

// silent is the level under which nothing is heard, in dBFS.
const silent = -50

// ErrFailed says that a call was made and did not come up to what was asked of
// it; the result tells how.
var ErrFailed = errors.New("the call failed")

// Run makes the call. A result is there in any case; the error is ErrFailed for
// a call that did not go well, and another one where a file could not be used.
func (c Call) Run(ctx context.Context) (result Result, err error) {
	if c.Rings == 0 {
		c.Rings = 30 * time.Second
	}
	source, closeSource, err := c.source()
	if err != nil {
		return result, err
	}
	defer closeSource()
	recording, err := create(c.Record)
	if err != nil {
		return result, err
	}
	run := &running{Call: c, result: &result, ear: newEar()}
	run.call(ctx, source, recording)
	if err := recording.Close(); err != nil {
		return result, fmt.Errorf("%s: %w", c.Record, err)
	}
	if result.Code == "" {
		run.judge()
	}
	result.OK = result.Code == ""
	if !result.OK {
		return result, ErrFailed
	}
	return result, nil
}

// source is what is said; nil is silence.
func (c Call) source() (phone.PCMReader, func(), error) {
	if c.Play == "" {
		if c.Tone > 0 {
			return phone.Tone(c.Tone, -12, 0), func() {}, nil
		}
		return nil, func() {}, nil
	}
	file, err := os.Open(c.Play)
	if err != nil {
		return nil, nil, err
	}
	reader, err := phone.NewWAVReader(file)
	if err != nil {
		_ = file.Close()
		return nil, nil, fmt.Errorf("%s: %w", c.Play, err)
	}
	return reader, func() { _ = file.Close() }, nil
}

// running is a call under way.
type running struct {
	Call
	result *Result
	ear    *ear
	phone  *phone.Phone
}

func (r *running) say(format string, args ...any) {
	if r.Progress != nil {
		fmt.Fprintf(r.Progress, format+"\n", args...)
	}
}

// fail notes why the call did not go well; the first reason counts.
func (r *running) fail(err error) {
	if err == nil || r.result.Code != "" {
		return
	}
	var known *phone.Error
	switch {
	case errors.As(err, &known):
		r.result.Code, r.result.Message = string(known.Code), known.Message
	case errors.Is(err, context.DeadlineExceeded):
		r.result.Code, r.result.Message = string(phone.ErrTimeout), "There was no answer in time."
	case errors.Is(err, context.Canceled):
		r.result.Code, r.result.Message = "interrupted", "The call was broken off here."
	default:
		r.result.Code, r.result.Message = string(phone.ErrInternal), err.Error()
	}
}

func (r *running) call(ctx context.Context, source phone.PCMReader, recording *recording) {
	digits := make(chan rune, 256)
	p, err := phone.New(r.config(), phone.Handlers{
		OnRingingOut: func(_ *phone.Call, code int) { r.say("Ringing (%d)", code) },
		OnDigit: func(_ *phone.Call, digit rune) {
			select {
			case digits <- digit:
			default:
			}
		},
		OnRegistered: func(granted phone.Registration) { r.result.Server = granted.Server },
	})
	if err != nil {
		r.fail(err)
		return
	}
	r.phone = p
	defer func() {
		r.fail(signOff(ctx, p))
		for len(digits) > 0 {
			r.result.Digits += string(<-digits)
		}
	}()
	if r.Register {
		r.say("Signing in as %s at %s", r.Username, strings.Join(r.Servers, ", "))
		if err := p.Register(ctx); err != nil {
			r.fail(err)
			return
		}
	}
	r.say("Calling %s", r.Address)
	ringing, cancel := context.WithTimeout(ctx, r.Rings)
	defer cancel()
	call, err := p.MakeCall(ringing, r.Address)
	if err != nil {
		r.fail(err)
		return
	}
	call.Record(r.ear)
	call.Record(recording)
	r.fail(r.talk(ctx, ringing, call, source))
	r.fail(recording.failure())
	r.finish(ctx, call)
}

// talk waits for the answer, and then says and hears what there is.
func (r *running) talk(ctx, ringing context.Context, call *phone.Call, source phone.PCMReader) error {
	if err := call.WaitAnswered(ringing); err != nil {
		return err
	}
	r.say("Answered")
	lasts := r.Lasts
	if lasts == 0 && r.Play == "" {
		lasts = 10 * time.Second
	}
	talking, cancel := context.WithCancel(ctx)
	if lasts > 0 {
		talking, cancel = context.WithTimeout(ctx, lasts)
	}
	defer cancel()
	for _, digit := range strings.ToUpper(r.Digits) {
		if err := call.DialpadPress(talking, digit); err != nil {
			return err
		}
	}
	said := make(chan error, 1)
	if source != nil {
		go func() { said <- call.Play(talking, source) }()
	}
	for {
		select {
		case <-call.Done():
			return call.Err()
		case <-talking.Done():
			return ctx.Err()
		case err := <-said:
			if err != nil && call.State() == phone.StateEnded {
				// It was broken off by the end of the call, whose own error counts.
				<-call.Done()
				return call.Err()
			}
			if err != nil && talking.Err() == nil {
				return err
			}
			if r.Lasts == 0 {
				return nil
			}
		}
	}
}

// finish hangs up and takes the record.
func (r *running) finish(ctx context.Context, call *phone.Call) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closing)
	defer cancel()
	if err := call.Hangup(ctx); err != nil {
		r.fail(err)
		return
	}
	record, _ := call.CDR()
	r.result.Record = &record
	r.result.Heard = r.ear.heard()
	if record.AnswerTime != nil {
		r.result.Setup = record.AnswerTime.Sub(record.StartTime).Seconds()
	}
}

// judge compares a call that was up with what is expected.
func (r *running) judge() {
	switch quality := r.result.Record.Quality; {
	case r.ExpectSound && r.result.Heard.Level < silent:
		r.result.Code, r.result.Message = "quality", fmt.Sprintf("Nothing was heard: the loudest moment had %.0f dBFS.", r.result.Heard.Level)
	case r.MinMOS > 0 && quality == nil:
		r.result.Code, r.result.Message = "quality", "The quality is not known: no report of it came."
	case r.MinMOS > 0 && quality.MOS < r.MinMOS:
		r.result.Code, r.result.Message = "quality", fmt.Sprintf("The quality was %.1f, at least %.1f is asked for.", quality.MOS, r.MinMOS)
	}
}
