package sip_test

import (
	"errors"
	"testing"
	"time"

	"webphone/internal/sip"
	"webphone/internal/sip/siptest"
)

func TestTimerADoublesUntilTimerBEndsAnUnansweredInvite(t *testing.T) {
	b := newBench(t, "UDP")
	b.request(sip.INVITE)
	b.sends("INVITE", t1, 2*t1, 4*t1, 8*t1, 16*t1, 32*t1)
	b.clock.Advance(t1 - 1)
	b.heard()
	b.clock.Advance(1)
	b.sent()
	b.heard("timeout", "terminated")
	b.quiet()
}

func TestAnInviteOverAReliableTransportIsSentOnceAndTimerBStillRuns(t *testing.T) {
	b := newBench(t, "WSS")
	b.request(sip.INVITE)
	b.clock.Advance(64*t1 - 1)
	b.sent()
	b.heard()
	b.clock.Advance(1)
	b.heard("timeout", "terminated")
	b.quiet()
}

func TestAProvisionalResponseStopsTimersAAndB(t *testing.T) {
	b := newBench(t, "UDP")
	tx := b.request(sip.INVITE)
	b.respondTo(tx, 180)
	b.respondTo(tx, 183)
	b.clock.Advance(time.Hour)
	b.sent()
	b.heard("180", "183")
}

func TestARefusedInviteIsAcknowledgedAgainForEachCopyUntilTimerD(t *testing.T) {
	b := newBench(t, "UDP")
	tx := b.request(sip.INVITE)
	b.respondTo(tx, 486)
	b.heard("486")
	ack := b.sent("ACK")[0].(*sip.Request)
	b.clock.Advance(64*t1 - 1)
	b.respondTo(tx, 486)
	b.sent("ACK")
	b.heard()
	b.clock.Advance(1)
	b.heard("terminated")
	b.quiet()

	invite := tx.Request()
	for what, equal := range map[string]bool{
		"Request-URI": ack.Recipient.String() == invite.Recipient.String(),
		"Via":         len(ack.GetHeaders("Via")) == 1 && ack.Via().Value() == invite.Via().Value(),
		"Route":       ack.Route().Value() == invite.Route().Value(),
		"From":        ack.From().Value() == invite.From().Value(),
		"Call-ID":     ack.CallID().Value() == invite.CallID().Value(),
		"CSeq":        ack.CSeq().Value() == "7 ACK",
		"To":          ack.To().Params.Has("tag"),
	} {
		if !equal {
			t.Errorf("the ACK's %s is not what RFC 3261 §17.1.1.3 asks for:\n%s", what, ack)
		}
	}
}

func TestTimerDIsZeroOverAReliableTransport(t *testing.T) {
	b := newBench(t, "WS")
	tx := b.request(sip.INVITE)
	b.respondTo(tx, 603)
	b.sent("ACK")
	b.heard("603", "terminated")
	b.quiet()
}

func TestEach2xxToAnInviteIsPassedUpUntilTimerM(t *testing.T) {
	for _, transport := range []string{"UDP", "WSS"} {
		b := newBench(t, transport)
		tx := b.request(sip.INVITE)
		b.respondTo(tx, 200)
		b.respondTo(tx, 200)
		b.respondTo(tx, 486)
		b.respondTo(tx, 180)
		b.clock.Advance(64*t1 - 1)
		b.respondTo(tx, 200)
		b.sent()
		b.heard("200", "200", "200")
		b.clock.Advance(1)
		b.heard("terminated")
		b.quiet()
		b.respondTo(tx, 200)
		b.heard("stray 200")
	}
}

func TestTimerEDoublesUpToT2UntilTimerF(t *testing.T) {
	b := newBench(t, "UDP")
	b.request(sip.OPTIONS)
	b.sends("OPTIONS", t1, 2*t1, 4*t1, 8*t1, 8*t1, 8*t1, 8*t1, 8*t1, 8*t1, 8*t1)
	b.clock.Advance(t1)
	b.sent()
	b.heard("timeout", "terminated")
	b.quiet()
}

func TestAProvisionalResponseSlowsTimerEToT2AndTimerFRunsOn(t *testing.T) {
	b := newBench(t, "UDP")
	tx := b.request(sip.OPTIONS)
	b.respondTo(tx, 100)
	b.sends("OPTIONS", t1, 8*t1, 8*t1)
	b.clock.Advance(64 * t1)
	b.heard("100", "timeout", "terminated")
	b.conn.Take()
	b.quiet()
}

func TestARequestOverAReliableTransportIsSentOnceAndTimerFEndsIt(t *testing.T) {
	b := newBench(t, "WSS")
	b.request(sip.REGISTER)
	b.clock.Advance(64*t1 - 1)
	b.sent()
	b.heard()
	b.clock.Advance(1)
	b.heard("timeout", "terminated")
	b.quiet()
}

func TestTimerKAbsorbsCopiesOfTheAnswerWhereMessagesAreLost(t *testing.T) {
	b := newBench(t, "UDP")
	tx := b.request(sip.OPTIONS)
	b.respondTo(tx, 200)
	b.clock.Advance(5*time.Second - 1)
	b.respondTo(tx, 200)
	b.sent()
	b.heard("200")
	b.clock.Advance(1)
	b.heard("terminated")
	b.quiet()

	b = newBench(t, "WSS")
	tx = b.request(sip.OPTIONS)
	b.respondTo(tx, 404)
	b.heard("404", "terminated")
	b.quiet()
}

func TestACancelWaitsForTheFirstProvisionalResponse(t *testing.T) {
	b := newBench(t, "WSS")
	tx := b.request(sip.INVITE)
	tx.Cancel(sip.NewHeader("Reason", `SIP;cause=200;text="Call completed elsewhere"`))
	b.sent()
	b.respondTo(tx, 100)
	cancel := b.sent("CANCEL")[0].(*sip.Request)
	tx.Cancel()
	b.respondTo(tx, 180)
	b.sent()
	b.heard("100", "180")

	invite := tx.Request()
	for what, equal := range map[string]bool{
		"Request-URI": cancel.Recipient.String() == invite.Recipient.String(),
		"Via":         len(cancel.GetHeaders("Via")) == 1 && cancel.Via().Value() == invite.Via().Value(),
		"Route":       cancel.Route().Value() == invite.Route().Value(),
		"From":        cancel.From().Value() == invite.From().Value(),
		"To":          cancel.To().Value() == invite.To().Value(),
		"CSeq":        cancel.CSeq().Value() == "7 CANCEL",
		"Reason":      cancel.GetHeader("Reason") != nil,
	} {
		if !equal {
			t.Errorf("the CANCEL's %s is not what RFC 3261 §9.1 asks for:\n%s", what, cancel)
		}
	}

	b.layer.Receive(b.conn, sip.NewResponse(cancel, 200, ""))
	b.respondTo(tx, 487)
	b.sent("ACK")
	b.heard("487", "terminated")
	b.quiet()
}

func TestACancelledInviteWithoutFinalResponseEndsAfter64T1(t *testing.T) {
	b := newBench(t, "WSS")
	tx := b.request(sip.INVITE)
	b.respondTo(tx, 180)
	b.clock.Advance(time.Hour)
	tx.Cancel()
	b.sent("CANCEL")
	b.clock.Advance(64*t1 - 1)
	b.heard("180")
	b.clock.Advance(1)
	b.heard("timeout", "terminated")
	b.quiet()
}

func TestAnAnsweredRequestIsNotCancelled(t *testing.T) {
	b := newBench(t, "WSS")
	tx := b.request(sip.INVITE)
	tx.Cancel()
	b.respondTo(tx, 200)
	tx.Cancel()
	b.respondTo(tx, 180)
	b.sent()

	b = newBench(t, "WSS")
	tx = b.request(sip.OPTIONS)
	b.respondTo(tx, 100)
	tx.Cancel()
	b.sent()
}

func TestAClosedConnectionFailsTheRequestsThatWaitOnIt(t *testing.T) {
	b := newBench(t, "WSS")
	tx := b.request(sip.INVITE)
	b.respondTo(tx, 180)
	b.layer.ConnClosed(siptest.NewConn("other", "WSS"))
	b.heard("180")
	b.layer.ConnClosed(b.conn)
	b.heard("transport error: "+sip.ErrConnClosed.Error(), "terminated")
	b.quiet()
}

func TestAnAnsweredInviteOutlivesItsConnection(t *testing.T) {
	b := newBench(t, "WSS")
	tx := b.request(sip.INVITE)
	b.respondTo(tx, 200)
	b.layer.ConnClosed(b.conn)
	b.heard("200")
	b.clock.Advance(64 * t1)
	b.heard("terminated")
	b.quiet()
}

func TestAnAnswerOverAnotherConnectionIsTaken(t *testing.T) {
	b := newBench(t, "WSS")
	tx := b.request(sip.INVITE)
	b.layer.Receive(siptest.NewConn("next", "WSS"), sip.NewResponse(tx.Request(), 200, ""))
	b.heard("200")
}

func TestAResponseToAnotherBranchOrMethodIsStray(t *testing.T) {
	b := newBench(t, "WSS")
	b.request(sip.INVITE)
	b.layer.Receive(b.conn, sip.NewResponse(request(t, sip.INVITE, "z9hG4bKother"), 200, ""))
	b.layer.Receive(b.conn, sip.NewResponse(request(t, sip.BYE, ""), 200, ""))
	b.heard("stray 200", "stray 200")
}

func TestARequestThatCannotBeSentIsAnErrorAndCallsNothing(t *testing.T) {
	b := newBench(t, "WSS")
	b.conn.Close("gone")
	never := func() { t.Error("a handler was called") }
	handler := sip.ClientHandler{OnTimeout: never, OnTerminated: never}
	if _, err := b.layer.Request(b.conn, request(t, sip.INVITE, ""), handler); !errors.Is(err, sip.ErrConnClosed) {
		t.Errorf("Request returned %v", err)
	}
	b.quiet()
	for what, req := range map[string]*sip.Request{
		"an ACK":                     request(t, sip.ACK, ""),
		"a branch without cookie":    request(t, sip.INVITE, "1"),
		"the cookie alone as branch": request(t, sip.INVITE, sip.MagicCookie),
	} {
		if _, err := b.layer.Request(siptest.NewConn("b", "WSS"), req, handler); err == nil {
			t.Errorf("%s started a transaction", what)
		}
	}
	b.quiet()
}

func TestASecondTransactionWithTheSameBranchIsRefused(t *testing.T) {
	b := newBench(t, "WSS")
	b.request(sip.INVITE)
	if _, err := b.layer.Request(b.conn, request(t, sip.INVITE, ""), sip.ClientHandler{}); err == nil {
		t.Error("two transactions share a branch")
	}
}

func TestTransportErrorDuringRetransmissionEndsTheTransaction(t *testing.T) {
	b := newBench(t, "UDP")
	b.request(sip.INVITE)
	b.conn.Fail(errors.New("unreachable"))
	b.clock.Advance(t1)
	b.heard("transport error: unreachable", "terminated")
	b.quiet()
}

func TestCloseEndsAllTransactions(t *testing.T) {
	b := newBench(t, "UDP")
	b.request(sip.INVITE)
	b.layer.Receive(b.conn, request(t, sip.OPTIONS, "z9hG4bKin"))
	b.layer.Close()
	b.heard("request OPTIONS", "terminated", "terminated")
	b.quiet()
	b.layer.Receive(b.conn, request(t, sip.OPTIONS, "z9hG4bKlate"))
	b.heard()
	if _, err := b.layer.Request(b.conn, request(t, sip.INVITE, ""), sip.ClientHandler{}); !errors.Is(err, sip.ErrLayerClosed) {
		t.Errorf("Request after Close returned %v", err)
	}
}

func TestAHandlerMayUseTheTransactionThatCallsIt(t *testing.T) {
	b := newBench(t, "WSS")
	var tx *sip.ClientTransaction
	var order []int
	tx, err := b.layer.Request(b.conn, request(t, sip.INVITE, ""), sip.ClientHandler{
		OnResponse: func(res *sip.Response) {
			order = append(order, res.StatusCode)
			if res.StatusCode == 180 {
				tx.Cancel()
				b.respondTo(tx, 487)
			}
			order = append(order, res.StatusCode)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	b.respondTo(tx, 180)
	if want := []int{180, 180, 487, 487}; len(order) != 4 || order[1] != 180 || order[2] != 487 {
		t.Errorf("events came as %v, want %v", order, want)
	}
}
