package phone

import (
	"context"
	"errors"
	"testing"
	"time"

	"webphone/internal/sip"
)

func TestACallIsMadeAnsweredAndHungUp(t *testing.T) {
	b := newBench(t, testAccount)
	b.register()
	call, _ := b.call()
	if call.State() != StateActive || call.From != "1001" || call.To != "1002" {
		t.Errorf("%s from %s to %s", call.State(), call.From, call.To)
	}
	b.advance(90 * time.Second)
	result := b.go_(call.Hangup)
	b.reply(b.request(sip.BYE), 200, "")
	if err := result(); err != nil {
		t.Fatal(err)
	}
	record, _ := call.CDR()
	if record.Duration != 90 || record.SIPCode != 200 || record.EndedBy != "local" || record.Reason != "Hung up" || record.Codec != "PCMU" || record.Quality.MOS != 4.2 {
		t.Errorf("%+v", record)
	}
	if got, want := b.names(), "registered, answer, end"; got != want {
		t.Errorf("events %s, want %s", got, want)
	}
	if !b.peer().closed {
		t.Error("the media goes on")
	}
}

func TestACallThatComesInRingsAndIsAnswered(t *testing.T) {
	b := newBench(t, testAccount)
	b.register()
	invite := b.invite(farSDP)
	b.give(invite)
	b.response(180)
	call := b.phone.Call()
	if call.From != "1002" || call.To != "1001" || call.DisplayName != "Bob" || call.Direction != Inbound || call.State() != StateRingingIn {
		t.Errorf("%+v", call)
	}
	result := b.go_(b.phone.Answer)
	ok := b.response(200)
	if len(ok.Body()) == 0 {
		t.Error("the 200 has no answer")
	}
	// Unacknowledged, it is repeated.
	b.advance(time.Second)
	if again := b.response(200); again.To().Value() != ok.To().Value() {
		t.Error("the 200 came again with another tag")
	}
	b.ack(invite, ok, "")
	if err := result(); err != nil {
		t.Fatal(err)
	}
	b.advance(5 * time.Second)
	b.silence()
	bye := b.within(invite, sip.BYE, 2)
	bye.From().Params = invite.From().Params
	bye.To().Params = ok.To().Params
	b.give(bye)
	b.response(200)
	if record, _ := call.CDR(); record.EndedBy != "remote" || record.Duration != 6 {
		t.Errorf("%+v", record)
	}
	if got, want := b.names(), "registered, ringingin, answer, end"; got != want {
		t.Errorf("events %s, want %s", got, want)
	}
}

func TestARefusedCallTellsWhy(t *testing.T) {
	b := newBench(t, testAccount)
	b.register()
	var call *Call
	result := b.go_(func(ctx context.Context) (err error) {
		call, err = b.phone.MakeCall(ctx, "1002")
		return err
	})
	invite := b.request(sip.INVITE)
	b.reply(invite, 180, "")
	b.reply(invite, 486, "")
	b.request(sip.ACK)
	if err := result(); err != nil {
		t.Fatal(err)
	}
	if err := call.WaitAnswered(t.Context()); !errors.Is(err, ErrBusy) {
		t.Error(err)
	}
	if record, _ := call.CDR(); record.SIPCode != 486 || record.AnswerTime != nil || record.RingTime == nil {
		t.Errorf("%+v", record)
	}
	if got, want := b.names(), "registered, ringingout 180, end"; got != want {
		t.Errorf("events %s, want %s", got, want)
	}
}

func TestHoldIsAgreedByReInvite(t *testing.T) {
	b := newBench(t, testAccount)
	b.register()
	call, _ := b.call()
	result := b.go_(call.Hold)
	reinvite := b.request(sip.INVITE)
	if call.State() != StateActive {
		t.Error("held before the other side agreed")
	}
	b.reply(reinvite, 200, farSDP)
	b.request(sip.ACK)
	if err := result(); err != nil || call.State() != StateHeld {
		t.Errorf("%v, %s", err, call.State())
	}
	if err := b.phone.Hold(t.Context()); err != nil {
		t.Error(err)
	}
	b.silence()
}

func TestAGlareIsTriedAgainLater(t *testing.T) {
	b := newBench(t, testAccount)
	b.register()
	call, _ := b.call()
	result := b.go_(call.Hold)
	b.reply(b.request(sip.INVITE), 491, "")
	b.request(sip.ACK)
	b.advance(2 * time.Second)
	b.silence()
	b.advance(2 * time.Second)
	b.reply(b.request(sip.INVITE), 200, farSDP)
	b.request(sip.ACK)
	if err := result(); err != nil {
		t.Error(err)
	}
}

func TestTheLossOfAConnectionEndsNoCallThatIsUp(t *testing.T) {
	config := testAccount
	config.Servers = []string{"wss://one.example.com/sip", "wss://two.example.com/sip"}
	b := newBench(t, config)
	b.register()
	call, _ := b.call()
	b.silent["wss://one.example.com/sip"] = true
	b.cut()
	if !call.Reconnecting() || call.State() != StateActive {
		t.Errorf("reconnecting %v, %s", call.Reconnecting(), call.State())
	}
	b.advance(10 * time.Millisecond)
	req := b.request(sip.REGISTER)
	if url := b.conn().url; url != config.Servers[1] {
		t.Errorf("registers at %s", url)
	}
	b.reply(req, 200, "", sip.NewHeader("Contact", req.Contact().Value()))
	b.advance(time.Second)
	b.reply(b.request(sip.INVITE), 200, farSDP)
	b.request(sip.ACK)
	b.settle()
	if call.Reconnecting() {
		t.Error("the other side knows, and the call still says that it reconnects")
	}
	if got, want := b.names(), "registered, answer, unregistered, registered"; got != want {
		t.Errorf("events %s, want %s", got, want)
	}
}
