package sip_test

import (
	"errors"
	"testing"
	"time"

	"webphone/internal/sip"
	"webphone/internal/sip/siptest"
)

func (b *bench) receive(req *sip.Request) *sip.ServerTransaction {
	b.t.Helper()
	b.layer.Receive(b.conn, req)
	return b.tx
}

func (b *bench) respond(status int) {
	b.t.Helper()
	if err := b.tx.Respond(sip.NewResponse(b.tx.Request(), status, "")); err != nil {
		b.t.Fatal(err)
	}
}

// ack is the ACK that the sender of the INVITE sends for a refusal.
func (b *bench) ack(branch string) *sip.Request {
	ack := request(b.t, sip.ACK, branch)
	ack.To().Params.Add("tag", sip.NewResponse(b.tx.Request(), 486, "").To().Params.GetOr("tag", ""))
	return ack
}

func TestARetransmittedInviteGetsTheLastProvisionalResponse(t *testing.T) {
	b := newBench(t, "UDP")
	b.receive(request(t, sip.INVITE, ""))
	b.receive(request(t, sip.INVITE, ""))
	b.sent()
	b.respond(100)
	b.respond(180)
	b.receive(request(t, sip.INVITE, ""))
	b.sent("100 INVITE", "180 INVITE", "180 INVITE")
	b.heard("request INVITE")
}

func TestTimerGDoublesUpToT2UntilTimerHGivesUpWaitingForTheAck(t *testing.T) {
	b := newBench(t, "UDP")
	b.receive(request(t, sip.INVITE, ""))
	b.respond(486)
	b.sent("486 INVITE")
	b.sends("486 INVITE", t1, 2*t1, 4*t1, 8*t1, 8*t1)
	b.receive(request(t, sip.INVITE, ""))
	b.sent("486 INVITE")
	b.sends("486 INVITE", 8*t1, 8*t1, 8*t1, 8*t1, 8*t1)
	b.heard("request INVITE")
	b.clock.Advance(t1)
	b.sent()
	b.heard("terminated")
	b.quiet()
}

func TestARefusalOverAReliableTransportIsSentOnceAndTimerHStillRuns(t *testing.T) {
	b := newBench(t, "WSS")
	b.receive(request(t, sip.INVITE, ""))
	b.respond(486)
	b.sent("486 INVITE")
	b.clock.Advance(64*t1 - 1)
	b.sent()
	b.heard("request INVITE")
	b.clock.Advance(1)
	b.heard("terminated")
	b.quiet()
}

func TestTheAckOfARefusalStopsTimerGAndIsAbsorbedUntilTimerI(t *testing.T) {
	b := newBench(t, "UDP")
	b.receive(request(t, sip.INVITE, ""))
	b.respond(486)
	b.receive(b.ack(""))
	b.sent("486 INVITE")
	b.clock.Advance(5*time.Second - 1)
	b.receive(b.ack(""))
	b.receive(request(t, sip.INVITE, ""))
	b.sent()
	b.heard("request INVITE")
	b.clock.Advance(1)
	b.heard("terminated")
	b.quiet()
}

func TestTimerIIsZeroOverAReliableTransport(t *testing.T) {
	b := newBench(t, "WSS")
	b.receive(request(t, sip.INVITE, ""))
	b.respond(404)
	b.receive(b.ack(""))
	b.heard("request INVITE", "terminated")
	b.quiet()
}

func TestAfterA2xxTheInviteIsAbsorbedAndMore2xxMayFollowUntilTimerL(t *testing.T) {
	for _, transport := range []string{"UDP", "WSS"} {
		b := newBench(t, transport)
		b.receive(request(t, sip.INVITE, ""))
		b.respond(200)
		b.receive(request(t, sip.INVITE, ""))
		b.sent("200 INVITE")
		b.clock.Advance(64*t1 - 1)
		b.respond(200)
		b.sent("200 INVITE")
		if err := b.tx.Respond(sip.NewResponse(b.tx.Request(), 486, "")); !errors.Is(err, sip.ErrFinalSent) {
			t.Errorf("a refusal after a 2xx returned %v", err)
		}
		b.heard("request INVITE")
		b.clock.Advance(1)
		b.heard("terminated")
		b.quiet()
		if err := b.tx.Respond(sip.NewResponse(b.tx.Request(), 200, "")); !errors.Is(err, sip.ErrTerminated) {
			t.Errorf("a 2xx after Timer L returned %v", err)
		}
	}
}

func TestTheAckOfA2xxIsPassedUp(t *testing.T) {
	b := newBench(t, "WSS")
	b.receive(request(t, sip.INVITE, ""))
	b.respond(200)
	b.receive(request(t, sip.ACK, "z9hG4bKanother"))
	b.receive(b.ack(""))
	b.heard("request INVITE", "request ACK", "request ACK")
}

func TestARetransmittedRequestGetsTheLastAnswerUntilTimerJ(t *testing.T) {
	b := newBench(t, "UDP")
	b.receive(request(t, sip.OPTIONS, ""))
	b.receive(request(t, sip.OPTIONS, ""))
	b.sent()
	b.respond(100)
	b.receive(request(t, sip.OPTIONS, ""))
	b.respond(200)
	b.sent("100 OPTIONS", "100 OPTIONS", "200 OPTIONS")
	b.clock.Advance(64*t1 - 1)
	b.receive(request(t, sip.OPTIONS, ""))
	b.sent("200 OPTIONS")
	if err := b.tx.Respond(sip.NewResponse(b.tx.Request(), 404, "")); !errors.Is(err, sip.ErrFinalSent) {
		t.Errorf("a second final response returned %v", err)
	}
	b.heard("request OPTIONS")
	b.clock.Advance(1)
	b.heard("terminated")
	b.quiet()
}

func TestTimerJIsZeroOverAReliableTransport(t *testing.T) {
	b := newBench(t, "WSS")
	b.receive(request(t, sip.OPTIONS, ""))
	b.respond(200)
	b.heard("request OPTIONS", "terminated")
	b.quiet()
}

func TestACancelIsAnsweredAndPassedToItsInvite(t *testing.T) {
	b := newBench(t, "WSS")
	tx := b.receive(request(t, sip.INVITE, ""))
	tx.OnCancel(func(cancel *sip.Request) { b.note("cancelled by %s", cancel.Method); b.respond(487) })
	b.receive(request(t, sip.CANCEL, ""))
	messages := b.sent("200 CANCEL", "487 INVITE")
	b.heard("request INVITE", "cancelled by CANCEL")
	if one, other := messages[0].To().Value(), messages[1].To().Value(); one != other {
		t.Errorf("the answers to CANCEL and INVITE differ in their To tag: %s and %s", one, other)
	}
	b.receive(b.ack(""))
	b.heard("terminated")
	b.quiet()
}

func TestACancelThatComesBeforeOnCancelIsKept(t *testing.T) {
	b := newBench(t, "WSS")
	tx := b.receive(request(t, sip.INVITE, ""))
	b.receive(request(t, sip.CANCEL, ""))
	tx.OnCancel(func(*sip.Request) { b.note("cancelled") })
	b.heard("request INVITE", "cancelled")
}

func TestACancelAfterTheFinalResponseHasNoEffect(t *testing.T) {
	b := newBench(t, "WSS")
	tx := b.receive(request(t, sip.INVITE, ""))
	tx.OnCancel(func(*sip.Request) { b.note("cancelled") })
	b.respond(200)
	b.receive(request(t, sip.CANCEL, ""))
	b.sent("200 INVITE", "200 CANCEL")
	b.heard("request INVITE")
}

func TestACancelOfNothingIsAnswered481(t *testing.T) {
	b := newBench(t, "WSS")
	b.receive(request(t, sip.INVITE, ""))
	b.receive(request(t, sip.CANCEL, "z9hG4bKother"))
	b.sent("481 CANCEL")
	b.heard("request INVITE")
}

func TestOnePeerCannotCancelTheInviteOfAnother(t *testing.T) {
	b := newBench(t, "WSS")
	tx := b.receive(request(t, sip.INVITE, ""))
	tx.OnCancel(func(*sip.Request) { b.note("cancelled") })
	other := siptest.NewConn("b", "WSS")
	b.layer.Receive(other, request(t, sip.CANCEL, ""))
	b.heard("request INVITE")
	if res := other.Take()[0].(*sip.Response); res.StatusCode != 481 {
		t.Errorf("the stranger was answered %d", res.StatusCode)
	}
}

func TestRequestsWithoutABranchOfRFC3261AreMatchedAsInRFC2543(t *testing.T) {
	for _, branch := range []string{"1", sip.MagicCookie} {
		b := newBench(t, "UDP")
		b.receive(request(t, sip.INVITE, branch))
		b.receive(request(t, sip.INVITE, branch))
		b.heard("request INVITE")
		another := request(t, sip.INVITE, branch)
		id := sip.CallIDHeader("another")
		another.ReplaceHeader(&id)
		b.receive(another)
		b.heard("request INVITE")

		b = newBench(t, "UDP")
		b.receive(request(t, sip.INVITE, branch))
		b.respond(486)
		b.sent("486 INVITE")
		b.receive(request(t, sip.ACK, branch))
		b.sends("486 INVITE", t1)
		b.receive(b.ack(branch))
		b.clock.Advance(5 * time.Second)
		b.sent()
		b.heard("request INVITE", "terminated")
		b.quiet()
	}
}

func TestAServerTransactionOutlivesItsConnectionToTheEndOfItsTimers(t *testing.T) {
	b := newBench(t, "UDP")
	b.receive(request(t, sip.INVITE, ""))
	b.conn.Close("gone")
	b.layer.ConnClosed(b.conn)
	if err := b.tx.Respond(sip.NewResponse(b.tx.Request(), 486, "")); !errors.Is(err, sip.ErrConnClosed) {
		t.Errorf("Respond returned %v", err)
	}
	b.clock.Advance(64*t1 - 1)
	b.sent()
	b.heard("request INVITE")
	b.clock.Advance(1)
	b.heard("terminated")
	b.quiet()
}

func TestRequestsBeyondMaxTransactionsAreAnswered503(t *testing.T) {
	conn := siptest.NewConn("a", "WSS")
	layer, err := sip.NewLayer(sip.LayerConfig{
		MaxTransactions: 1,
		Clock:           siptest.NewClock(),
		OnRequest:       func(*sip.ServerTransaction, sip.Conn, *sip.Request) {},
	})
	if err != nil {
		t.Fatal(err)
	}
	layer.Receive(conn, request(t, sip.INVITE, "z9hG4bK1"))
	layer.Receive(conn, request(t, sip.INVITE, "z9hG4bK2"))
	res := conn.Take()[0].(*sip.Response)
	if res.StatusCode != 503 || res.GetHeader("Retry-After") == nil {
		t.Errorf("the request too many was answered\n%s", res)
	}
	if _, err := layer.Request(conn, request(t, sip.OPTIONS, "z9hG4bK3"), sip.ClientHandler{}); !errors.Is(err, sip.ErrTooManyTransactions) {
		t.Errorf("Request returned %v", err)
	}
	layer.Receive(conn, request(t, sip.CANCEL, "z9hG4bK1"))
	if res := conn.Take()[0].(*sip.Response); res.StatusCode != 200 {
		t.Errorf("the CANCEL of a known INVITE was answered %d", res.StatusCode)
	}
}

func TestALayerNeedsSomebodyToTakeItsRequests(t *testing.T) {
	if _, err := sip.NewLayer(sip.LayerConfig{}); err == nil {
		t.Error("a layer without OnRequest was made")
	}
}
