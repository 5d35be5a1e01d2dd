package edge

import (
	"testing"

	"webphone/internal/sip"
	"webphone/internal/sip/siptest"
)

// A caller's connection ends while the other side rings.

// calling is a call that rings and whose caller's connection has ended.
func calling(h *harness) (callee *client, sent message, invite *sip.Request) {
	caller, callee := pair(h.t, h)
	sent, invite = caller.call(callee)
	callee.reply(invite, 180)
	caller.response(180)
	h.leave(caller)
	return callee, sent, invite
}

func TestACallerThatComesBackCancelsOverItsNewConnection(t *testing.T) {
	h := newHarness(t)
	callee, sent, invite := calling(h)
	caller := h.back("1001", instance)
	caller.send(cancelOf(sent))
	caller.response(200)
	cancel := callee.request(sip.CANCEL)
	callee.reply(cancel, 200)
	callee.reply(invite, 487)
	callee.request(sip.ACK)
	caller.response(487)
	caller.ack(sent, sent.to)

	// The call goes out again: the same Call-ID and tag, one CSeq later.
	sent.cseq, sent.branch = sent.cseq+1, sip.NewBranch()
	sent.headers = []string{"Contact: " + caller.contact()}
	caller.send(sent)
	caller.learn(caller.response(407), "Proxy-Authenticate")
	sent.cseq, sent.branch = sent.cseq+1, sip.NewBranch()
	sent.headers = append(sent.headers, caller.authorization("Proxy-Authorization", "INVITE", sent.uri, password))
	caller.send(sent)
	caller.response(100)
	callee.reply(callee.request(sip.INVITE), 180)
	caller.response(180)
}

func TestOnlyTheCallersPhoneCancelsFromElsewhere(t *testing.T) {
	h := newHarness(t)
	callee, sent, _ := calling(h)
	stranger := h.dial()
	for name, register := range map[string]func(){
		"nobody":                        func() {},
		"another account":               func() { stranger.register("1003", instance) },
		"another phone of this account": func() { stranger.register("1001", otherInstance) },
	} {
		register()
		stranger.send(cancelOf(sent))
		if res, ok := stranger.next().(*sip.Response); !ok || res.StatusCode != 481 {
			t.Errorf("%s: %v, want 481", name, res)
		}
	}
	callee.silent()
}

func TestTheCallersRetransmissionOverItsNewConnectionIsTheSameCall(t *testing.T) {
	h := newHarness(t)
	callee, sent, _ := calling(h)
	caller := h.back("1001", instance)
	caller.send(sent)
	caller.response(180)
	callee.silent()
}

func TestAnAnswerGoesToTheCallersNewConnection(t *testing.T) {
	h := newHarness(t)
	callee, sent, invite := calling(h)
	caller := h.back("1001", instance)
	callee.reply(invite, 200, "Contact: "+callee.contact())
	ok := caller.response(200)
	caller.send(inDialog("ACK", sent, ok))
	callee.request(sip.ACK)
}

func TestAnAnswerThatIsRepeatedReachesACallerThatComesBackLate(t *testing.T) {
	h := newHarness(t)
	callee, _, invite := calling(h)
	answer := callee.reply(invite, 200, "Contact: "+callee.contact())
	callee.silent()
	caller := h.back("1001", instance)
	callee.write(string(sip.Bytes(answer)))
	caller.response(200)
}

func TestACallWhoseCallerStaysAwayIsCancelled(t *testing.T) {
	clock := siptest.NewClock()
	h := newHarness(t, withClock(clock))
	callee, _, invite := calling(h)
	clock.Advance(callerAway - 1)
	callee.silent()
	clock.Advance(1)
	callee.reply(callee.request(sip.CANCEL), 200)
	callee.reply(invite, 487)
	callee.request(sip.ACK)
	callee.silent()
	h.until("nothing is listed", func() bool {
		clock.Advance(callerAway)
		h.edge.callers.mu.Lock()
		defer h.edge.callers.mu.Unlock()
		return len(h.edge.callers.forks) == 0
	})
}

func TestACallThatIsAnsweredIsNotCancelledWhenItsCallerLeaves(t *testing.T) {
	clock := siptest.NewClock()
	h := newHarness(t, withClock(clock))
	caller, callee := pair(t, h)
	sent, invite := caller.call(callee)
	callee.reply(invite, 200, "Contact: "+callee.contact())
	caller.send(inDialog("ACK", sent, caller.response(200)))
	callee.request(sip.ACK)
	h.leave(caller)
	clock.Advance(2 * callerAway)
	callee.silent()
}
