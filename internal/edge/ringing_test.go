package edge

import (
	"strings"
	"testing"
	"time"

	"webphone/internal/sip"
	"webphone/internal/sip/siptest"
)

// A phone's connection ends while it rings.

func branchOf(msg sip.Message) string { return msg.Via().Params.GetOr("branch", "") }

// cancelOf is the CANCEL of an INVITE: its branch and CSeq (RFC 3261 §9.1).
func cancelOf(invite message) message {
	invite.method, invite.body, invite.contentType, invite.headers = "CANCEL", "", "", nil
	return invite
}

// ringing is a call that rings at a phone whose connection has ended.
func ringing(h *harness) (caller *client, sent message, invite *sip.Request) {
	caller, callee := pair(h.t, h)
	sent, invite = caller.call(callee)
	callee.reply(invite, 180)
	caller.response(180)
	h.leave(callee)
	return caller, sent, invite
}

func TestAPhoneThatComesBackWhileItRingsGetsTheInviteAnew(t *testing.T) {
	h := newHarness(t)
	caller, sent, first := ringing(h)
	callee := h.back("1002", otherInstance)
	again := callee.request(sip.INVITE)
	for _, name := range []string{"Call-ID", "From", "CSeq"} {
		if got, want := again.GetHeader(name).Value(), first.GetHeader(name).Value(); got != want {
			t.Errorf("%s: %s, want the caller's, %s", name, got, want)
		}
	}
	if branchOf(again) == branchOf(first) {
		t.Error("the INVITE came again under the old branch, as if it had been retransmitted")
	}
	callee.reply(again, 180)
	caller.response(180)
	callee.reply(again, 200, "Contact: "+callee.contact())
	ok := caller.response(200)
	caller.send(inDialog("ACK", sent, ok))
	callee.request(sip.ACK)
	caller.silent()
	callee.silent()
}

func TestAPhoneMayAnswerOverItsNewConnectionWhatRangOverTheOld(t *testing.T) {
	h := newHarness(t)
	caller, sent, first := ringing(h)
	callee := h.back("1002", otherInstance)
	callee.request(sip.INVITE)
	callee.reply(first, 200, "Contact: "+callee.contact())
	ok := caller.response(200)
	caller.send(inDialog("ACK", sent, ok))
	callee.request(sip.ACK)
	// It is one call to the phone: nothing cancels the INVITE that it did not answer.
	callee.silent()
	caller.silent()
	if clients, _ := h.edge.layer.Len(); clients != 1 {
		t.Errorf("%d client transactions, want the answered one alone", clients)
	}
}

func TestAPhoneMayDeclineOverItsNewConnectionWhatRangOverTheOld(t *testing.T) {
	h := newHarness(t)
	caller, _, first := ringing(h)
	callee := h.back("1002", otherInstance)
	callee.request(sip.INVITE)
	callee.reply(first, 486)
	callee.request(sip.ACK)
	caller.response(486)
}

func TestTheOtherPhonesRingOnWhileOneIsAway(t *testing.T) {
	h := newHarness(t)
	caller, desk := pair(t, h)
	mobile := h.dial()
	mobile.register("1002", strings.Replace(otherInstance, "e129", "e130", 1))
	_, _ = caller.call(desk)
	atMobile := mobile.request(sip.INVITE)
	h.leave(desk)
	mobile.reply(atMobile, 180)
	caller.response(180)
	mobile.reply(atMobile, 486)
	mobile.request(sip.ACK)
	// The one that is away may still be the one that answers.
	desk = h.back("1002", otherInstance)
	desk.reply(desk.request(sip.INVITE), 200, "Contact: "+desk.contact())
	caller.response(200)
}

func TestAPhoneThatDoesNotComeBackWhileItRingsIsNotThere(t *testing.T) {
	clock := siptest.NewClock()
	h := newHarness(t, withClock(clock))
	caller, _, _ := ringing(h)
	clock.Advance(ringingAway - 1)
	caller.silent()
	clock.Advance(1)
	caller.response(480)
	if clients, _ := h.edge.layer.Len(); clients != 0 || h.edge.returns.total != 0 {
		t.Errorf("%d client transactions and %d waits are left", clients, h.edge.returns.total)
	}
}

func TestAPhoneThatCannotBeToldFromOthersIsNotWaitedFor(t *testing.T) {
	h := newHarness(t)
	caller, callee := h.dial(), h.dial()
	caller.register("1001")
	callee.register("1002")
	_, _ = caller.call(callee)
	callee.close()
	caller.response(480)
}

func TestACallCancelledWhileThePhoneIsAwayEndsAtOnceAndThePhoneIsToldLater(t *testing.T) {
	h := newHarness(t)
	caller, sent, first := ringing(h)
	caller.send(cancelOf(sent))
	caller.response(200)
	caller.response(487)

	callee := h.back("1002", otherInstance)
	cancel := callee.request(sip.CANCEL)
	if branchOf(cancel) != branchOf(first) {
		t.Error("the CANCEL is not that of the INVITE that rang")
	}
	callee.reply(cancel, 200)
	callee.reply(first, 487)
	callee.request(sip.ACK)
	callee.silent()
	if n := h.edge.returns.total; n != 0 {
		t.Errorf("%d waits are left", n)
	}
}

func TestACallCancelledAfterThePhoneIsBackIsCancelledThere(t *testing.T) {
	h := newHarness(t)
	caller, sent, _ := ringing(h)
	callee := h.back("1002", otherInstance)
	again := callee.request(sip.INVITE)
	callee.reply(again, 180)
	caller.response(180)
	caller.send(cancelOf(sent))
	caller.response(200)
	cancel := callee.request(sip.CANCEL)
	if branchOf(cancel) != branchOf(again) {
		t.Error("the CANCEL is not that of the INVITE that rings")
	}
	callee.reply(cancel, 200)
	callee.reply(again, 487)
	callee.request(sip.ACK)
	caller.response(487)
}

func TestAPhoneIsToldOfACallThatAnotherTookWhileItWasAway(t *testing.T) {
	h := newHarness(t)
	caller, desk := pair(t, h)
	mobile := h.dial()
	mobile.register("1002", strings.Replace(otherInstance, "e129", "e130", 1))
	_, atDesk := caller.call(desk)
	desk.reply(atDesk, 180)
	caller.response(180)
	h.leave(desk)
	mobile.reply(mobile.request(sip.INVITE), 200, "Contact: "+mobile.contact())
	caller.response(200)
	cancel := h.back("1002", otherInstance).request(sip.CANCEL)
	if reason := cancel.GetHeader("Reason"); reason == nil || !strings.Contains(reason.Value(), "cause=200") {
		t.Errorf("the phone is not told that the call was taken: %v", reason)
	}
}

func TestAPhoneWhoseOldConnectionIsNotSeenToBeDeadGetsTheInviteOverTheNewOne(t *testing.T) {
	h := newHarness(t)
	caller, callee := pair(t, h)
	_, _ = caller.call(callee)
	// The first connection stays open, as one whose network path is gone does.
	again := h.back("1002", otherInstance)
	again.reply(again.request(sip.INVITE), 200, "Contact: "+again.contact())
	caller.response(200)
}

func TestAnotherFlowOfAPhoneThatRingsBringsNoSecondInvite(t *testing.T) {
	h := newHarness(t)
	caller, callee := pair(t, h)
	_, _ = caller.call(callee)
	// The flow with another reg-id adds to the first (RFC 5626 §4.2).
	h.back("1002", strings.Replace(otherInstance, "reg-id=1", "reg-id=2", 1)).silent()
}

func TestARefreshedRegistrationBringsNoSecondInvite(t *testing.T) {
	h := newHarness(t)
	caller, callee := pair(t, h)
	_, _ = caller.call(callee)
	callee.register("1002", otherInstance)
	callee.silent()
}

func TestAPhoneThatComesAndGoesIsGivenUp(t *testing.T) {
	h := newHarness(t)
	caller, _, _ := ringing(h)
	for range maxAttempts - 1 {
		callee := h.back("1002", otherInstance)
		callee.request(sip.INVITE)
		h.leave(callee)
	}
	caller.response(480)
}

func TestNothingIsLeftOfAWaitAfterShutdown(t *testing.T) {
	clock := siptest.NewClock()
	h := newHarness(t, withClock(clock))
	ringing(h)
	if err := h.edge.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	clients, servers := h.edge.layer.Len()
	if clients != 0 || servers != 0 || h.edge.returns.total != 0 || len(h.edge.returns.branches) != 0 {
		t.Errorf("left: %d client and %d server transactions, %d waits", clients, servers, h.edge.returns.total)
	}
	clock.Advance(time.Hour)
}

func TestAPhoneThatComesBackAsTheCallIsCancelledDoesNotRingAnew(t *testing.T) {
	h := newHarness(t)
	caller, _, first := ringing(h)
	// The moment between the caller's CANCEL and its way to each branch.
	for _, b := range h.edge.returns.of(phone{"1002", instanceHash("<urn:uuid:00000000-0000-1000-8000-000a95a0e129>")}) {
		b.fork.mu.Lock()
		b.fork.cancelled = true
		b.fork.mu.Unlock()
	}
	cancel := h.back("1002", otherInstance).request(sip.CANCEL)
	if branchOf(cancel) != branchOf(first) {
		t.Error("the CANCEL is not that of the INVITE that rang")
	}
	caller.response(487)
}
