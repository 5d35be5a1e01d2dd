package probe

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"webphone/phone"
)

// Listen takes calls.
type Listen struct {
	Account
	// Echo says what it hears, Play a WAV file, from its beginning for each call,
	// Tone a frequency in Hz; without any of them it says silence.
	Echo bool
	Play string
	Tone float64
	// Record is a folder in which a WAV file is written for each call, named by
	// its time and its caller.
	Record string
	// Calls ends after so many calls; 0 is without end.
	Calls int
	// Lasts hangs a call up after so long; 0 waits for the caller.
	Lasts time.Duration
	// Progress is told what happens, a line each. nil discards it.
	Progress io.Writer
	// OnCall is given the result of each call, one at a time.
	OnCall func(Result)
}

// Run signs in and takes calls until Calls have come or the context has ended,
// which is no error. It returns when the last call is over.
func (l Listen) Run(ctx context.Context) (err error) {
	if l.Play != "" {
		// One that can't be played is found before the first call.
		_, done, err := Call{Play: l.Play}.source()
		if err != nil {
			return err
		}
		done()
	}
	if l.Record != "" {
		if err := os.MkdirAll(l.Record, 0o700); err != nil {
			return err
		}
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	d := &desk{Listen: l, ctx: ctx, stop: stop, digits: map[*phone.Call]string{}}
	p, err := phone.New(l.config(), phone.Handlers{
		OnRingingIn: d.answer,
		OnDigit: func(call *phone.Call, digit rune) {
			d.mu.Lock()
			defer d.mu.Unlock()
			if len(d.digits[call]) < 256 {
				d.digits[call] += string(digit)
			}
		},
		OnRegistered:   func(granted phone.Registration) { d.say("Signed in at %s", granted.Server) },
		OnUnregistered: func(reason string) { d.say("%s", reason) },
		OnError:        func(err *phone.Error) { d.say("%s", err.Message) },
	})
	if err != nil {
		return err
	}
	defer func() {
		d.calls.Wait()
		if closing := signOff(ctx, p); err == nil {
			err = closing
		}
	}()
	if err := p.Register(ctx); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// desk takes the calls of a Listen.
type desk struct {
	Listen
	ctx   context.Context
	stop  context.CancelFunc
	calls sync.WaitGroup

	mu     sync.Mutex
	taken  int
	over   int
	digits map[*phone.Call]string
}

func (d *desk) say(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.Progress != nil {
		fmt.Fprintf(d.Progress, format+"\n", args...)
	}
}

// answer runs where events do, which it must not hold up.
func (d *desk) answer(call *phone.Call) {
	d.mu.Lock()
	d.taken++
	full := d.Calls > 0 && d.taken > d.Calls || d.ctx.Err() != nil
	d.mu.Unlock()
	d.calls.Go(func() {
		if full {
			_ = call.Hangup(d.ctx)
			return
		}
		d.say("%s calls", call.From)
		d.serve(call)
	})
}

func (d *desk) serve(call *phone.Call) {
	run := &running{Call: Call{Play: d.Play, Tone: d.Tone}, result: &Result{}, ear: newEar()}
	source, done, err := run.source()
	run.fail(err)
	if err == nil {
		defer done()
		run.fail(d.talk(run, call, source))
	}
	run.finish(d.ctx, call)
	d.mu.Lock()
	defer d.mu.Unlock()
	run.result.Digits = d.digits[call]
	delete(d.digits, call)
	run.result.OK = run.result.Code == ""
	if d.OnCall != nil {
		d.OnCall(*run.result)
	}
	if d.over++; d.Calls > 0 && d.over >= d.Calls {
		d.stop()
	}
}

// talk answers and goes on until the call is over.
func (d *desk) talk(run *running, call *phone.Call, source phone.PCMReader) error {
	name := ""
	if d.Record != "" {
		name = filepath.Join(d.Record, fileName(time.Now(), call))
	}
	recording, err := create(name)
	if err != nil {
		return err
	}
	defer func() { run.fail(recording.Close()) }()
	call.Record(run.ear)
	call.Record(recording)
	if d.Echo {
		mirror := &echo{}
		call.Record(mirror)
		source = mirror
	}
	if err := call.Answer(d.ctx); err != nil {
		return err
	}
	talking, cancel := context.WithCancel(d.ctx)
	if d.Lasts > 0 {
		talking, cancel = context.WithTimeout(d.ctx, d.Lasts)
	}
	defer cancel()
	if source != nil {
		go func() { _ = call.Play(talking, source) }()
	}
	select {
	case <-call.Done():
		return call.Err()
	case <-talking.Done():
		return nil
	}
}

// fileName holds nothing of the caller's that has a meaning in a path.
func fileName(now time.Time, call *phone.Call) string {
	from := []byte(call.From)
	for i, c := range from {
		if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z') {
			from[i] = '_'
		}
	}
	return fmt.Sprintf("%s-%.40s-%.6s.wav", now.UTC().Format("20060102-150405"), from, call.ID)
}
