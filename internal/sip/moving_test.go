package sip_test

import (
	"testing"

	"webphone/internal/sip"
	"webphone/internal/sip/siptest"
)

// A peer's connection ends, and it goes on over another.

// survivor sends an INVITE whose transaction outlives its connection.
func (b *bench) survivor() *sip.ClientTransaction {
	b.t.Helper()
	tx, err := b.layer.Request(b.conn, request(b.t, sip.INVITE, ""), sip.ClientHandler{
		OnResponse:       func(res *sip.Response) { b.note("%d", res.StatusCode) },
		OnTimeout:        func() { b.note("timeout") },
		OnTransportError: func(err error) { b.note("transport error: %v", err) },
		OnConnClosed:     func() { b.note("connection closed") },
		OnTerminated:     func() { b.note("terminated") },
	})
	if err != nil {
		b.t.Fatal(err)
	}
	b.sent("INVITE")
	return tx
}

// moves ends the connection and makes the next one.
func (b *bench) moves() {
	b.conn.Close("gone")
	b.layer.ConnClosed(b.conn)
	b.conn = siptest.NewConn("b", "WSS")
}

func TestATransactionMayOutliveItsConnectionAndBeAnsweredOverTheNext(t *testing.T) {
	b := newBench(t, "WSS")
	tx := b.survivor()
	b.respondTo(tx, 180)
	b.moves()
	b.heard("180", "connection closed")
	b.respondTo(tx, 486)
	b.sent("ACK")
	b.heard("486", "terminated")
	b.quiet()
}

func TestATransactionThatOutlivesItsConnectionStillTimesOut(t *testing.T) {
	b := newBench(t, "WSS")
	b.survivor()
	b.moves()
	b.clock.Advance(64 * t1)
	b.heard("connection closed", "timeout", "terminated")
	b.quiet()
}

func TestACancelGoesWhereThePeerIsNow(t *testing.T) {
	b := newBench(t, "WSS")
	tx := b.survivor()
	b.respondTo(tx, 180)
	b.moves()
	tx.Move(b.conn)
	b.sent()
	tx.Cancel()
	b.sent("CANCEL")
}

func TestACancelThatWasSentIsSentAgainWhereThePeerIsNow(t *testing.T) {
	b := newBench(t, "WSS")
	tx := b.survivor()
	b.respondTo(tx, 180)
	tx.Cancel()
	first := b.sent("CANCEL")[0]
	b.moves()
	tx.Move(b.conn)
	if again := b.sent("CANCEL")[0]; again.String() != first.String() {
		t.Errorf("sent\n%s\nthen\n%s", first, again)
	}
	b.respondTo(tx, 487)
	tx.Move(siptest.NewConn("c", "WSS"))
	b.sent("ACK")
}

func TestAnAbandonedTransactionDropsWhatComesLater(t *testing.T) {
	b := newBench(t, "WSS")
	tx := b.survivor()
	b.respondTo(tx, 180)
	tx.Abandon()
	b.heard("180", "terminated")
	b.respondTo(tx, 200)
	b.heard("stray 200")
	b.quiet()
}

func TestAnAnsweredTransactionIsNotAbandoned(t *testing.T) {
	b := newBench(t, "WSS")
	tx := b.survivor()
	b.respondTo(tx, 200)
	tx.Abandon()
	b.respondTo(tx, 200)
	b.heard("200", "200")
}

func TestASenderThatIsFollowedCancelsAndAcknowledgesOverItsNextConnection(t *testing.T) {
	b := newBench(t, "WSS")
	tx := b.receive(request(t, sip.INVITE, ""))
	tx.Follow(func() sip.Conn { return b.conn })
	tx.OnCancel(func(*sip.Request) { b.note("cancelled"); b.respond(487) })
	b.moves()
	b.layer.Receive(b.conn, request(t, sip.CANCEL, ""))
	b.sent("200 CANCEL", "487 INVITE")
	b.receive(b.ack(""))
	b.heard("request INVITE", "cancelled", "terminated")
	b.quiet()
}

func TestACancelFromWhereTheSenderIsNotIsNotTaken(t *testing.T) {
	b := newBench(t, "WSS")
	tx := b.receive(request(t, sip.INVITE, ""))
	elsewhere := siptest.NewConn("c", "WSS")
	tx.Follow(func() sip.Conn { return elsewhere })
	tx.OnCancel(func(*sip.Request) { b.note("cancelled") })
	b.moves()
	b.layer.Receive(b.conn, request(t, sip.CANCEL, ""))
	b.sent("481 CANCEL")
	b.heard("request INVITE")
}

func TestACancelOfAnotherSentByIsNotFollowed(t *testing.T) {
	b := newBench(t, "WSS")
	tx := b.receive(request(t, sip.INVITE, ""))
	tx.Follow(func() sip.Conn { return b.conn })
	tx.OnCancel(func(*sip.Request) { b.note("cancelled") })
	b.moves()
	cancel := request(t, sip.CANCEL, "")
	cancel.Via().Host = "other.invalid"
	b.layer.Receive(b.conn, cancel)
	b.sent("481 CANCEL")
	b.heard("request INVITE")
}

func TestAnAnswerKeepsToTheConnectionOfItsRequestWhileThatIsOpen(t *testing.T) {
	b := newBench(t, "WSS")
	tx := b.receive(request(t, sip.INVITE, ""))
	other := siptest.NewConn("b", "WSS")
	tx.Follow(func() sip.Conn { return other })
	b.respond(180)
	b.sent("180 INVITE")
	if n := len(other.Take()); n != 0 {
		t.Errorf("%d messages went elsewhere", n)
	}
	b.conn.Close("gone")
	b.respond(200)
	if n := len(other.Take()); n != 1 {
		t.Errorf("%d messages went to the sender's new connection, want 1", n)
	}
}
