package phone

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"webphone/internal/sip"
)

// press presses a digit in a call whose other side takes no telephone events.
func press(b *bench, call *Call, digit rune, status int) error {
	b.t.Helper()
	result := b.go_(func(ctx context.Context) error { return call.DialpadPress(ctx, digit) })
	info := b.request(sip.INFO)
	if kind := headerValue(info, "Content-Type"); kind != "application/dtmf-relay" {
		b.t.Errorf("the digit came as %s", kind)
	}
	if body := string(info.Body()); body != fmt.Sprintf("Signal=%c\r\nDuration=160\r\n", digit) {
		b.t.Errorf("the digit is %q", body)
	}
	b.reply(info, status, "")
	return result()
}

func TestDigitsGoByINFOWhereThereAreNoTelephoneEvents(t *testing.T) {
	b := newBench(t, testAccount)
	call, _ := b.call()
	b.peer().noEvents = true
	for _, digit := range "0#D" {
		if err := press(b, call, digit, 200); err != nil {
			t.Error(err)
		}
	}
	if err := press(b, call, '1', 415); !errors.Is(err, ErrUnsupported) {
		t.Errorf("a refused digit: %v", err)
	}
	for _, digit := range []rune{'E', 'a', ' ', -1, 0xfffd, '٣'} {
		if err := call.DialpadPress(context.Background(), digit); !errors.Is(err, ErrUnsupported) {
			t.Errorf("%q: %v", digit, err)
		}
	}
	b.silence()
}

func TestADigitThatWaitsIsNotSentOnceItsContextIsOver(t *testing.T) {
	b := newBench(t, testAccount)
	call, _ := b.call()
	b.peer().noEvents = true
	first := b.go_(func(ctx context.Context) error { return call.DialpadPress(ctx, '1') })
	info := b.request(sip.INFO)
	ctx, cancel := context.WithCancel(context.Background())
	second := b.go_(func(context.Context) error { return call.DialpadPress(ctx, '2') })
	cancel()
	if err := second(); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	b.reply(info, 200, "")
	if err := first(); err != nil {
		t.Error(err)
	}
	b.silence()
}

func TestDigitsThatComeByINFOAreTold(t *testing.T) {
	b := newBench(t, testAccount)
	_, invite := b.call()
	b.took()
	number := uint32(0)
	for _, c := range []struct{ kind, body, want string }{
		{"application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", "5"},
		{"application/dtmf-relay", "signal= b\nDuration=1", "B"},
		{"APPLICATION/DTMF", "#", "#"},
		{"application/dtmf", "55", ""},
		{"application/dtmf-relay", "Duration=160", ""},
		{"text/plain", "5", ""},
		{"application/dtmf", strings.Repeat(" ", 300) + "5", ""},
	} {
		number++
		info := b.within(invite, sip.INFO, number)
		kind := sip.ContentTypeHeader(c.kind)
		info.AppendHeader(&kind)
		info.SetBody([]byte(c.body))
		b.give(info)
		b.response(200)
		got := ""
		for _, e := range b.took() {
			got += string(e.arg.(rune))
		}
		if got != c.want {
			t.Errorf("%s %q: %q was told, want %q", c.kind, c.body, got, c.want)
		}
	}
}

func TestTheOtherSideHoldsAndResumes(t *testing.T) {
	b := newBench(t, testAccount)
	call, invite := b.call()
	for i, held := range []bool{true, false} {
		req := b.within(invite, sip.INVITE, uint32(i+1))
		sdp := farSDP
		if held {
			sdp += "a=sendonly\r\n"
		}
		setBody(req, sdp)
		b.give(req)
		b.ack(req, b.response(200), "")
		if call.RemoteHeld() != held || call.State() != StateActive {
			t.Errorf("held: %v, told as %v in state %s", held, call.RemoteHeld(), call.State())
		}
	}
}

func TestAnInvitationMayTakeACallOver(t *testing.T) {
	b := newBench(t, testAccount)
	old, invite := b.call()
	b.took()
	tag := invite.From().Params.GetOr("tag", "")
	b.give(b.invite(farSDP, sip.NewHeader("Replaces", invite.CallID().Value()+"; to-tag="+tag+";from-tag=far")))
	var ok *sip.Response
	for ok == nil {
		switch msg := b.next().(type) {
		case nil:
			t.Fatal("the call was not taken over")
		case *sip.Request:
			if msg.Method != sip.BYE {
				t.Fatalf("the phone sent\n%s", msg)
			}
			b.reply(msg, 200, "")
		case *sip.Response:
			if msg.StatusCode == 200 {
				ok = msg
			}
		}
	}
	if _, over := old.CDR(); !over {
		t.Error("the call that was taken over is up")
	}
	if calls := b.phone.Calls(); len(calls) != 1 || calls[0].State() != StateActive {
		t.Errorf("the calls are %v", calls)
	}
	if names := b.names(); names != "end, answer" {
		t.Errorf("the events were %s", names)
	}
}

func TestATransferThatTheTargetNeverAnswersFails(t *testing.T) {
	b := newBench(t, testAccount)
	call, _ := b.call()
	result := b.go_(func(ctx context.Context) error { return call.Transfer(ctx, "1003") })
	b.reply(b.request(sip.REFER), 202, "")
	if err := call.Transfer(context.Background(), "1004"); !errors.Is(err, ErrBusy) {
		t.Errorf("a second transfer: %v", err)
	}
	b.advance(transferLimit)
	if err := result(); !errors.Is(err, ErrTimeout) {
		t.Error(err)
	}
	if call.State() != StateActive {
		t.Errorf("the call is %s", call.State())
	}
	for _, address := range []string{"", "a b", strings.Repeat("1", maxAddress+1)} {
		if err := call.Transfer(context.Background(), address); !errors.Is(err, ErrUnsupported) {
			t.Errorf("%.20q: %v", address, err)
		}
	}
}

func TestReliableEarlyMediaIsAcknowledgedAndHeard(t *testing.T) {
	b := newBench(t, testAccount)
	result := b.go_(func(ctx context.Context) error { _, err := b.phone.MakeCall(ctx, "1002"); return err })
	invite := b.request(sip.INVITE)
	if err := result(); err != nil {
		t.Fatal(err)
	}
	headers := []sip.Header{sip.NewHeader("Require", "100rel"), sip.NewHeader("RSeq", "7")}
	b.reply(invite, 183, farSDP, headers...)
	prack := b.request(sip.PRACK)
	if rack := headerValue(prack, "RAck"); rack != fmt.Sprintf("7 %d INVITE", invite.CSeq().SeqNo) {
		t.Errorf("RAck is %s", rack)
	}
	b.reply(prack, 200, "")
	if got := b.peer().answered; len(got) != 1 || got[0] != farSDP {
		t.Errorf("the media were told %q", got)
	}
	// A copy, and one out of order.
	b.reply(invite, 183, farSDP, headers...)
	b.reply(invite, 183, farSDP, sip.NewHeader("Require", "100rel"), sip.NewHeader("RSeq", "9"))
	b.silence()
	// Forks without end.
	sent := 0
	for i := range 50 {
		b.replyAs(fmt.Sprint("fork", i), invite, 183, farSDP, sip.NewHeader("Require", "100rel"), sip.NewHeader("RSeq", "1"))
		for b.next() != nil {
			sent++
		}
	}
	if sent >= maxTargets {
		t.Errorf("%d forks were acknowledged", sent)
	}
}

func TestEarlyMediaIsHeardBeforeTheAnswer(t *testing.T) {
	b := newBench(t, testAccount)
	result := b.go_(func(ctx context.Context) error { _, err := b.phone.MakeCall(ctx, "1002"); return err })
	invite := b.request(sip.INVITE)
	if err := result(); err != nil {
		t.Fatal(err)
	}
	b.reply(invite, 183, farSDP)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	// What can be said is told by the codec that was agreed early.
	if err := b.phone.Call().Play(ctx, Silence(20*time.Millisecond)); err != nil {
		t.Error(err)
	}
}
