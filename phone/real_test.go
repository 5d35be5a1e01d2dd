package phone_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"webphone/internal/edge/edgetest"
	"webphone/internal/phonetest"
	"webphone/phone"
)

// user is a phone at a place, and what it has been told.
type user struct {
	*phone.Phone
	t       *testing.T
	ctx     context.Context
	ringing chan *phone.Call
	digits  chan rune
	records chan phone.CDR

	mu     sync.Mutex
	errors []error
}

func newUser(t *testing.T, name string, places ...*edgetest.Place) *user {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), phonetest.Limit)
	u := &user{t: t, ctx: ctx, ringing: make(chan *phone.Call, 8), digits: make(chan rune, 64), records: make(chan phone.CDR, 8)}
	u.Phone = phonetest.New(ctx, t, name, phone.Handlers{
		OnRingingIn: func(c *phone.Call) { u.ringing <- c },
		OnDigit:     func(_ *phone.Call, d rune) { u.digits <- d },
		OnEnd:       func(_ *phone.Call, r phone.CDR) { u.records <- r },
		OnError: func(err *phone.Error) {
			u.mu.Lock()
			defer u.mu.Unlock()
			u.errors = append(u.errors, err)
		},
	}, places...)
	t.Cleanup(cancel)
	return u
}

func (u *user) must(err error) {
	u.t.Helper()
	if err != nil {
		u.t.Fatal(err)
	}
}

// call calls an address and waits for the answer.
func (u *user) call(address string) *phone.Call {
	u.t.Helper()
	call, err := u.MakeCall(u.ctx, address)
	u.must(err)
	return call
}

// rings waits for a call.
func (u *user) rings() *phone.Call {
	u.t.Helper()
	select {
	case call := <-u.ringing:
		return call
	case <-u.ctx.Done():
		u.t.Fatal("it does not ring")
		return nil
	}
}

// talk sets up a call between two.
func talk(from, to *user, number string) (mine, theirs *phone.Call) {
	from.t.Helper()
	mine = from.call(number)
	theirs = to.rings()
	to.must(theirs.Answer(to.ctx))
	from.must(mine.WaitAnswered(from.ctx))
	return mine, theirs
}

// hears waits until a call hears a tone of this frequency, or with 0 silence.
func (u *user) hears(call *phone.Call, hz float64) {
	u.t.Helper()
	phonetest.Hears(u.ctx, u.t, call, hz)
}

// says plays a tone without end.
func (u *user) says(call *phone.Call, hz float64) {
	go func() { _ = call.Play(u.ctx, phone.Tone(hz, -10, time.Hour)) }()
}

func TestTheEchoTestPlaysBackWhatIsSaid(t *testing.T) {
	u := newUser(t, "1001", edgetest.Open(t))
	call := u.call("*43")
	u.must(call.WaitAnswered(u.ctx))
	u.says(call, 700)
	u.hears(call, 700)
	u.must(call.Hangup(u.ctx))
	if record := <-u.records; record.Codec != "PCMU" || record.SIPCode != 200 {
		t.Errorf("%+v", record)
	}
}

func TestTwoPhonesHearOneAnother(t *testing.T) {
	p := edgetest.Open(t)
	alice, bob := newUser(t, "1001", p), newUser(t, "1002", p)
	mine, theirs := talk(alice, bob, "1002")
	alice.says(mine, 500)
	bob.says(theirs, 900)
	alice.hears(mine, 900)
	bob.hears(theirs, 500)

	alice.must(mine.Hold(alice.ctx))
	bob.hears(theirs, 0)
	if !theirs.RemoteHeld() || mine.State() != phone.StateHeld {
		t.Error("the call is not held")
	}
	alice.must(mine.Unhold(alice.ctx))
	bob.hears(theirs, 500)

	mine.Mute()
	bob.hears(theirs, 0)
	mine.Unmute()
	bob.hears(theirs, 500)

	for _, digit := range "12#" {
		alice.must(mine.DialpadPress(alice.ctx, digit))
	}
	for _, want := range "12#" {
		select {
		case got := <-bob.digits:
			if got != want {
				t.Errorf("%c was pressed, %c came", want, got)
			}
		case <-bob.ctx.Done():
			t.Fatalf("%c did not come", want)
		}
	}
	bob.must(theirs.Hangup(bob.ctx))
	if record := <-alice.records; record.EndedBy != "remote" {
		t.Errorf("%+v", record)
	}
}

func TestACallSurvivesItsServer(t *testing.T) {
	one, two := edgetest.Open(t), edgetest.Open(t)
	alice, bob := newUser(t, "1001", one, two), newUser(t, "1002", one, two)
	mine, theirs := talk(alice, bob, "1002")
	bob.says(theirs, 900)
	alice.hears(mine, 900)
	one.Close()
	for _, u := range []*user{alice, bob} {
		for !u.Registered() || u.Phone.Call().Reconnecting() {
			select {
			case <-u.ctx.Done():
				t.Fatal("the phone does not come back")
			case <-time.After(20 * time.Millisecond):
			}
		}
	}
	alice.hears(mine, 900)
	// Requests within the call go by the other server now.
	alice.must(mine.Hold(alice.ctx))
	alice.must(mine.Unhold(alice.ctx))
	alice.hears(mine, 900)
	alice.must(mine.Hangup(alice.ctx))
	if record := <-bob.records; record.EndedBy != "remote" || record.SIPCode != 200 {
		t.Errorf("%+v", record)
	}
}

func TestACallIsTransferred(t *testing.T) {
	p := edgetest.Open(t)
	alice, bob, carol := newUser(t, "1001", p), newUser(t, "1002", p), newUser(t, "1003", p)
	mine, theirs := talk(alice, bob, "1002")
	_ = theirs
	done := make(chan error, 1)
	go func() { done <- mine.Transfer(alice.ctx, "1003") }()
	call := carol.rings()
	carol.must(call.Answer(carol.ctx))
	alice.must(<-done)
	carol.says(call, 600)
	bob.hears(bob.Phone.Call(), 600)
}

func TestTwoCallsAreJoined(t *testing.T) {
	p := edgetest.Open(t)
	alice, bob, carol := newUser(t, "1001", p), newUser(t, "1002", p), newUser(t, "1003", p)
	first, _ := talk(alice, bob, "1002")
	second, third := talk(alice, carol, "1003")
	_ = third
	alice.must(first.TransferTo(alice.ctx, second))
	if calls := alice.Calls(); len(calls) > 1 {
		t.Errorf("%d calls are left", len(calls))
	}
	for carol.Phone.Call() == nil || carol.Phone.Call() == third {
		select {
		case <-carol.ctx.Done():
			t.Fatal("the call was not taken over")
		case <-time.After(20 * time.Millisecond):
		}
	}
	carol.says(carol.Phone.Call(), 600)
	bob.hears(bob.Phone.Call(), 600)
}
