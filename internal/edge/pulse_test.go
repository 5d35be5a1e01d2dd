package edge

import (
	"sync/atomic"
	"testing"
	"time"

	"webphone/internal/sip"
	"webphone/internal/sip/siptest"
)

// stoppable is the clock of a process that can be stopped: time goes on
// without its timers.
type stoppable struct {
	*siptest.Clock
	missed atomic.Int64
}

func (c *stoppable) Now() time.Time { return c.Clock.Now().Add(time.Duration(c.missed.Load())) }

func (c *stoppable) stopFor(d time.Duration) { c.missed.Add(int64(d)) }

// frozen is an edge with two phones of which one has called the other while the
// edge stood still.
func frozen(t *testing.T, standing time.Duration) (h *harness, clock *stoppable, caller, callee *client) {
	clock = &stoppable{Clock: siptest.NewClock()}
	h = newHarness(t, withClock(clock))
	caller, callee = pair(t, h)
	// The caller has a nonce, as a phone that has called before.
	call := message{method: "MESSAGE", uri: "sip:1002@" + domain, to: "sip:1002@" + domain}
	caller.authorized(call)
	callee.reply(callee.request(sip.MESSAGE), 200)
	caller.response(200)
	clock.stopFor(standing)
	call.headers = []string{caller.authorization("Proxy-Authorization", call.method, call.uri, password)}
	caller.send(call)
	return h, clock, caller, callee
}

func TestWhatPiledUpWhileTheEdgeStoodStillIsNotActedUpon(t *testing.T) {
	h, _, caller, callee := frozen(t, standstill)
	caller.closed()
	callee.closed()
	if n := len(callee.incoming); n != 0 {
		t.Errorf("%d messages reached the callee", n)
	}
	h.until("the connections are cleaned up", func() bool { return h.edge.Connections() == 0 })
	if n := len(h.edge.config.Location.Bindings("1002")); n != 0 {
		t.Errorf("%d bindings of closed connections are left", n)
	}
	// Who comes back is served as ever.
	caller, callee = pair(t, h)
	caller.call(callee)
}

func TestAMessageOfAConnectionThatIsClosedGoesNowhere(t *testing.T) {
	h := newHarness(t)
	caller, callee := pair(t, h)
	old := h.edge.conn(h.edge.config.Location.Bindings("1001")[0].Conn)
	sent, invite := caller.call(callee)
	callee.reply(invite, 180)
	caller.response(180)
	cancel, err := sip.Parse([]byte("CANCEL " + sent.uri + " SIP/2.0\r\nVia: SIP/2.0/WS client.invalid;branch=" + sent.branch +
		"\r\nFrom: <sip:1001@example.com>;tag=" + sent.fromTag + "\r\nTo: " + sent.to + "\r\nCall-ID: " + sent.callID +
		"\r\nCSeq: 1 CANCEL\r\nContent-Length: 0\r\n\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	old.Close("as after a standstill")
	h.edge.receive(old, cancel)
	callee.silent()
}

func TestAShortStandstillHarmsNobody(t *testing.T) {
	_, _, caller, callee := frozen(t, standstill-pulseEvery-1)
	callee.reply(callee.request(sip.MESSAGE), 200)
	caller.response(200)
}

func TestAStandstillIsNoticedWithoutAMessageToo(t *testing.T) {
	clock := &stoppable{Clock: siptest.NewClock()}
	caller, callee := pair(t, newHarness(t, withClock(clock)))
	clock.stopFor(standstill)
	clock.Advance(pulseEvery)
	caller.closed()
	callee.closed()
}

func TestTimeThatPassesInOrderIsNoStandstill(t *testing.T) {
	clock := &stoppable{Clock: siptest.NewClock()}
	caller, _ := pair(t, newHarness(t, withClock(clock)))
	clock.Advance(10 * standstill)
	caller.silent()
}
